"""How fast does a list become leads that can be claimed and found?

Five lists of 100 000 rows with eight fields each go into one database, one after the other, so
that what an import puts off (the search index's pending words) is paid by the next. Held against
reading the same numbers with `phonenumbers` alone: parse, validate, time zones.
"""

import asyncio
import csv
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import uuid4

import phonenumbers
from phonenumbers import timezone
from sqlalchemy import text

from benchmarks.measure import Figure, against, of_rounds, publish, say, wants_json
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.import_leads import import_leads
from orchestrator.engine.imports.request import FileConsent, ImportRequest
from storage import embedded, migrate
from storage.database import open_engine, transaction

ROWS = 100_000
ROUNDS = 5
SMALL = 20_000
"""Rows of the list whose memory the large ones are compared with."""
REPEATED, INVALID = 0.03, 0.02
CAMPAIGN = "bench"
FIRST = ("Ana", "Ben", "Carla", "Dan", "Elif", "Fay", "Gus", "Hana", "Ivo", "Jun", "Kim", "Leo")
LAST = ("Abbott", "Berg", "Costa", "Dahl", "Evans", "Fischer", "Garcia", "Holm", "Ito", "Jensen")
COMPANY = ("Blue Harbor", "Copperleaf", "Driftwood", "Elmstone", "Foxglove", "Granite", "Juniper")
CITY = ("Lakeview", "Northgate", "Oakridge", "Hillcrest", "Meadow", "Kestrel", "Larkspur")
SOURCES = ("webinar", "newsletter", "referral", "fair", "trial")
HEADER = (
    *("phone", "first_name", "last_name", "email", "company", "country", "consent", "consent_at"),
    *("city", "plan", "seats", "order_number", "source", "renewal", "interest", "note"),
)
FIELDS = (
    {"key": "city"},
    {"key": "plan", "type": "choice", "choices": ["free", "team", "business"]},
    {"key": "seats", "type": "number"},
    {"key": "order_number"},
    {"key": "source"},
    {"key": "renewal"},
    {"key": "interest"},
    {"key": "note"},
)
DOCUMENTS = {
    ("agent", "ada"): {
        "kind": "agent",
        "name": "ada",
        "title": "Ada",
        "persona": "Ada",
        "goal": "Offer a demo.",
        "opener": "Hello {{ first_name | default: 'there' }}, this is Ada, an AI assistant.",
    },
    ("campaign", CAMPAIGN): {
        "kind": "campaign",
        "name": CAMPAIGN,
        "title": "Benchmark",
        "goal": "Offer a demo.",
        "purpose": "service",
        "agent": "ada",
        "fields": list(FIELDS),
        "steps": [{"channel": "voice"}],
        "schedule": {"windows": {"mon-fri": ["09:00-12:00", "13:00-19:00"]}},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One import, as measured in its own process."""

    rows: int
    imported: int
    seconds: float
    peak_mb: float
    """Of the loader and the parser together."""


def numbers(seed: int) -> Iterator[str]:
    """Different numbers of the 555 exchange, which belongs to nobody, in every area code.

    The hundred of each code that are reserved for fiction are too few for five lists.
    """
    areas = [
        area
        for area in range(201, 990)
        if phonenumbers.is_valid_number(phonenumbers.parse(f"+1{area}5550100"))
    ]
    shuffled = random.Random(seed).sample(range(len(areas) * 10_000), ROWS * (ROUNDS + 1))
    return (f"+1{areas[one // 10_000]}555{one % 10_000:04}" for one in shuffled)


def write_list(path: Path, fresh: Iterator[str], rows: int, rng: random.Random) -> list[str]:
    """Write a list; returns the numbers in it, as written."""
    written: list[str] = []
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for index in range(rows):
            phone = _number(fresh, written, rng.random(), rng)
            written.append(phone)
            writer.writerow(_row(phone, index, rng))
    return written


def _number(fresh: Iterator[str], written: list[str], dice: float, rng: random.Random) -> str:
    if written and dice < REPEATED:
        return rng.choice(written)
    number = next(fresh)
    return number[:-1] if dice < REPEATED + INVALID else number


def _row(phone: str, index: int, rng: random.Random) -> tuple[object, ...]:
    first, last = rng.choice(FIRST), rng.choice(LAST)
    return (
        phone,
        first,
        last,
        f"{first}.{last}.{index}@example.com".lower(),
        f"{rng.choice(COMPANY)} {rng.randrange(500)}",
        "US",
        "web form",
        "2026-03-01",
        rng.choice(CITY),
        rng.choice(("free", "team", "business")),
        rng.randrange(1, 500),
        f"N-{rng.randrange(10**7):07}",
        rng.choice(SOURCES),
        f"2027-{rng.randrange(1, 13):02}-15",
        f"{rng.choice(SOURCES)} {rng.choice(CITY)}",
        f"asked about {rng.choice(SOURCES)} in {rng.choice(CITY)}",
    )


def limit(phones: list[str]) -> float:
    """Seconds that `phonenumbers` alone takes for these numbers."""
    start = time.perf_counter()
    for phone in phones:
        try:
            number = phonenumbers.parse(phone, None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            timezone.time_zones_for_number(number)
    return time.perf_counter() - start


async def prepare(url: str) -> None:
    """A migrated database with one campaign."""
    await migrate.upgrade(url)
    engine = await open_engine(url)
    insert = text(
        "INSERT INTO documents (kind, name, version, body, created_at, created_by)"
        " VALUES (:kind, :name, 1, cast(:body AS jsonb), clock_timestamp(), 'bench')"
    )
    async with transaction(engine) as tx:
        for (kind, name), body in DOCUMENTS.items():
            await tx.execute(insert, {"kind": kind, "name": name, "body": json.dumps(body)})
        await tx.execute(
            text(
                "INSERT INTO campaigns (id, name, title, version, agent_name, status, concurrency,"
                " created_at) VALUES (:id, :name, :name, 1, 'ada', 'draft', 10, clock_timestamp())"
            ),
            {"id": uuid4(), "name": CAMPAIGN},
        )
    await engine.dispose()


def measure(url: str, file: Path) -> Run:
    """Import in a fresh process, so that its memory is the import's alone."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_import, args=(theirs, url, file))
    process.start()
    theirs.close()
    run: Run = ours.recv()
    process.join()
    return run


def _import(pipe: Connection, url: str, file: Path) -> None:
    pipe.send(asyncio.run(_import_file(url, file)))


async def _import_file(url: str, file: Path) -> Run:
    engine = await open_engine(url)
    request = ImportRequest(
        file=file,
        campaign=CAMPAIGN,
        actor=Actor(name="cli", role=Role.OPERATOR),
        consent=FileConsent(basis="express", proof="bench"),
    )
    start = time.perf_counter()
    report = await import_leads(engine, request)
    seconds = time.perf_counter() - start
    await engine.dispose()
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    used = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = sum(resource.getrusage(who).ru_maxrss for who in used) / unit
    return Run(rows=report.rows_read, imported=report.imported, seconds=seconds, peak_mb=peak)


def figures(folder: Path) -> list[Figure]:
    """Import five lists and read their numbers alone, in turn."""
    server = embedded.start(folder / "data", state_folder=folder / "state")
    try:
        asyncio.run(prepare(server.url))
        rng, fresh = random.Random(7), numbers(7)
        file = folder / "list.csv"
        write_list(file, fresh, SMALL, rng)
        small = measure(server.url, file)
        runs: list[Run] = []
        limits: list[float] = []
        for number in range(1, ROUNDS + 1):
            phones = write_list(file, fresh, ROWS, rng)
            seconds = limit(phones)
            run = measure(server.url, file)
            limits.append(ROWS / seconds)
            runs.append(run)
            say(
                f"round {number}: {run.rows / run.seconds:,.0f} rows/s, limit {limits[-1]:,.0f}, "
                f"ratio {run.rows / run.seconds / limits[-1]:.2f}, {run.peak_mb:.0f} MB"
            )
    finally:
        embedded.stop(server)
    rates = [run.rows / run.seconds for run in runs]
    return [
        against("import_leads.vs_phonenumbers", rates, limits),
        of_rounds("import_leads.rows_per_s", "rows/s", rates),
        of_rounds("import_leads.peak_mb", "MB", [run.peak_mb for run in runs]),
        of_rounds("import_leads.peak_mb_of_a_fifth", "MB", [small.peak_mb]),
    ]


def main() -> None:
    as_json = wants_json()
    with tempfile.TemporaryDirectory(prefix="outreach-bench-") as folder:
        publish(figures(Path(folder)), as_json=as_json)


if __name__ == "__main__":
    main()
