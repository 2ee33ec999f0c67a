"""How fast does a do-not-call list come in, and what does looking a number up in it cost?

The import (file to a version that holds) is held against a bare COPY of the same numbers into a
table of one column; the gate's lookup against a bare query by primary key over the same numbers.
"""

import argparse
import asyncio
import random
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from statistics import quantiles

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from benchmarks.measure import Figure, against, of_rounds, publish, say
from outreach.do_not_call_numbers import Tally, numbers_of, plan_of
from outreach.ids import new_id
from storage import clock, do_not_call, embedded, migrate
from storage.database import open_engine, transaction
from storage.do_not_call import List

ROWS = 10_000_000
LOOKUPS = 1_000
ROUNDS = 3
CHUNK = 1 << 20
GATE = 100
"""Attempts that one gate asks for at once."""
FIRST, LAST = 200_000, 999_999
"""Area code and exchange: where the numbers of ten thousand neighbours begin."""
NEIGHBOURS = 400
"""Of an exchange's ten thousand numbers as many are on the list; large lists have more."""

_BARE = text("SELECT number FROM bare WHERE number = ANY(cast(:numbers AS bigint[]))")
_SIZE = text("SELECT pg_total_relation_size(cast(:table AS regclass))")


def numbers(rows: int, seed: int) -> Iterator[int]:
    """National numbers in no order, in as many exchanges as such a list has of that length."""
    drawn = random.Random(seed)
    exchanges = drawn.sample(range(FIRST, LAST), max(1, rows // NEIGHBOURS))
    return (drawn.choice(exchanges) * 10_000 + drawn.randint(0, 9_999) for _ in range(rows))


def write(path: Path, rows: int) -> None:
    with path.open("w") as file:
        for number in numbers(rows, seed=1):
            file.write(f"{number}\n")


async def staged(path: Path) -> AsyncIterator[bytes]:
    plan, tally = plan_of("US"), Tally()
    with path.open("rb") as file:
        while lines := file.readlines(CHUNK):
            yield b"\n".join((*numbers_of(lines, plan, tally), b""))


async def ours(engine: AsyncEngine, path: Path) -> float:
    """Seconds from the file to the commit."""
    began = time.perf_counter()
    async with transaction(engine) as tx:
        await do_not_call.prepare(tx)
        await do_not_call.stage(tx, staged(path))
        now = await clock.now(tx)
        for old in await do_not_call.current(tx):
            await do_not_call.retire(tx, old.id, now)
        row = List(
            id=new_id(now, random.randbytes(10)),
            name="bench",
            country="US",
            numbers=0,
            source=path.name,
            imported_at=now,
        )
        await do_not_call.add(tx, row, by="bench")
    return time.perf_counter() - began


async def bare(engine: AsyncEngine, path: Path) -> float:
    """Seconds of a COPY of the file as it is."""
    async with transaction(engine) as tx:
        await tx.exec_driver_sql("DROP TABLE IF EXISTS bare")
        await tx.exec_driver_sql("CREATE TABLE bare (number bigint NOT NULL)")
    began = time.perf_counter()
    async with transaction(engine) as tx:
        await tx.exec_driver_sql("SET LOCAL statement_timeout = '2h'")
        raw = await tx.get_raw_connection()
        driver = raw.driver_connection
        assert driver is not None
        async with driver.cursor() as cursor, cursor.copy("COPY bare FROM STDIN") as copy:
            with path.open("rb") as file:
                while block := file.read(CHUNK):
                    await copy.write(block)
    return time.perf_counter() - began


async def p95_us(
    tx: AsyncConnection, rows: int, ask: Callable[[list[str]], Awaitable[object]]
) -> float:
    """Of a lookup of as many numbers as a gate asks for at once, some of them on the list."""
    listed = numbers(rows, seed=1)
    drawn = random.Random(2)
    times = []
    for _ in range(LOOKUPS):
        some = [drawn.randint(FIRST, LAST) * 10_000 + 55 for _ in range(GATE // 2)]
        some += [next(listed) + drawn.randint(0, 1) for _ in range(GATE // 2)]
        phones = [f"+1{number}" for number in some]
        began = time.perf_counter()
        await ask(phones)
        times.append((time.perf_counter() - began) * 1e6)
    return quantiles(times, n=20)[-1]


async def measure(engine: AsyncEngine, path: Path, rows: int) -> list[Figure]:
    rates: list[float] = []
    bare_rates: list[float] = []
    for number in range(ROUNDS):
        bare_rates.append(rows / await bare(engine, path))
        rates.append(rows / await ours(engine, path))
        say(f"round {number + 1}: {rates[-1]:,.0f} rows/s, bare {bare_rates[-1]:,.0f}")
    async with transaction(engine) as tx:
        await tx.exec_driver_sql("SET LOCAL statement_timeout = '2h'")
        await tx.exec_driver_sql("CREATE TABLE bare_key AS SELECT DISTINCT number FROM bare")
        await tx.exec_driver_sql("DROP TABLE bare")
        await tx.exec_driver_sql("ALTER TABLE bare_key RENAME TO bare")
        await tx.exec_driver_sql("ALTER TABLE bare ADD PRIMARY KEY (number)")
        await tx.exec_driver_sql("ANALYZE bare")
    return [
        against("do_not_call.import_vs_copy", rates, bare_rates),
        of_rounds("do_not_call.rows_per_s", "rows/s", rates),
        *await lookups(engine, rows),
        *await sizes(engine, rows),
    ]


async def lookups(engine: AsyncEngine, rows: int) -> list[Figure]:
    """What the gate waits for, per batch and per number."""
    found: list[float] = []
    plain: list[float] = []
    async with transaction(engine) as tx:
        await tx.exec_driver_sql("SET LOCAL statement_timeout = '2h'")

        async def by_key(phones: list[str]) -> object:
            asked = {"numbers": [int(phone[2:]) for phone in phones]}
            return (await tx.execute(_BARE, asked)).all()

        for _ in range(ROUNDS):
            plain.append(await p95_us(tx, rows, by_key))
            found.append(await p95_us(tx, rows, lambda phones: do_not_call.find(tx, phones)))
    faster = [1e6 / one for one in found]
    return [
        of_rounds("do_not_call.lookup_p95_us", "us", [one / GATE for one in found]),
        of_rounds("do_not_call.gate_p95_us", "us", found),
        against("do_not_call.lookup_vs_key", faster, [1e6 / one for one in plain]),
    ]


async def sizes(engine: AsyncEngine, rows: int) -> list[Figure]:
    """Bytes a number takes on disk with its index, after VACUUM FULL; and our own peak memory."""
    figures = []
    for name, table in (("bytes_per_number", "do_not_call_numbers"), ("key_bytes", "bare")):
        async with engine.connect() as plain:
            own = await plain.execution_options(isolation_level="AUTOCOMMIT")
            await own.exec_driver_sql("SET statement_timeout = 0")
            await own.exec_driver_sql(f"VACUUM FULL {table}")
            size = (await own.execute(_SIZE, {"table": table})).scalar_one()
            figures.append(of_rounds(f"do_not_call.{name}", "bytes", [size / rows]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [*figures, of_rounds("do_not_call.peak_mb", "MB", [peak])]


async def run(rows: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.txt"
        write(path, rows)
        server = embedded.start(Path(folder) / "data", state_folder=Path(folder) / "state")
        try:
            await migrate.upgrade(server.url)
            engine = await open_engine(server.url)
            try:
                return await measure(engine, path, rows)
            finally:
                await engine.dispose()
        finally:
            embedded.stop(server)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="numbers on the list")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    asked = parser.parse_args()
    publish(asyncio.run(run(asked.rows)), as_json=asked.json)


if __name__ == "__main__":
    main()
