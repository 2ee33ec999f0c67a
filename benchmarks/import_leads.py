"""How fast does a list become leads that can be claimed and found?

Five lists of 100 000 rows go into one database, one after the other, so that what an import puts
off is paid by the next. Held against reading the same numbers with `phonenumbers` alone: parse,
validate, time zones. Once with eight columns, once with sixteen, into a database of its own each.
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
from collections.abc import Iterator, Mapping, Sequence
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
from orchestrator.law.reading import read_rulebook
from storage import embedded, migrate
from storage.database import open_engine, transaction

ROWS = 100_000
ROUNDS = 5
SMALL = 40_000
"""Rows of the list whose memory the large ones are compared with; the parser has its process."""
REPEATED, INVALID = 0.03, 0.02
CAMPAIGN = "bench"
FIRST = ("Ana", "Ben", "Carla", "Dan", "Elif", "Fay", "Gus", "Hana", "Ivo", "Jun", "Kim", "Leo")
LAST = ("Abbott", "Berg", "Costa", "Dahl", "Evans", "Fischer", "Garcia", "Holm", "Ito", "Jensen")
COMPANY = ("Blue Harbor", "Copperleaf", "Driftwood", "Elmstone", "Foxglove", "Granite", "Juniper")
CITY = ("Lakeview", "Northgate", "Oakridge", "Hillcrest", "Meadow", "Kestrel", "Larkspur")
SOURCES = ("webinar", "newsletter", "referral", "fair", "trial")
CUSTOM: Mapping[str, Mapping[str, object]] = {
    "city": {"key": "city"},
    "plan": {"key": "plan", "type": "choice", "choices": ["free", "team", "business"]},
    "seats": {"key": "seats", "type": "number"},
    "order_number": {"key": "order_number"},
    "source": {"key": "source"},
    "renewal": {"key": "renewal"},
    "interest": {"key": "interest"},
    "note": {"key": "note"},
}
"""Columns of the campaign's own."""
EIGHT = ("phone", "first_name", "last_name", "email", "company", "country", "city", "plan")
SIXTEEN = (
    *("phone", "first_name", "last_name", "email", "company", "country", "consent", "consent_at"),
    *CUSTOM,
)


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


def documents(columns: Sequence[str]) -> Mapping[tuple[str, str], Mapping[str, object]]:
    """An agent and a campaign that has a field for each of these columns that is its own."""
    return {
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
            "fields": [field for name, field in CUSTOM.items() if name in columns],
            "steps": [{"channel": "voice"}],
            "schedule": {"windows": {"mon-fri": ["09:00-12:00", "13:00-19:00"]}},
        },
    }


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of people with these columns, each with numbers that no earlier one had."""

    columns: Sequence[str]
    fresh: Iterator[str]
    rng: random.Random

    def write(self, path: Path, rows: int) -> list[str]:
        """Write the next list; returns the numbers in it, as written."""
        written: list[str] = []
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self.columns, extrasaction="ignore")
            writer.writeheader()
            for index in range(rows):
                phone = _number(self.fresh, written, self.rng.random(), self.rng)
                written.append(phone)
                writer.writerow({"phone": phone, **_person(index, self.rng)})
        return written


def _number(fresh: Iterator[str], written: list[str], dice: float, rng: random.Random) -> str:
    if written and dice < REPEATED:
        return rng.choice(written)
    number = next(fresh)
    return number[:-1] if dice < REPEATED + INVALID else number


def _person(index: int, rng: random.Random) -> dict[str, object]:
    first, last = rng.choice(FIRST), rng.choice(LAST)
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}.{index}@example.com".lower(),
        "company": f"{rng.choice(COMPANY)} {rng.randrange(500)}",
        "country": "US",
        "consent": "web form",
        "consent_at": "2026-03-01",
        "city": rng.choice(CITY),
        "plan": rng.choice(("free", "team", "business")),
        "seats": rng.randrange(1, 500),
        "order_number": f"N-{rng.randrange(10**7):07}",
        "source": rng.choice(SOURCES),
        "renewal": f"2027-{rng.randrange(1, 13):02}-15",
        "interest": f"{rng.choice(SOURCES)} {rng.choice(CITY)}",
        "note": f"asked about {rng.choice(SOURCES)} in {rng.choice(CITY)}",
    }


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


async def prepare(url: str, columns: Sequence[str]) -> None:
    """A migrated database with one campaign for lists of these columns."""
    await migrate.upgrade(url)
    engine = await open_engine(url)
    insert = text(
        "INSERT INTO documents (kind, name, version, body, created_at, created_by)"
        " VALUES (:kind, :name, 1, cast(:body AS jsonb), clock_timestamp(), 'bench')"
    )
    async with transaction(engine) as tx:
        for (kind, name), body in documents(columns).items():
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
        rulebook=read_rulebook(),
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


def figures(name: str, columns: Sequence[str], folder: Path) -> list[Figure]:
    """Import five lists and read their numbers alone, in turn."""
    server = embedded.start(folder / "data", state_folder=folder / "state")
    lists = Lists(columns, numbers(7), random.Random(7))
    file = folder / "list.csv"
    runs: list[Run] = []
    limits: list[float] = []
    try:
        asyncio.run(prepare(server.url, columns))
        lists.write(file, SMALL)
        small = measure(server.url, file)
        for number in range(1, ROUNDS + 1):
            limits.append(ROWS / limit(lists.write(file, ROWS)))
            runs.append(measure(server.url, file))
            say(_round(f"{name}, round {number}", runs[-1], limits[-1]))
    finally:
        embedded.stop(server)
    rates = [run.rows / run.seconds for run in runs]
    return [
        against(f"{name}.vs_phonenumbers", rates, limits),
        of_rounds(f"{name}.rows_per_s", "rows/s", rates),
        of_rounds(f"{name}.peak_mb", "MB", [run.peak_mb for run in runs]),
        of_rounds(f"{name}.peak_mb_of_two_fifths", "MB", [small.peak_mb]),
    ]


def _round(name: str, run: Run, limit: float) -> str:
    rate = run.rows / run.seconds
    return (
        f"{name}: {rate:,.0f} rows/s, limit {limit:,.0f}, ratio {rate / limit:.2f},"
        f" {run.peak_mb:.0f} MB"
    )


def main() -> None:
    as_json = wants_json()
    found: list[Figure] = []
    for name, columns in (("import_leads", EIGHT), ("import_leads.sixteen_columns", SIXTEEN)):
        with tempfile.TemporaryDirectory(prefix="outreach-bench-") as folder:
            found += figures(name, columns, Path(folder))
    publish(found, as_json=as_json)


if __name__ == "__main__":
    main()
