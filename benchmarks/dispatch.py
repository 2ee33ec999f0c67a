"""How fast are due attempts carried out, how fairly, and how exactly at their pace?

The real engine over a million leads in 20 campaigns with caps of 25, against a provider that takes
each call after 0 to 10 ms and says 0 to 10 ms later that nobody answered; each change of each
attempt is durable and has its event. Held against the same rows written by hand on eight
connections and as jobs of Procrastinate, in turn with it and in the same database.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks import processor
from benchmarks.by_hand import loop_process
from benchmarks.claiming import claiming_process, fairness_ticks, idle_tick_ms, worst_second
from benchmarks.crowd import Group, emptied, fill
from benchmarks.measure import Figure, against, of_rounds, publish, say
from benchmarks.outward import Job, engine_process, together
from benchmarks.queued import CARRY_OUT, NOTHING, enqueue, worker_process
from storage import embedded
from storage.embedded import Server

CAMPAIGNS = 20
QUEUED_JOBS = 20_000
LARGE, SMALL = 40_000, 200
"""Leads of the campaign that has most of them, and of each of the 19 behind it."""
PACE_PER_S = 50
PACED_PROCESSES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    leads: int
    rounds: int
    seconds: float
    json: bool
    processes: Sequence[int]


def wants() -> Plan:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="counted in each round")
    parser.add_argument("--processes", type=int, nargs="+", default=(1, 4))
    return Plan(**vars(parser.parse_args()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The server with its million leads."""

    server: Server
    plan: Plan

    def rate(self, name: str, target: Callable[[Connection, Job], None], processes: int) -> float:
        """Attempts or jobs a second of so many processes together."""
        seconds = self.plan.seconds
        jobs = [Job(url=self.server.url, seconds=seconds, seed=seed) for seed in range(processes)]
        before = processor.of_server(self.server.folder / "data")
        done = together(target, jobs)
        used = processor.of_server(self.server.folder / "data") - before
        rate = sum(one.ended for one in done) / seconds
        all_of_them = max(sum(one.all_ended for one in done), 1)
        own = sum(one.processor_s for one in done)
        say(
            f"  {name}: {rate:,.0f}/s; processor time of each: {own / all_of_them * 1e6:,.0f} us"
            f" here, {used / all_of_them * 1e6:,.0f} us in the server"
        )
        return rate


def durable(bench: Bench, processes: int) -> list[Figure]:
    """Claim, gate, starting, started, ended: each durable, each with its event."""
    ours, queued, by_hand = [], [], []
    for number in range(1, bench.plan.rounds + 1):
        say(f"round {number}, processes: {processes}")
        ours.append(bench.rate("engine", engine_process, processes))
        by_hand.append(bench.rate("by hand", loop_process, processes))
        enqueue(bench.server.url, CARRY_OUT, QUEUED_JOBS)
        queued.append(bench.rate("Procrastinate", worker_process, processes))
    name = "dispatch.single" if processes == 1 else f"dispatch.{processes}_processes.single"
    return [
        against(f"{name}_vs_procrastinate", ours, queued),
        against(f"{name}_vs_bare", ours, by_hand),
        of_rounds(f"{name}_per_s", "attempts/s", ours),
    ]


def claim_and_close(bench: Bench, processes: int) -> list[Figure]:
    """Claim and close alone: no gate, no provider."""
    ours, queued = [], []
    for number in range(1, bench.plan.rounds + 1):
        say(f"claim and close, round {number}, processes: {processes}")
        ours.append(bench.rate("engine", claiming_process, processes))
        enqueue(bench.server.url, NOTHING, QUEUED_JOBS)
        queued.append(bench.rate("no-op jobs", worker_process, processes))
    name = "dispatch.batch" if processes == 1 else f"dispatch.{processes}_processes.batch"
    return [
        against(f"{name}_vs_procrastinate", ours, queued),
        of_rounds(f"{name}_per_s", "attempts/s", ours),
    ]


def fair_and_paced(server: Server, plan: Plan) -> list[Figure]:
    """In a database with one huge campaign and 19 small ones; then with one at a pace."""
    crowd = [
        Group(name="huge", leads=min(LARGE, plan.leads), concurrency=10_000),
        *(Group(name=f"small-{one:02}", leads=SMALL) for one in range(CAMPAIGNS - 1)),
    ]
    with emptied(server.url):
        asyncio.run(fill(server.url, crowd))
        ticks = [asyncio.run(fairness_ticks(server.url)) for _ in range(plan.rounds)]
    worst: list[float] = []
    with emptied(server.url):
        asyncio.run(fill(server.url, [Group.paced("paced", 5_000, PACE_PER_S)]))
        for _ in range(plan.rounds):
            worst.append(worst_second(server.url, PACED_PROCESSES, plan.seconds) / PACE_PER_S)
    return [
        of_rounds("dispatch.fairness_ticks", "ticks", ticks),
        of_rounds("dispatch.pace_worst_second", "of the rate", worst),
    ]


def main() -> None:
    plan = wants()
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="outreach-bench-") as name:
        folder = Path(name)
        server = embedded.start(folder / "data", state_folder=folder / "state")
        try:
            each = plan.leads // CAMPAIGNS
            groups = [Group(name=f"campaign-{one:02}", leads=each) for one in range(CAMPAIGNS)]
            asyncio.run(fill(server.url, groups))
            say(f"{plan.leads:,} leads are there")
            bench = Bench(server=server, plan=plan)
            for processes in plan.processes:
                found += durable(bench, processes)
                found += claim_and_close(bench, processes)
            idle = partial(idle_tick_ms, server.url)
            found.append(of_rounds("dispatch.idle_tick_ms", "ms", [asyncio.run(idle())]))
            found += fair_and_paced(server, plan)
        finally:
            embedded.stop(server)
    publish(found, as_json=plan.json)


if __name__ == "__main__":
    main()
