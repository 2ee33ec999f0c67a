"""One test's stage: a durable database, a carrier, an address, campaigns, and processes to kill."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote
from uuid import UUID

import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.commands.campaign_apply import in_order
from orchestrator.commands.conductor import Conductor
from orchestrator.commands.operator import OPERATOR
from orchestrator.config import Config
from orchestrator.config_file import load_config
from orchestrator.documents import read_document
from orchestrator.engine.actions import campaigns as deeds
from orchestrator.engine.actions.apply import apply
from orchestrator.engine.context import Context
from orchestrator.engine.import_leads import import_leads
from orchestrator.engine.imports.request import FileConsent, ImportRequest
from orchestrator.store import Store
from orchestrator.wiring import open_context
from storage import clock
from storage.database import open_engine, transaction
from tests.crash.balancer import Balancer
from tests.crash.carrier import TEMPLATE, Carrier
from tests.crash.processes import PATIENCE_S, Launcher, Running
from tests.crash.strike import Strike
from tests.law import RULEBOOK

LOOK_S = 0.1
PATIENT_S = 4
VOICE_NUMBER = "+12025550100"
LIMITS: Mapping[str, object] = {
    "voice_slots": 6,
    "tick": "PT0.1S",
    "settle": "PT1S",
    "drain": "PT20S",
    "provider_timeout": "PT1.5S",
    "lease": "PT3S",
    "call_silence": "PT3S",
    "absent_for": "PT1S",
}
"""As in production, only shorter, so that what was left behind is taken up soon."""
IMPATIENT = "-c idle_in_transaction_session_timeout=4s"
"""The same of what the database bears: who freezes amid a transaction loses it."""
QUIET = text("""
SELECT NOT EXISTS (SELECT FROM attempts WHERE state IN ('claimed', 'starting', 'unsure'))
   AND NOT EXISTS (SELECT FROM leads WHERE work = 'in_flight')
   AND NOT EXISTS (SELECT FROM attempts WHERE undecided)
