"""kill -9 before and after each commit on the way of a contact: nobody is lost, nobody doubled."""

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from random import SystemRandom

import pytest

from tests.crash.processes import Running
from tests.crash.stage import Stage
from tests.crash.strike import Strike

ENGAGED, NO_ANSWER = (68, 69, 70), tuple(range(84, 97))
DISPATCH = (
    Strike(at="claim:claim_due", moment="before_commit"),
    Strike(at="claim:claim_due"),
    Strike(at="gate:pass_gate", moment="before_commit"),
    Strike(at="gate:pass_gate"),
    Strike(at="transitions:_write", moment="before_commit"),
    Strike(at="transitions:_write"),
    Strike(at="ingest:_take", moment="before_commit"),
    Strike(at="ingest:_take"),
)
"""Claimed, gated (the provider is not yet asked), answered, and while a report is taken in."""
LEFT_BEHIND = DISPATCH[1], DISPATCH[3], DISPATCH[4]
RECOVERY = (
    Strike(at="recover:return_claimed"),
    Strike(at="recover:doubt_lost_starts", moment="before_commit"),
    Strike(at="recover:ask_about_silent"),
)
"""Whoever takes up what was left behind dies too."""
LEAVING = Strike(at="sending:send")
REPLY = (
    Strike(at="replies:answer_due"),
    Strike(at="replies:answer", moment="before_commit"),
    Strike(at="replies:answer"),
    LEAVING,
    Strike(at="sending:send", moment="before_commit", nth=2),
    Strike(at="sending:send", nth=2),
)
"""The conversation is claimed, the answer composed, said to be leaving, and has left."""
STAYS, DIES = "voice,worker", "webhooks,scheduler"
"""Voice takes seconds to begin, so one process holds it, and those that die come and go."""
ROUNDS = 30


async def test_a_kill_at_each_commit_of_dispatch_contacts_everybody_once(
    stage: Stage,
) -> None:
    people = await crowd(stage)

    await stage.serve(roles=STAYS)
    for strike in DISPATCH:
        await (await stage.serve(roles=DIES, strike=strike)).is_killed()
    await stage.serve(roles=DIES)

    await once_each(stage, people)


@pytest.mark.soak
async def test_whoever_takes_up_what_was_left_behind_may_die_as_well(stage: Stage) -> None:
    people = await crowd(stage)

    await stage.serve(roles=STAYS)
    for strike in (*LEFT_BEHIND, *RECOVERY):
        await (await stage.serve(roles=DIES, strike=strike)).is_killed()
    await stage.serve(roles=DIES)

    await once_each(stage, people)


@pytest.mark.parametrize(
    "strikes", [REPLY[2:5], pytest.param(REPLY, marks=pytest.mark.soak)], ids=("some", "each")
)
@pytest.mark.timeout(240)
async def test_a_kill_at_commits_of_a_reply_never_answers_twice(
    stage: Stage, strikes: Sequence[Strike]
) -> None:
    people = [stage.person(suffix) for suffix in NO_ANSWER[: len(strikes)]]
    await stage.campaign("messages", people, "whatsapp")
    first = await stage.serve(roles=DIES)
    await stage.until(lambda: everybody_reached(stage, people))
    await stage.until(stage.quiet)
    await first.kill()

    for person, strike in zip(people, strikes, strict=True):
        process = await stage.serve(roles=DIES, strike=strike)
        await stage.until(lambda running=process: serves(stage, running))  # type: ignore[misc]
        await stage.carrier.write(person, stage.whatsapp_number, "What does it cost?")
        await process.is_killed()
        # What is left behind is taken up by a process that lives, so that each kill stands alone.
        healthy = await stage.serve(roles=DIES)
        await stage.until(lambda: nobody_waits_for_an_answer(stage))
        await healthy.kill()

    answers = Counter(one["to"] for one in await stage.carrier.messages() if not one["content_sid"])
    assert max(answers.values(), default=0) == 1, answers
    for person, strike in zip(people, strikes, strict=True):
        answered = answers[f"whatsapp:{person}"] == 1
        assert answered == (strike != LEAVING), (strike, await stage.picture())
        asked = await stage.rows(
            "SELECT FROM tasks t JOIN leads l ON l.id = t.lead_id WHERE l.phone = :p", p=person
        )
        # It had been said to be leaving, and never left: a colleague is asked.
        assert answered or asked, await stage.picture()
    assert await stage.carrier.wrongs() == []


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("round_", range(ROUNDS))
async def test_kills_at_commits_nobody_has_chosen_contact_everybody_once(
    stage: Stage, round_: int
) -> None:
    """Any commit of any part, counted from the start; a third of them freezes instead."""
    random = SystemRandom()
    people = await crowd(stage)
    struck = []
    for _ in range(6):
        moment = random.choice(("before_commit", "after_commit"))
        how = random.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP))
        strike = Strike(moment=moment, nth=random.randrange(3, 60), signal=how)
        struck.append(str(strike))
        process = await stage.serve(strike=strike)
        await stage.until(lambda running=process: hit(stage, running))  # type: ignore[misc]
        if how == signal.SIGSTOP:
            await asyncio.sleep(random.uniform(0, 8))
            process.thaw()
            await asyncio.sleep(random.uniform(0, 2))
            await process.kill()
    await stage.serve()

    try:
        await once_each(stage, people)
    except AssertionError as error:
        raise AssertionError(f"round {round_}, struck at {struck}: {error}") from error


async def crowd(stage: Stage) -> list[str]:
    """Launched campaigns on both channels, slow enough that there is work for many processes."""
    called = [stage.person(suffix, area) for suffix in ENGAGED for area in range(4)]
    written = [stage.person(suffix, area) for suffix in NO_ANSWER[:4] for area in range(4)]
    pace = {"per_second": 3, "burst": 1}
    await stage.campaign("calls", called, "voice", pace=pace)
    await stage.campaign("messages", written, "whatsapp", pace=pace)
    return [*called, *written]


async def once_each(stage: Stage, people: list[str]) -> None:
    """In the end each of them was contacted once, and stands where they should."""
    await stage.until(lambda: everybody_reached(stage, people))
    # A message whose report was lost is asked about half an hour later, of machine time.
    await stage.rows(
        "UPDATE attempts SET lease_until = clock_timestamp() WHERE state = 'started' RETURNING 1"
    )
    await stage.until(stage.quiet)
    contacts = await stage.carrier.contacts()
    assert len(contacts) == len(set(contacts)) == len(people), await stage.picture()
    assert await stage.carrier.wrongs() == []
    await stage.nobody_is_lost()


async def everybody_reached(stage: Stage, people: list[str]) -> bool:
    openings = [one for one in await stage.carrier.messages() if one["content_sid"]]
    found = [*await stage.carrier.calls(), *openings]
    return {str(one["to"]).rpartition(":")[2] for one in found} == set(people)


async def nobody_waits_for_an_answer(stage: Stage) -> bool:
    """Every chat is answered or with a colleague, and what became of each answer is known."""
    waiting = await stage.rows("SELECT FROM conversations WHERE reply_due_at IS NOT NULL")
    flying = await stage.rows(
        "SELECT FROM messages WHERE direction = 'out' AND state IN"
        " ('composed', 'sending', 'unsure')"
    )
    return not waiting and not flying and await stage.quiet()


async def serves(stage: Stage, process: Running) -> bool:
    return await stage.says(process.log, '"serving"')


async def hit(stage: Stage, process: Running) -> bool:
    return await stage.says(process.log, '"struck"')
