"""What is lost where a rival's dispatcher loses leads? Its scenarios A to F, played on ours.

Everything is real but the telephone: processes of `outreach serve`, a server of ours with fsync on,
a carrier on localhost whose lines are all engaged after a third of a second. What the rival did
with the same work stands in docs/benchmarks.md.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx
import yaml
from sqlalchemy import make_url, text

from benchmarks.measure import Figure, of_rounds, publish, say, wants_json
from orchestrator.engine.claim import claim_due
from orchestrator.engine.context import Context
from orchestrator.engine.limits import Limits
from storage import embedded
from storage.database import transaction
from tests.crash.balancer import balancer
from tests.crash.carrier import CarrierProcess, carrier_at
from tests.crash.processes import Launcher
from tests.crash.stage import EASTERN, Stage, staged
from tests.databases import Databases, ensure_template, fresh_run

ENGAGED: Final = (59, 68, 69, 70)
NO_ANSWER: Final = tuple(range(84, 99))
DOWN_S: Final = 30
QUEUED: Final = 200_000
CLAIMS: Final = 40
LIMITS: Final = {
    "voice_slots": 40,
    "tick": "PT0.25S",
    "provider_timeout": "PT5S",
    "lease": "PT10S",
    "absent_for": "PT5S",
    "call_silence": "PT10S",
}
"""A worker that died is missed after ten seconds; the shipped ninety only make D longer."""
AGAIN: Final = [
    {
        "id": "again",
        "when": {"outcome": ["no_answer", "busy"]},
        "then": {"retry": {"after": ["PT5S"], "max": 1}, "exhausted": {"status": "unreachable"}},
    }
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What became of one scenario's leads."""

    leads: int
    dialled: int
    """Leads that the carrier was asked to call."""
    twice: int
    lost: int
    """Leads that stand nowhere: neither over, nor planned, waiting or blocked with a reason."""
    counted: int
    """Calls by our own count; `calls` by the carrier's."""
    calls: int
    seconds: float
    """From the first call to the last."""

    def figures(self, name: str) -> list[Figure]:
        said = {
            "dialled": (self.dialled, "leads"),
            "lost": (self.leads - self.dialled + self.lost, "leads"),
            "twice": (self.twice, "leads"),
            "miscounted": (abs(self.counted - self.calls), "calls"),
            "per_s": ((self.calls - 1) / self.seconds if self.seconds else 0, "calls/s"),
        }
        return [of_rounds(f"rivals.{name}.{key}", unit, [n]) for key, (n, unit) in said.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What all scenarios share; each has a database and a carrier of its own."""

    databases: Databases
    launcher: Launcher
    folder: Path

    @asynccontextmanager
    async def stage(self, name: str, **twilio: object) -> AsyncIterator[Stage]:
        folder = self.folder / name
        folder.mkdir()
        carrier = CarrierProcess.begin(folder, speed="1")
        people: set[str] = set()
        try:
            with self.databases.clone(f"rivals_{name.lower()}") as url:
                async with (
                    httpx.AsyncClient(base_url=carrier.url, timeout=30, trust_env=False) as http,
                    balancer() as front,
                    staged(
                        url=url,
                        carrier=await carrier_at(carrier.url, people, http),
                        launcher=self.launcher,
                        balancer=front,
                        folder=folder,
                        area=0,
                    ) as stage,
                ):
                    change(stage.folder / "config.yaml", twilio)
                    yield stage
        finally:
            carrier.end()


def change(file: Path, twilio: Mapping[str, object]) -> None:
    values = yaml.safe_load(file.read_text())
    values["twilio"] |= twilio
    values["limits"] |= LIMITS
    file.write_text(yaml.safe_dump(values))


def crowd(stage: Stage, count: int, suffixes: Sequence[int] = ENGAGED, skip: int = 0) -> list[str]:
    """So many people whose phones are engaged, or ring in vain."""
    everybody = [f"+1{area}55501{suffix:02}" for suffix in suffixes for area in EASTERN]
    found = everybody[skip : skip + count]
    stage.carrier.people.update(found)
    return found


async def a_wide_limit(world: World) -> Played:
    """300 leads, 200 a second allowed, 20 calls at once."""
    async with world.stage("A", calls_per_second=100) as stage:
        people = crowd(stage, 300)
        pace = {"per_second": 200, "burst": 200}
        await stage.serve()
        await stage.campaign("wide", people, "voice", pace=pace, concurrency=20)
        return await play(stage, people, within_s=120)


async def the_default_pace(world: World) -> Played:
    """60 leads at the account's one call a second."""
    async with world.stage("B", calls_per_second=1) as stage:
        people = crowd(stage, 60)
        await stage.serve()
        await stage.campaign("alone", people, "voice")
        return await play(stage, people, within_s=120)


async def two_campaigns(world: World) -> Played:
    """Two campaigns of 40 leads share one call a second."""
    async with world.stage("C", calls_per_second=1) as stage:
        one, other = crowd(stage, 40), crowd(stage, 40, skip=40)
        await stage.serve()
        await stage.campaign("one", one, "voice")
        await stage.campaign("other", other, "voice")
        return await play(stage, [*one, *other], within_s=150)


async def a_killed_worker(world: World) -> Played:
    """40 leads at one a second; kill -9 after four, restart two seconds later."""
    async with world.stage("D", calls_per_second=1) as stage:
        people = crowd(stage, 40)
        process = await stage.serve()
        await stage.campaign("killed", people, "voice")
        await until(lambda: has_calls(stage, 4), 60)
        await process.kill()
        await asyncio.sleep(2)
        await stage.serve()
        return await play(stage, people, within_s=180)


async def an_absent_scheduler(world: World) -> list[Figure]:
    """Ten calls that nobody answers end while no scheduler runs; one retry each, after 5 s."""
    async with world.stage("E") as stage:
        people = crowd(stage, 10, NO_ANSWER)
        await stage.serve(roles="webhooks,voice,worker")
        scheduler = await stage.serve(roles="scheduler")
        await stage.campaign("retries", people, "voice", rules=AGAIN, ring_s=15)
        await until(lambda: has_calls(stage, 10), 60)
        await scheduler.kill()
        down_since = time.monotonic()
        await until(lambda: all_retries_planned(stage, 10), 60)
        await asyncio.sleep(max(0, DOWN_S - (time.monotonic() - down_since)))
        planned = len(await stage.rows("SELECT FROM attempts WHERE state = 'planned'"))
        await stage.serve(roles="scheduler")
        await until(lambda: has_calls(stage, 20), 120)
        await until(stage.quiet, 120)
        calls = [str(call["to"]) for call in await stage.carrier.calls()]
        twice = sum(calls.count(person) > 2 for person in people)
        return [
            of_rounds("rivals.E.retries_planned_meanwhile", "retries", [planned]),
            of_rounds("rivals.E.retries_made", "retries", [len(calls) - 10]),
            of_rounds("rivals.E.twice", "leads", [twice]),
        ]


async def a_long_queue(world: World) -> list[Figure]:
    """Claims of ten out of 200 000 queued leads."""
    async with world.stage("F") as stage:
        numbers = random.Random(5).sample(range(len(EASTERN) * 10_000), QUEUED)
        people = [f"+1{EASTERN[one // 10_000]}555{one % 10_000:04}" for one in numbers]
        await stage.campaign("long", people[:10], "voice", concurrency=10_000)
        await copy_leads(stage, people[10:])
        ctx = claimer(stage.ctx)
        took: list[float] = []
        for _ in range(CLAIMS):
            began = time.perf_counter()
            haul = await claim_due(ctx, 10)
            took.append((time.perf_counter() - began) * 1000)
            assert len(haul.claimed) == 10, haul
        return [of_rounds("rivals.F.claim_of_ten_ms", "ms", took[5:])]


def claimer(ctx: Context) -> Context:
    """A process that only claims, and so fast that neither pace nor slots are in its way."""
    return Context(
        database=ctx.database,
        channels=ctx.channels,
        model=None,
        random_bytes=ctx.random_bytes,
        process_id=uuid4(),
        limits=Limits(voice_slots=10_000),
        rulebook=ctx.rulebook,
        side_work=ctx.side_work,
        recordings=ctx.recordings,
    )


COPIES: Final = (
    "UPDATE senders SET emission = interval '0'",
    "UPDATE campaigns SET emission = interval '0'",
    "INSERT INTO processes (id, roles, started_at, heartbeat_at, voice_slots) VALUES"
    " (gen_random_uuid(), '{voice}', clock_timestamp(), clock_timestamp() + interval '1 h', 10000)",
    "CREATE TEMP TABLE many ON COMMIT DROP AS SELECT phone, gen_random_uuid() AS contact,"
    " gen_random_uuid() AS lead FROM unnest(cast(:phones AS text[])) AS phone",
    "INSERT INTO contacts (id, source, created_at) SELECT contact, 'bench', now() FROM many",
    "INSERT INTO leads (id, campaign_id, contact_id, phone, zones, work, created_at, updated_at)"
    " SELECT m.lead, l.campaign_id, m.contact, m.phone, l.zones, 'planned', l.created_at,"
    " l.updated_at FROM many m, (SELECT * FROM leads LIMIT 1) l",
    "INSERT INTO attempts (id, campaign_id, lead_id, contact_id, n, channel, phone, due_at,"
    " window_end_at, reason, created_by, created_at) SELECT gen_random_uuid(), a.campaign_id,"
    " m.lead, m.contact, 1, 'voice', m.phone, a.due_at, a.window_end_at, a.reason, 'bench',"
    " a.created_at FROM many m, (SELECT * FROM attempts LIMIT 1) a",
)


async def copy_leads(stage: Stage, people: Sequence[str]) -> None:
    """Many more leads like the first one; only claims look at them."""
    async with transaction(stage.engine) as tx:
        for statement in COPIES:
            values = {"phones": list(people)} if ":phones" in statement else {}
            await tx.execute(text(statement), values)
    async with stage.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE"))


async def play(stage: Stage, people: Sequence[str], within_s: float) -> Played:
    """Until everybody was called, and all of it is told."""
    await until(lambda: has_calls(stage, len(people)), within_s, at_most=True)
    await until(stage.quiet, 60, at_most=True)
    calls = await stage.carrier.calls()
    numbers = [str(call["to"]) for call in calls]
    begun = sorted(time_of(str(call["created_at"])) for call in calls)
    counted = await stage.one(
        "SELECT count(*) AS n FROM events WHERE kind = 'attempt.ended'"
        " AND data->>'outcome' <> 'not_placed'"
    )
    hanging = await stage.rows(
        "SELECT FROM leads l WHERE work NOT IN ('planned', 'waiting', 'blocked', 'ended')"
        " OR (work = 'planned' AND NOT EXISTS (SELECT FROM attempts a"
        "     WHERE a.lead_id = l.id AND a.state = 'planned'))"
    )
    return Played(
        leads=len(people),
        dialled=len(set(numbers)),
        twice=len(numbers) - len(set(numbers)),
        lost=len(hanging),
        counted=counted.n,
        calls=len(calls),
        seconds=begun[-1] - begun[0],
    )


def time_of(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


async def has_calls(stage: Stage, count: int) -> bool:
    return len(await stage.carrier.calls()) >= count


async def all_retries_planned(stage: Stage, count: int) -> bool:
    rows = await stage.rows("SELECT FROM attempts WHERE state = 'planned' AND rule_id = 'again'")
    return len(rows) >= count


async def until(
    happened: Callable[[], Awaitable[object]], within_s: float, *, at_most: bool = False
) -> None:
    """Look until it has happened; `at_most`: what has not by then is part of the result."""
    late = time.monotonic() + within_s
    while not await happened():
        if time.monotonic() > late:
            if at_most:
                return
            raise TimeoutError
        await asyncio.sleep(0.2)


PLAYED: Final[Mapping[str, Callable[[World], Awaitable[Played]]]] = {
    "A": a_wide_limit,
    "B": the_default_pace,
    "C": two_campaigns,
    "D": a_killed_worker,
}
OTHERS: Final[Mapping[str, Callable[[World], Awaitable[list[Figure]]]]] = {
    "E": an_absent_scheduler,
    "F": a_long_queue,
}


async def measure(world: World) -> list[Figure]:
    figures: list[Figure] = []
    for name, scenario in PLAYED.items():
        say(f"{name}: {scenario.__doc__}")
        played = await scenario(world)
        say(f"   {played}")
        figures += played.figures(name)
    for name, other in OTHERS.items():
        say(f"{name}: {other.__doc__}")
        found = await other(world)
        say("   " + ", ".join(f"{one.name} {one.value:.1f}" for one in found))
        figures += found
    return figures


def main() -> None:
    as_json = wants_json()
    run = fresh_run()
    server = embedded.start(run.folder, state_folder=run.folder)
    url = make_url(server.url)
    with tempfile.TemporaryDirectory() as folder:
        launcher = Launcher.begin(Path(folder) / "launcher.log")
        try:
            databases = Databases(server=url, template=ensure_template(url))
            world = World(databases=databases, launcher=launcher, folder=Path(folder))
            publish(asyncio.run(measure(world)), as_json=as_json)
        finally:
            launcher.end()
            embedded.stop(server)
            run.leave_nothing()


if __name__ == "__main__":
    main()
