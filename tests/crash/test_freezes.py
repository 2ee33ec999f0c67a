"""A process that stands still for longer than its lease, and then goes on as if nothing were.

Frozen before the order's deadline is looked at, or after it has left. What lies between the two is
a few microseconds, and told of in docs/decisions.
"""

import signal
from collections.abc import Sequence
from datetime import timedelta

from tests.crash.processes import Running
from tests.crash.stage import Stage
from tests.crash.strike import Strike
from tests.crash.test_strikes import DIES, STAYS, crowd, everybody_reached, hit, once_each

ORDERS = "POST /2010-04-01"
STEPS = (
    Strike(at="gate:pass_gate", signal=signal.SIGSTOP),
    Strike(at="claim:claim_due", signal=signal.SIGSTOP),
    Strike(at="transitions:_write", moment="before_commit", signal=signal.SIGSTOP),
    Strike(at="transitions:_write", signal=signal.SIGSTOP),
    Strike(at="ingest:_take", moment="before_commit", signal=signal.SIGSTOP),
    Strike(at="gate:pass_gate", moment="before_commit", signal=signal.SIGSTOP),
    Strike(at="claim:claim_due", moment="before_commit", signal=signal.SIGSTOP),
)
"""The last ones hold locks that the others need, until the database takes them away."""


async def test_who_stands_still_beyond_the_lease_contacts_nobody_a_second_time(
    stage: Stage,
) -> None:
    people = await crowd(stage)
    await stage.serve(roles=STAYS)
    frozen = []
    for strike in STEPS:
        process = await stage.serve(roles=DIES, strike=strike)
        await stage.until(lambda running=process: hit(stage, running))  # type: ignore[misc]
        # A load balancer leaves out who does not answer.
        stage.balancer.ports.remove(process.port)
        frozen.append(process)
    await stage.serve(roles=DIES)
    await stage.until(lambda: everybody_reached(stage, people))

    await go_on(stage, frozen)

    await once_each(stage, people)


async def test_who_stands_still_while_the_provider_answers_contacts_nobody_a_second_time(
    stage: Stage,
) -> None:
    called = [stage.person(68, area) for area in range(2)]
    written = [stage.person(84, area) for area in range(2)]
    # One of each has been taken and is not answered, one never arrives.
    await stage.carrier.plan(
        *(
            {"fault": fault, "target": ORDERS, "number": person, "seconds": 20}
            for people in (called, written)
            for fault, person in zip(("hang_after", "hang_before"), people, strict=True)
        )
    )
    await stage.campaign("calls", called, "voice")
    await stage.campaign("messages", written, "whatsapp")
    await stage.serve(roles=STAYS)
    process = await stage.serve(roles=DIES)
    await stage.until(lambda: _all_hang(stage))

    process.freeze()
    await stage.serve(roles=DIES)
    await stage.until(lambda: _all_asked_about(stage))
    await go_on(stage, [process])
    await stage.until(stage.quiet)
    await stage.move(timedelta(minutes=2))

    await once_each(stage, [*called, *written])


async def go_on(stage: Stage, frozen: Sequence[Running]) -> None:
    """Thaw them, and return when each has gone on to its next heartbeat."""
    thawed = (await stage.one("SELECT clock_timestamp() AS at")).at
    for process in frozen:
        process.thaw()

    async def all_beat() -> bool:
        rows = await stage.rows("SELECT FROM processes WHERE heartbeat_at > :at", at=thawed)
        return len(rows) == len(stage.processes)

    await stage.until(all_beat)


async def _all_hang(stage: Stage) -> bool:
    return await stage.carrier.fired() == 4


async def _all_asked_about(stage: Stage) -> bool:
    """Nobody is `starting` any more: the other process has taken them up."""
    rows = await stage.rows("SELECT FROM attempts WHERE state IN ('starting', 'unsure')")
    return not rows