""")
"""No attempt hangs in the air, and every ended one has been decided on."""


def words(text: str) -> list[str]:
    return text.split()


def read(log: Path) -> str:
    return log.read_text() if log.exists() else ""


@dataclass(slots=True, eq=False)
class Stage:
    carrier: Carrier
    launcher: Launcher
    balancer: Balancer
    folder: Path
    url: str
    engine: AsyncEngine
    config: Config
    ctx: Context
    whatsapp_number: str
    area: int
    """The area code, or rather a number for it, that the test's people share."""
    processes: list[Running] = field(default_factory=list)

    def person(self, suffix: int, area: int = 0) -> str:
        """A number of nobody; `suffix` chooses the persona by simulator.personas."""
        areas = EASTERN[self.area * AREAS_EACH : (self.area + 1) * AREAS_EACH]
        number = f"+1{areas[area]}55501{suffix:02}"
        self.carrier.people.add(number)
        return number

    async def campaign(
        self,
        name: str,
        people: Sequence[str],
        *channels: str,
        agent: Mapping[str, object] = MappingProxyType({}),
        **changes: object,
    ) -> None:
        """A launched campaign with these people in it, who have all agreed to be contacted."""
        body = {
            "kind": "campaign",
            "name": name,
            "title": name,
            "goal": "Offer a demo.",
            "purpose": "service",
            "agent": "ada",
            "steps": [self._step(channel) for channel in channels],
            "pace": {"per_second": 50, "burst": 50},
            **changes,
        }
        documents = {f"{name}.yaml": body, "ada.yaml": {**AGENT, **agent}, "intro.yaml": INTRO}
        await self._apply(documents)
        rows = "".join(f"{phone},Lee\n" for phone in people)
        listed = self.folder / f"{name}.csv"
        listed.write_text(f"Phone,First Name\n{rows}")
        request = ImportRequest(
            file=listed,
            campaign=name,
            actor=OPERATOR,
            rulebook=RULEBOOK,
            consent=FileConsent(basis="express_written", proof="a form"),
        )
        report = await import_leads(self.engine, request)
        assert report.imported == len(people), report
        assert not report.blocked, report
        async with transaction(self.engine) as tx:
            await deeds.launch(self.ctx, tx, name, OPERATOR)

    def _step(self, channel: str) -> dict[str, object]:
        if channel == "voice":
            return {"channel": "voice", "from": [VOICE_NUMBER]}
        return {"channel": "whatsapp", "from": [self.whatsapp_number], "template": "intro"}

    async def _apply(self, bodies: Mapping[str, object]) -> None:
        documents = []
        for name, body in bodies.items():
            file = self.folder / name
            file.write_text(yaml.safe_dump(body))
            document = read_document(file)
            assert not isinstance(document, tuple), document
            documents.append(document)
        async with transaction(self.engine) as tx:
            for document in in_order(documents):
                await apply(self.ctx, tx, document, OPERATOR)

    async def serve(
        self, *, ready: bool = True, roles: str | None = None, strike: Strike | None = None
    ) -> Running:
        """One more process; where it takes webhooks, it is reachable at the public address.

        What is to be struck may be so before it is ready: nobody waits for that.
        """
        log = self.folder / f"serve-{len(self.processes)}.log"
        port = free_port()
        words = ["serve", "--config", str(self._config_at(port, roles)), "--port", str(port)]
        words += ["--roles", roles] if roles else []
        pid = self.launcher.start(*words, folder=self.folder, log=log, strike=strike)
        running = Running(launcher=self.launcher, pid=pid, port=port, log=log)
        self.processes.append(running)
        if roles is None or "webhooks" in roles:
            self.balancer.ports.append(port)
        if ready and strike is None:
            await self.until(lambda: self.says(log, '"serving"'))
        return running

    def _config_at(self, port: int, roles: str | None) -> Path:
        """Who holds calls and is not behind the public address is reached at its own."""
        shared = self.folder / "config.yaml"
        if roles is None or "webhooks" in roles:
            return shared
        values = yaml.safe_load(shared.read_text())
        own = self.folder / f"config-{port}.yaml"
        own.write_text(yaml.safe_dump({**values, "media_url": f"http://127.0.0.1:{port}"}))
        return own

    async def says(self, log: Path, words: str) -> bool:
        return words in read(log)

    async def until(
        self, happened: Callable[[], Awaitable[object]], within_s: float = PATIENCE_S
    ) -> None:
        """Look until it has happened; its time is a bound, never what is tested.

        Where nothing goes on for a while, a minute of business time passes: on a busy machine an
        order may miss its deadline and be put off.
        """
        clock_s = asyncio.get_running_loop().time
        late, patient = clock_s() + within_s, clock_s() + PATIENT_S
        while not await happened():
            if clock_s() > late:
                raise AssertionError(await self.picture())
            if clock_s() > patient and await self.quiet():
                await self.move(timedelta(minutes=1))
                patient = clock_s() + PATIENT_S
            await asyncio.sleep(LOOK_S)

    async def quiet(self) -> bool:
        """Whether nothing hangs in the air, here and at the carrier."""
        async with transaction(self.engine) as tx:
            here = bool((await tx.execute(QUIET)).scalar_one())
        return here and not (await self.carrier.clock()).busy

    async def move(self, span: timedelta) -> datetime:
        """Let business time pass, for everybody."""
        async with transaction(self.engine) as tx:
            to = await clock.now(tx) + span
        await self.carrier.move_clock(max(to, (await self.carrier.clock()).now))
        async with transaction(self.engine) as tx:
            await clock.move(tx, to)
        return to

    async def conduct(self, span: timedelta) -> None:
        """Play so much business time, jumping over what is empty."""
        async with transaction(self.engine) as tx:
            now = await clock.now(tx)

        async def look(_: datetime) -> None:
            return

        async def nudge(_: Collection[str]) -> None:
            """The processes look for themselves."""

        conductor = Conductor(
            database=self.engine, world=self.carrier, ends_at=now + span, look=look, nudge=nudge
        )
        await conductor.conduct()

    async def rows(self, query: str, **values: object) -> list[Any]:
        async with transaction(self.engine) as tx:
            return list(await tx.execute(text(query), values))

    async def one(self, query: str, **values: object) -> Any:
        (row,) = await self.rows(query, **values)
        return row

    async def attempts_of(self, person: str) -> list[Any]:
        """This person's attempts in the order in which they were planned."""
        return await self.rows(
            "SELECT * FROM attempts WHERE phone = :phone ORDER BY id",
            phone=person,
        )

    async def lead_of(self, person: str) -> UUID:
        found: UUID = (await self.one("SELECT id FROM leads WHERE phone = :p", p=person)).id
        return found

    async def nobody_is_lost(self) -> None:
        """Every lead is planned, waits for something, is blocked for a reason, or has ended."""
        hanging = await self.rows(
            "SELECT l.id, l.work, a.state, a.outcome FROM leads l"
            " LEFT JOIN attempts a ON a.lead_id = l.id"
            " AND a.state IN ('claimed', 'starting', 'unsure', 'started', 'live')"
            " WHERE l.work NOT IN ('planned', 'waiting', 'blocked', 'ended')"
            " OR (l.work = 'planned' AND NOT EXISTS"
            "     (SELECT FROM attempts p WHERE p.lead_id = l.id AND p.state = 'planned'))"
            " OR (l.work = 'ended' AND EXISTS"
            "     (SELECT FROM attempts p WHERE p.lead_id = l.id AND p.state = 'planned'))"
            " OR a.state IN ('claimed', 'starting', 'unsure')"
        )
        assert hanging == [], await self.picture()

    async def picture(self) -> str:
        """What stands where, for whoever reads a failed test."""
        attempts = await self.rows(
            "SELECT a.phone, a.channel, a.state, a.outcome, a.undecided, a.lease_until, a.due_at,"
            " a.provider_status, a.inquiry, l.work, l.work_reason FROM attempts a"
            " JOIN leads l ON l.id = a.lead_id ORDER BY a.id"
        )
        logs = [running.log.read_text()[-6000:] for running in self.processes]
        lines = [*map(str, attempts), f"carrier: {await self.carrier.clock()}", *logs]
        return "\n".join(lines)


