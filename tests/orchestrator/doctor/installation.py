"""A whole installation on this machine: the simulated world, a database, a process that serves."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.application import running
from orchestrator.config import Config
from orchestrator.config_file import load_config
from orchestrator.doctor.assembly import check_up
from orchestrator.http_server import listen, serving
from orchestrator.store import Store
from orchestrator.web_app import build
from outreach.checkup import Problem
from simulator.server import RunningSimulator, running_simulator
from storage.database import open_engine, transaction

CALLS, WRITES = "+12025550100", "+12025550101"
TEMPLATE = "HX" + "0" * 31 + "1"
CAMPAIGN = {"steps": [{"channel": "whatsapp", "template": "intro"}]}
ROLES = ("web", "webhooks", "voice", "scheduler", "worker")


@dataclass(slots=True, kw_only=True)
class Installation:
    """All is well with it, until a test plants a fault."""

    folder: Path
    database_url: str
    simulator: RunningSimulator
    engine: AsyncEngine
    port: int
    values: dict[str, Any] = field(default_factory=dict)
    """What the configuration file says."""

    @property
    def public_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def config(self, **changes: Mapping[str, object] | str | None) -> Config:
        """What the file says, with whole keys changed; a section's keys are changed one by one."""
        values = json.loads(json.dumps(self.values))
        for key, change in changes.items():
            if isinstance(change, Mapping):
                values[key] = {**values[key], **change}
            else:
                values[key] = change
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in values.items() if v is not None}))
        return load_config(path)

    def secret(self, name: str, value: str) -> str:
        """A reference to a file that holds this value."""
        path = self.folder / name
        path.write_text(value)
        return f"${{file:{path}}}"

    async def problems(self, **changes: Mapping[str, object] | str | None) -> list[Problem]:
        """Everything that a check-up finds wrong."""
        examined = await check_up(self.config(**changes))
        return [problem for one in examined for problem in one.report.problems]

    async def do(self, query: str, **values: object) -> None:
        async with transaction(self.engine) as tx:
            await tx.execute(text(query), values)

    async def steer(self, path: str, said: Mapping[str, object]) -> None:
        async with httpx.AsyncClient(base_url=self.simulator.base_url, trust_env=False) as http:
            (await http.post(f"/_sim/{path}", json=said)).raise_for_status()


@asynccontextmanager
async def installed(folder: Path, database_url: str) -> AsyncIterator[Installation]:
    listener = listen("127.0.0.1", 0)
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(running_simulator(media_dir=folder / "media"))
        engine = await open_engine(database_url)
        stack.push_async_callback(engine.dispose)
        made = Installation(
            folder=folder,
            database_url=database_url,
            simulator=world,
            engine=engine,
            port=listener.getsockname()[1],
        )
        made.values = _values(made)
        await _furnish(made)
        config = made.config()
        store = Store(engine=engine, url=database_url, direct_url=database_url)
        application = await stack.enter_async_context(running(config, store, ROLES))
        await stack.enter_async_context(serving(build(config, application), listener))
        yield made


def _values(made: Installation) -> dict[str, Any]:
    world, model = made.simulator, f"{made.simulator.base_url}/v1"
    key = made.secret("key", "a-key")
    return {
        "public_url": made.public_url,
        "database": {"url": made.secret("url", made.database_url), "pool_size": 12},
        "twilio": {
            "account_sid": world.account_sid,
            "auth_token": made.secret("token", world.auth_token),
            "base_url": world.base_url,
            "voice_numbers": [CALLS],
            "whatsapp_numbers": [WRITES],
        },
        "llm": {"base_url": model, "api_key": key, "model": "simulated-chat"},
        "speech": {
            "stt": {"base_url": model, "api_key": key, "model": "simulated-transcribe"},
            "tts": {"base_url": model, "api_key": key, "model": "simulated-speech"},
        },
        "recordings": {"folder": str(made.folder / "recordings")},
        "limits": {"drain": "PT1S"},
    }


async def _furnish(made: Installation) -> None:
    webhooks = f"{made.public_url}/webhooks/twilio"
    await made.steer("numbers", {"number": CALLS, "voice_url": f"{webhooks}/voice/inbound"})
    await made.steer(
        "numbers", {"number": f"whatsapp:{WRITES}", "sms_url": f"{webhooks}/whatsapp/inbound"}
    )
    await made.steer("templates", {"sid": TEMPLATE, "body": "Hello."})
    publish = (
        "INSERT INTO documents (kind, name, version, body, created_at, created_by)"
        " VALUES (:kind, :name, 1, cast(:body AS jsonb), clock_timestamp(), 'test')"
    )
    template = json.dumps({"content_sid": TEMPLATE})
    await made.do(publish, kind="template", name="intro", body=template)
    await made.do(publish, kind="campaign", name="spring", body=json.dumps(CAMPAIGN))
    await made.do(
        "INSERT INTO campaigns (id, name, title, version, agent_name, concurrency, created_at)"
        " VALUES (gen_random_uuid(), 'spring', 'Spring', 1, 'ada', 1, clock_timestamp())"
    )
