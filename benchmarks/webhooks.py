"""How many signed callbacks a second become history, and how long does the provider wait?

The real routes, signature and engine, held against a bare FastAPI route that writes the same rows
by hand and checks no signature; a route of a single INSERT stands beside it. Each in a process of
its own. At last ten times as many at once as one process lets in: none may be lost.
"""

import argparse
import asyncio
import multiprocessing
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import psycopg

from benchmarks.callbacks import Answers, requests_for, send
from benchmarks.crowd import Group, fill, number_id, plain
from benchmarks.doors import Door, Kind, door_process
from benchmarks.measure import Figure, against, of_rounds, publish, say
from storage import embedded

CALLS = 4_000
"""Of each round and door; each rings and ends."""
ROUNDS = 3
CONNECTIONS = 64
LET_IN, AT_ONCE = 100, 1_000
"""With so much room, and so many callbacks at once, a process is overloaded tenfold."""
DOORS: tuple[Kind, ...] = ("ours", "bare", "insert")


@contextmanager
def opened(door: Door) -> Iterator[int]:
    """The port at which this door stands open."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=door_process, args=(theirs, door))
    process.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        ours.send("stop")
        process.join()


def started(url: str, count: int) -> list[UUID]:
    """So many planned attempts become calls that the provider has."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        rows = connection.execute(
            "WITH one AS (SELECT id FROM attempts WHERE state = 'planned' ORDER BY id LIMIT %s),"
            " moved AS (UPDATE attempts SET state = 'started', started_at = due_at,"
            " starting_at = due_at, simulated = true, sender_id = %s,"
            " lease_until = clock_timestamp() + interval '1 hour' FROM one"
            " WHERE attempts.id = one.id RETURNING attempts.id, lead_id, phone),"
            " line AS (INSERT INTO lines SELECT 'voice', phone, id FROM moved),"
            " lead AS (UPDATE leads SET work = 'in_flight' FROM moved WHERE leads.id = lead_id)"
            " SELECT id FROM moved",
            [count, number_id(0)],
        ).fetchall()
    return [row[0] for row in rows]


def answered(url: str, kind: Kind, calls: int) -> Answers:
    requests = requests_for(started(url, calls))
    with opened(Door(url=url, kind=kind)) as port:
        return asyncio.run(send(port, requests, CONNECTIONS))


def lost_under_overload(url: str, calls: int) -> int:
    """How many answered callbacks have left no row; who is told 503 comes again, as Twilio does."""
    attempts = started(url, calls)
    with opened(Door(url=url, kind="ours", most_waiting=LET_IN)) as port:
        answers = asyncio.run(send(port, requests_for(attempts), AT_ONCE))
    say(f"overload: {answers.turned_away:,} times turned away, p99 {answers.p99_ms:,.0f} ms")
    with psycopg.connect(plain(url)) as connection:
        row = connection.execute(
            "SELECT count(*) FROM attempts a WHERE a.id = ANY(%s) AND a.state = 'ended'"
            " AND (SELECT count(*) FROM inbox i WHERE i.status = 'applied'"
            "      AND i.payload -> 'report' ->> 'attempt_id' = a.id::text) = 2",
            [attempts],
        ).fetchone()
    return len(attempts) - (row[0] if row is not None else 0)


def figures(url: str, calls: int, rounds: int) -> list[Figure]:
    rates: dict[Kind, list[float]] = {kind: [] for kind in DOORS}
    waits: list[float] = []
    for number in range(1, rounds + 1):
        for kind in DOORS:
            answers = answered(url, kind, calls)
            rates[kind].append(answers.rate)
            if kind == "ours":
                waits.append(answers.p99_ms)
            say(f"round {number}, {kind}: {answers.rate:,.0f}/s, p99 {answers.p99_ms:,.0f} ms")
    return [
        against("webhooks.vs_bare", rates["ours"], rates["bare"]),
        against("webhooks.vs_one_insert", rates["ours"], rates["insert"]),
        of_rounds("webhooks.per_s", "callbacks/s", rates["ours"]),
        of_rounds("webhooks.p99_ms", "ms", waits),
        of_rounds("webhooks.lost_under_overload", "callbacks", [lost_under_overload(url, calls)]),
    ]


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--calls", type=int, default=CALLS, help="of each round and door")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    return parser.parse_args(given)


def main() -> None:
    wanted = arguments()
    with tempfile.TemporaryDirectory(prefix="outreach-bench-") as name:
        folder = Path(name)
        server = embedded.start(folder / "data", state_folder=folder / "state")
        try:
            leads = wanted.calls * (wanted.rounds * len(DOORS) + 1)
            asyncio.run(fill(server.url, [Group(name="campaign", leads=leads)]))
            found = figures(server.url, wanted.calls, wanted.rounds)
        finally:
            embedded.stop(server)
    publish(found, as_json=wanted.json)


if __name__ == "__main__":
    main()