AREAS_EACH = 4
EASTERN = words(
    "201 202 203 207 212 215 216 234 239 240 248 252 267 301 302 304 305 313 315 317 321 330 336"
    " 339 347 351 352 386 401 404 407 410 412 413 434 440 443 470 475 478 484 502 508 513 516 517"
    " 518 540 551 561 567 571 585 586 603 606 607 609 610 614 616 617 631 646 678 703 704 706 716"
    " 717 718 724 727 732 734 740 754 757 762 765 770 772 774 781 786 802 803 804 810 813 814 828"
    " 843 845 848 856 857 859 860 862 863 864 865 878 904 908 910 912 914 917 919 929 937 941 954"
)
"""Area codes on New York's time; no two tests of one carrier share one."""

AGENT: Mapping[str, object] = {
    "kind": "agent",
    "name": "ada",
    "title": "Ada",
    "persona": "A friendly assistant.",
    "goal": "Offer a demo.",
    "opener": "Hello {{ first_name | default: 'there' }}, I am an AI assistant.",
    "goodbye": "Goodbye.",
    "tools": ["end_call", "schedule_callback", "do_not_contact"],
    "max_call_s": 60,
}
INTRO: Mapping[str, object] = {
    "kind": "template",
    "name": "intro",
    "category": "utility",
    "content_sid": TEMPLATE,
    "body": "Hello {{1}}, may we write to you?",
    "variables": {"1": "{{ first_name | default: 'there' }}"},
}


@asynccontextmanager
async def staged(
    *, url: str, carrier: Carrier, launcher: Launcher, balancer: Balancer, folder: Path, area: int
) -> AsyncIterator[Stage]:
    """A stage on the database at `url`; its processes are killed at the end of the block."""
    now = await carrier.begin_day()
    whatsapp_number = f"+1{EASTERN[area * AREAS_EACH]}5550199"
    config = write_config(url, carrier, balancer, folder, whatsapp_number)
    address = f"http://127.0.0.1:{balancer.port}/webhooks/twilio"
    await carrier.set_number(
        VOICE_NUMBER,
        voice_url=f"{address}/voice/inbound",
        status_callback=f"{address}/voice/inbound/status",
    )
    await carrier.set_number(f"whatsapp:{whatsapp_number}", sms_url=f"{address}/whatsapp/inbound")
    engine = await open_engine(url)
    try:
        async with transaction(engine) as tx:
            await clock.simulate(tx)
            await clock.move(tx, now)
        store = Store(engine=engine, url=url, direct_url=url)
        async with open_context(config, store) as ctx:
            stage = Stage(
                carrier=carrier,
                launcher=launcher,
                balancer=balancer,
                folder=folder,
                url=url,
                engine=engine,
                config=config,
                ctx=ctx,
                whatsapp_number=whatsapp_number,
                area=area,
            )
            try:
                yield stage
            finally:
                for running in stage.processes:
                    if launcher.status(running.pid) is None:
                        await running.kill()
    finally:
        await engine.dispose()


def write_config(
    url: str, carrier: Carrier, balancer: Balancer, folder: Path, whatsapp_number: str
) -> Config:
    """The file that a user would write, and what it says."""
    for name, secret in (
        ("url", f"{url}&options={quote(IMPATIENT)}"),
        ("token", carrier.auth_token),
        ("key", "none"),
    ):
        (folder / name).write_text(secret)
        os.chmod(folder / name, 0o600)
    model = f"{carrier.base_url}/v1"
    key = f"${{file:{folder}/key}}"
    values = {
        "public_url": f"http://127.0.0.1:{balancer.port}",
        "database": {"url": f"${{file:{folder}/url}}", "pool_size": 12},
        "twilio": {
            "account_sid": carrier.account_sid,
            "auth_token": f"${{file:{folder}/token}}",
            "base_url": carrier.base_url,
            "voice_numbers": [VOICE_NUMBER],
            "whatsapp_numbers": [whatsapp_number],
            "calls_per_second": 50,
            "messages_per_second": 50,
        },
        "llm": {"base_url": model, "api_key": key, "model": "simulated"},
        "speech": {
            "stt": {"base_url": model, "api_key": key, "model": "simulated-ears"},
            "tts": {"base_url": model, "api_key": key, "model": "simulated-voice"},
        },
        "recordings": {"folder": str(folder / "recordings")},
        "limits": dict(LIMITS),
    }
    file = folder / "config.yaml"
    file.write_text(yaml.safe_dump(values, sort_keys=False))
    return load_config(file)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
