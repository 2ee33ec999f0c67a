"""kill -9 before, while and after the provider is asked: everybody is contacted exactly once."""

import asyncio
from datetime import timedelta
from random import Random

from tests.crash.stage import Stage

ORDERS = "POST /2010-04-01"
LONG_S = 20
ENGAGED, NO_ANSWER = (68, 69, 70), (85, 86, 87)


async def test_a_kill_before_during_and_after_the_order_contacts_everybody_once(
    stage: Stage,
) -> None:
    called = dict(zip(("before", "during", "after"), map(stage.person, ENGAGED), strict=True))
    written = dict(zip(("before", "during", "after"), map(stage.person, NO_ANSWER), strict=True))
    faults = {"before": "hang_before", "during": "hang_after"}
    await stage.carrier.plan(
        *(
            {"fault": fault, "target": ORDERS, "number": people[when], "seconds": LONG_S}
            for when, fault in faults.items()
            for people in (called, written)
        )
    )
    await stage.campaign("calls", list(called.values()), "voice")
    await stage.campaign("messages", list(written.values()), "whatsapp")
    process = await stage.serve()
    await stage.until(lambda: _is_half_way(stage, [called["after"], written["after"]]))

    await process.kill()
    assert sorted(await _reached(stage)) == sorted(
        [people[when] for people in (called, written) for when in ("during", "after")]
    )
    await stage.serve()
    await stage.until(stage.quiet)
    await stage.move(timedelta(minutes=2))
    await stage.until(lambda: _everybody_reached(stage, [*called.values(), *written.values()]))
    await stage.until(stage.quiet)

    contacts = await stage.carrier.contacts()
    assert len(contacts) == len(set(contacts)) == len(called) + len(written)
    assert await stage.carrier.wrongs() == []
    await stage.nobody_is_lost()
    for person in called.values():
        *_, ended, follows = await stage.attempts_of(person)
        assert (ended.outcome, follows.state, follows.reason) == ("busy", "planned", "retry")
    denied = [(await stage.attempts_of(people["before"]))[0] for people in (called, written)]
    assert [attempt.outcome for attempt in denied] == ["not_placed", "not_placed"]

    await stage.move(timedelta(hours=3))
    await stage.until(lambda: _reached_twice(stage, list(called.values())))
    assert await stage.carrier.wrongs() == []


async def test_kills_at_random_moments_neither_lose_nor_double_anybody(stage: Stage) -> None:
    random = Random(11)
    called = [stage.person(suffix, area) for suffix in ENGAGED for area in range(4)]
    written = [stage.person(suffix, area) for suffix in NO_ANSWER for area in range(4)]
    await stage.carrier.plan(
        {"fault": "hang_after", "target": ORDERS, "times": None, "chance": 0.3, "seconds": 1},
        {"fault": "hang_before", "target": ORDERS, "times": None, "chance": 0.3, "seconds": 1},
    )
    # One a second or so: each kill finds some planned, some under way and some over.
    await stage.campaign("calls", called, "voice", pace={"per_second": 4, "burst": 1})
    await stage.campaign("messages", written, "whatsapp", pace={"per_second": 4, "burst": 1})
    for _ in range(3):
        process = await stage.serve()
        await asyncio.sleep(random.uniform(0.1, 1.2))
        await process.kill()
    await stage.carrier.plan()

    await stage.serve()
    await stage.until(lambda: _everybody_reached(stage, [*called, *written]))
    await stage.until(stage.quiet)

    contacts = await stage.carrier.contacts()
    assert len(contacts) == len(set(contacts)) == len(called) + len(written)
    assert await stage.carrier.wrongs() == []
    await stage.nobody_is_lost()


async def _is_half_way(stage: Stage, taken: list[str]) -> bool:
    """All four faults hold an order, and the orders for `taken` are known to have been taken."""
    known = await stage.rows(
        "SELECT FROM attempts WHERE phone = ANY(:taken) AND provider_ref IS NOT NULL", taken=taken
    )
    return await stage.carrier.fired() == 4 and len(known) == len(taken)


async def _reached(stage: Stage) -> list[str]:
    """Whom the carrier has a call or an opening message for."""
    openings = [one for one in await stage.carrier.messages() if one["content_sid"]]
    found = [*await stage.carrier.calls(), *openings]
    return [str(one["to"]).rpartition(":")[2] for one in found]


async def _everybody_reached(stage: Stage, people: list[str]) -> bool:
    return set(await _reached(stage)) == set(people)


async def _reached_twice(stage: Stage, people: list[str]) -> bool:
    found = await _reached(stage)
    return all(found.count(person) == 2 for person in people)
