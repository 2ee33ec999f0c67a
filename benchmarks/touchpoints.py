"""How fast does what others tell come in, and how long does it take to compute what it means?

A million touchpoints in batches of 500 over 50 000 companies, through the same function that a
signed post reaches, each batch a transaction with its delivery in the inbox. Held against bare
INSERTs of the same rows in the same batches. Then all companies are computed anew.
"""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.measure import Figure, against, of_rounds, publish, say, wants_json
from orchestrator.engine import ingest
from orchestrator.engine.context import Context
from orchestrator.engine.journeys.follow import follow_news
from orchestrator.law.reading import read_rulebook
from outreach.accounts.touchpoint_delivery import TouchpointDelivery
from outreach.ids import RANDOM_BYTES, new_id
from outreach.reports import Delivery, TouchpointsDelivered
from storage import embedded, migrate
from storage.database import open_engine, transaction

COMPANIES = 50_000
PER_COMPANY = 20
BATCH = 500
ROUNDS = 5
ACTS = ("page", "article", "report", "form", "email_click")
_BARE = text("""
INSERT INTO bare (id, company_id, contact_id, lead_id, kind, channel, attention_ratio, depth,
                  occurred_at, source_ref, data)
SELECT w.id, NULL, NULL, NULL, 'website', 'direct', 1000, 300, w.at, w.ref, w.data
FROM unnest(cast(:ids AS uuid[]), cast(:times AS timestamptz[]), cast(:refs AS text[]),
            cast(:data AS jsonb[])) AS w(id, at, ref, data)
""")


class NoSideWork:
    """Nothing here is done later."""

    async def defer(self, tx: object, task: str, ids: object) -> None:
        return


def deliveries(round_: int, now: datetime) -> Iterator[TouchpointDelivery]:
    """One round's share of all that happens, in batches; every company has its turn."""
    total = COMPANIES * PER_COMPANY // ROUNDS
    for start in range(0, total, BATCH):
        events = [
            {
                "id": f"{round_}-{n}",
                "at": now - timedelta(minutes=(n * 7919) % (60 * 24 * 30)),
                "act": ACTS[n % len(ACTS)],
                "seconds": 30 + n % 1200,
                "title": "A page about something",
                "url": f"https://example.com/pages/{n % 200}",
                "domain": f"c{n % COMPANIES}.example.com",
            }
            for n in range(start, min(start + BATCH, total))
        ]
        yield TouchpointDelivery.model_validate({"events": events})


async def ours(ctx: Context, batches: list[TouchpointDelivery]) -> float:
    """Rows in a second."""
    began = time.perf_counter()
    for one in batches:
        report = TouchpointsDelivered(source="bench", delivery=one)
        delivery = Delivery(source="touchpoints:bench", key=str(uuid4()), report=report)
        await ingest.receive(ctx, delivery)
    return sum(len(one.events) for one in batches) / (time.perf_counter() - began)


async def bare(engine: AsyncEngine, batches: list[TouchpointDelivery]) -> float:
    """Rows in a second."""
    began = time.perf_counter()
    for one in batches:
        values = {
            "ids": [new_id(event.at, os.urandom(RANDOM_BYTES)) for event in one.events],
            "times": [event.at for event in one.events],
            "refs": [event.id for event in one.events],
            "data": [json.dumps({"title": event.title, "url": event.url}) for event in one.events],
        }
        async with transaction(engine) as tx:
            await tx.execute(_BARE, values)
    return sum(len(one.events) for one in batches) / (time.perf_counter() - began)


async def measure(engine: AsyncEngine) -> list[Figure]:
    now = datetime.now(UTC)
    ctx = Context(
        database=engine,
        channels={},
        model=None,
        random_bytes=os.urandom,
        process_id=UUID(int=1),
        rulebook=read_rulebook(),
        side_work=NoSideWork(),
        recordings=Path("unused"),
    )
    async with transaction(engine) as tx:
        await tx.execute(text("CREATE TABLE bare (LIKE touchpoints INCLUDING ALL)"))
        await tx.execute(
            text(
                "INSERT INTO companies (id, name, domains, created_at, updated_at)"
                " SELECT gen_random_uuid(), 'C' || n, ARRAY['c' || n || '.example.com'], now(),"
                " now() FROM generate_series(0, :last) AS n"
            ),
            {"last": COMPANIES - 1},
        )
    mine, theirs = [], []
    for round_ in range(ROUNDS):
        batches = list(deliveries(round_, now))
        theirs.append(await bare(engine, batches))
        mine.append(await ours(ctx, batches))
        say(f"round {round_}: {mine[-1]:,.0f} rows/s, bare {theirs[-1]:,.0f}")
    began = time.perf_counter()
    await follow_news(ctx)
    took = time.perf_counter() - began
    rows = COMPANIES * PER_COMPANY
    say(f"{COMPANIES:,} companies with {rows:,} touchpoints computed in {took:.1f} s")
    return [
        against("touchpoints.ingest_vs_bare", mine, theirs),
        of_rounds("touchpoints.computed", "touchpoints/s", [rows / took]),
    ]


async def _run(url: str) -> list[Figure]:
    await migrate.upgrade(url)
    engine = await open_engine(url)
    try:
        return await measure(engine)
    finally:
        await engine.dispose()


def main() -> None:
    as_json = wants_json()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = embedded.start(folder / "data", state_folder=folder / "state")
        try:
            publish(asyncio.run(_run(server.url)), as_json=as_json)
        finally:
            embedded.stop(server)


if __name__ == "__main__":
    main()
