"""The product's own door for other platforms, before a small world, on a real socket."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from orchestrator.config import Config
from orchestrator.engine.context import Context
from orchestrator.http_server import listen, serving
from orchestrator.web_app import build
from simulator.server import RunningSimulator
from tests.orchestrator.engine.returning import World

SECRET = "whsec_" + "c2VjcmV0LW9mLWFjbWU="
CONFIG = Config.model_validate(
    {"hosted": {"acme": {"secret": SECRET, "signature": {"scheme": "standard_webhooks"}}}}
)


@dataclass(frozen=True, slots=True)
class Process:
    """What the web application needs of a running process."""

    ctx: Context
    roles: tuple[str, ...] = ("webhooks",)

    async def problems(self) -> Mapping[str, str]:
        return {}


@asynccontextmanager
async def door(world: World) -> AsyncIterator[str]:
    """The address at which the platform `acme` tells of its calls."""
    application: Any = Process(world.ctx)
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    async with serving(build(CONFIG, application), listener):
        yield f"http://127.0.0.1:{port}/webhooks/calls/acme"


async def tell(simulator: RunningSimulator, **given: object) -> list[Any]:
    """Have the simulator's platform tell; returns what it sent and how it was answered."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        answer = await http.post(f"{simulator.base_url}/_sim/hosted", json=given)
    assert answer.status_code == 201, answer.text
    told: list[Any] = answer.json()
    return told


async def belongs_to_acme(world: World) -> None:
    """Calls of this world are made by the platform."""
    await world.run("UPDATE senders SET provider = 'hosted:acme' WHERE channel = 'voice'")
