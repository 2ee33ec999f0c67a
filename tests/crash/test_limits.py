"""A carrier that fails is left alone until it works again; a stop holds while calls go on."""

import asyncio
from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

from orchestrator.engine.actions import stop as deeds
from orchestrator.engine.actions.roles import Actor, Role
from storage import clock
from storage.database import transaction
from tests.crash.carrier import SPEED
from tests.crash.stage import Stage

OPERATOR = Actor(name="user:1", role=Role.OPERATOR)
NEW_YORK = ZoneInfo("America/New_York")
LIVE = 20
NOT_INTERESTED = 36


async def test_a_carrier_that_fails_is_left_alone_and_used_again_once_it_works(
    stage: Stage,
) -> None:
    people = [stage.person(suffix, area) for area in range(2) for suffix in range(84, 97)]
    orders = f"POST /2010-04-01/Accounts/{stage.carrier.account_sid}/Calls.json"
    await stage.carrier.plan({"fault": "error_before", "target": orders, "times": None})
    await stage.serve()
    await stage.campaign("spring", people, "voice", pace={"per_second": 4, "burst": 4})

    async def state() -> str:
        rows = await stage.rows("SELECT state FROM breakers WHERE scope = 'provider'")
        return rows[0].state if rows else "closed"

    async def is_open() -> bool:
        return await state() == "open"

    await stage.until(is_open)
    tried = await stage.carrier.fired()
    await asyncio.sleep(1)
    assert await stage.carrier.fired() <= tried + 6, "no more than had left already"
    failed = await stage.rows("SELECT 1 FROM attempts WHERE outcome IN ('failed', 'cut_off')")
    assert failed == [], "attempts wait, they do not fail"

    await stage.carrier.plan()
    # A minute later; what was asked of machine time is told to be over.
    await stage.rows("UPDATE breakers SET until = clock_timestamp() RETURNING 1")

    async def is_closed() -> bool:
        return await state() == "closed"

    await stage.until(is_closed)

    async def all_called() -> bool:
        return {call["to"] for call in await stage.carrier.calls()} == set(people)

    await stage.until(all_called)
    await stage.until(stage.quiet)
    assert max(Counter(call["to"] for call in await stage.carrier.calls()).values()) == 1
    kinds = [
        row.kind
        for row in await stage.rows(
            "SELECT kind FROM events WHERE kind LIKE 'breaker.%' ORDER BY seq"
        )
    ]
    assert kinds[:2] == ["breaker.opened", "breaker.half_opened"]
    assert kinds[-1] == "breaker.closed"
    assert await stage.carrier.wrongs("duplicate_contacts", "contacts_outside_hours") == []


async def test_a_stop_during_twenty_live_calls_lets_them_end_and_starts_nothing_new(
    stage: Stage,
) -> None:
    talking = [stage.person(NOT_INTERESTED, area) for area in range(2)]
    ringing = [stage.person(suffix, area) for area in range(4) for suffix in range(84, 96)]
    for _ in range(4):
        await stage.serve()
    # Who talks is called first, because they are due no later and there is room for all of them.
    await stage.campaign("talking", talking, "voice")
    await stage.until(lambda: said_something(stage))
    await stage.campaign("ringing", ringing, "voice", ring_s=60, concurrency=LIVE + 4)

    async def twenty_run() -> bool:
        rows = await stage.rows("SELECT 1 FROM attempts WHERE state IN ('started', 'live')")
        return len(rows) >= LIVE

    await stage.until(twenty_run)
    under_way = {call["sid"] for call in await stage.carrier.calls() if call["ringing_at"]}
    async with transaction(stage.engine) as tx:
        await deeds.stop(tx, OPERATOR)
    await asyncio.sleep(1)
    begun = {call["sid"] for call in await stage.carrier.calls()}
    assert LIVE <= len(begun) < len(talking) + len(ringing)
    await stage.until(lambda: all_ended(stage))

    calls = await stage.carrier.calls()
    assert {call["sid"] for call in calls} == begun, "nothing new began a second later"
    # What waits in the provider's own queue is no call yet, and is taken back.
    ends = {call["status"] for call in calls if call["sid"] in under_way}
    assert ends <= {"completed", "no-answer"}, "whoever was rung or talking went on"
    assert {call["status"] for call in calls} <= {"completed", "no-answer", "canceled"}
    assert all(call["lines_said"] >= 1 for call in calls if call["to"] in talking)
    async with transaction(stage.engine) as tx:
        await deeds.resume_all(tx, OPERATOR)

    async def goes_on() -> bool:
        return len(await stage.carrier.calls()) > len(begun)

    await stage.until(goes_on)
    await stage.until(stage.quiet)


async def test_calls_the_carrier_still_holds_when_the_window_closes_are_taken_back(
    stage: Stage,
) -> None:
    async with transaction(stage.engine) as tx:
        opens = (await clock.now(tx)).astimezone(NEW_YORK)
    closes = opens + timedelta(minutes=20)
    window = {"windows": {"mon-fri": f"09:00-{closes:%H:%M}"}}
    people = [stage.person(suffix) for suffix in (84, 85, 86)]
    # One call is dialled at once, the next one half an hour later.
    await stage.carrier.hold_back(calls_per_second=1 / (1800 * int(SPEED)))
    await stage.serve(roles="voice,worker")
    await stage.serve(roles="webhooks,scheduler")
    await stage.campaign("short", people, "voice", schedule=window)
    await stage.until(lambda: taken(stage, 3))

    await stage.move(timedelta(minutes=21))
    await stage.until(lambda: all_ended(stage))

    calls = await stage.carrier.calls()
    assert [call["status"] for call in calls].count("canceled") == 2
    await stage.move(timedelta(minutes=40))
    await stage.until(stage.quiet)
    assert sum(bool(call["ringing_at"]) for call in await stage.carrier.calls()) == 1
    assert await stage.carrier.wrongs() == []
    outcomes = {one.outcome for person in people for one in await stage.attempts_of(person)}
    assert outcomes == {"no_answer", "not_placed", None}, "it cost them no try"
    await stage.nobody_is_lost()


async def taken(stage: Stage, count: int) -> bool:
    return len(await stage.carrier.calls()) == count


async def said_something(stage: Stage) -> bool:
    return bool(await stage.rows("SELECT 1 FROM turns LIMIT 1"))


async def all_ended(stage: Stage) -> bool:
    return not await stage.rows(
        "SELECT 1 FROM attempts WHERE state IN ('claimed', 'starting', 'started', 'live', 'unsure')"
    )
