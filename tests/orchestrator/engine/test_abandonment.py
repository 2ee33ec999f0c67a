"""Who answers and hears nothing of ours in time is counted; too many of them pause a campaign."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest

from orchestrator.engine.actions import campaigns as deeds
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.watch_abandonment import pause_abandoned
from outreach.abandonment import Answered
from storage import abandonment, clock
from storage.database import transaction
from tests.orchestrator.engine.world import TUESDAY, World

Turn = tuple[str, int, int]
"""Speaker, and when it began and ended in the call, in ms."""
OPERATOR: Final = Actor(name="user:1", role=Role.OPERATOR)
PROMPT: Final[list[Turn]] = [("agent", 1_500, 4_000)]
AFTER_HELLO: Final[list[Turn]] = [("person", 300, 2_500), ("agent", 3_200, 6_000)]
LATE: Final[list[Turn]] = [("agent", 2_100, 4_000)]
LATE_AFTER_HELLO: Final[list[Turn]] = [("person", 300, 900), ("agent", 3_000, 6_000)]


async def answered(
    world: World, attempt: UUID, turns: list[Turn], *, lasts_s: float = 20, by: str = "human"
) -> None:
    """A call of this attempt that has ended."""
    await world.do(
        "UPDATE attempts SET state = 'ended', starting_at = :now, ended_at = :now,"
        " simulated = true, outcome = 'talked' WHERE id = :id",
        id=attempt,
        now=TUESDAY,
    )
    await world.do(
        "INSERT INTO calls (id, attempt_id, direction, from_phone, to_phone, status, answered_by,"
        " created_at, answered_at, ended_at, ended_by) VALUES (:id, :id, 'outbound', 'a', 'b',"
        " 'completed', :by, :now, :now, :ended, 'person')",
        id=attempt,
        by=by,
        now=TUESDAY,
        ended=TUESDAY + timedelta(seconds=lasts_s),
    )
    for number, (speaker, start, end) in enumerate(turns):
        await world.do(
            "INSERT INTO turns (call_id, number, speaker, text, start_ms, end_ms)"
            " VALUES (:id, :number, :speaker, 'x', :start, :end)",
            id=attempt,
            number=number,
            speaker=speaker,
            start=start,
            end=end,
        )


async def counted(world: World, campaign: UUID) -> Answered:
    async with transaction(world.engine) as tx:
        now = TUESDAY + timedelta(hours=1)
        return await abandonment.count(tx, campaign, since=TUESDAY - timedelta(days=30), now=now)


@pytest.mark.parametrize(
    ("turns", "lasts_s", "by", "expected"),
    [
        (PROMPT, 20, "human", (1, 0)),
        (AFTER_HELLO, 20, "human", (1, 0)),
        (LATE, 20, "human", (1, 1)),
        (LATE_AFTER_HELLO, 20, "human", (1, 1)),
        ([], 20, "human", (1, 1)),
        ([("person", 300, 900)], 20, "silence", (1, 1)),
        ([], 1, "human", (1, 0)),
        (LATE, 20, "voicemail", (0, 0)),
    ],
)
async def test_two_seconds_count_from_the_answer_or_the_end_of_the_greeting(
    world: World, turns: list[Turn], lasts_s: float, by: str, expected: tuple[int, int]
) -> None:
    campaign = await world.campaign("spring")
    [attempt] = await world.leads(campaign, 1)
    await answered(world, attempt, turns, lasts_s=lasts_s, by=by)

    found = await counted(world, campaign)

    assert (found.calls, found.abandoned) == expected


@pytest.mark.parametrize(
    ("calls", "abandoned", "too_much"),
    [(100, 3, False), (100, 4, True), (1, 1, False), (10, 2, True), (0, 0, False)],
)
def test_above_three_in_a_hundred_is_too_much_and_one_alone_is_not(
    calls: int, abandoned: int, too_much: bool
) -> None:
    assert Answered(calls=calls, abandoned=abandoned).is_too_much(3.0) == too_much


async def test_a_campaign_above_the_bound_is_paused_and_after_a_resume_judged_anew(
    world: World,
) -> None:
    bad, good = await world.campaign("spring"), await world.campaign("summer")
    for attempt in await world.leads(bad, 2):
        await answered(world, attempt, LATE)
    for attempt in await world.leads(good, 2):
        await answered(world, attempt, PROMPT)
    async with transaction(world.engine) as tx:
        await clock.move(tx, TUESDAY + timedelta(minutes=10))

    assert await pause_abandoned(world.context()) == 1
    standing = "SELECT name, status, status_reason FROM campaigns ORDER BY name"
    assert await world.rows(standing) == [
        ("spring", "paused", "abandonment"),
        ("summer", "running", None),
    ]
    async with transaction(world.engine) as tx:
        assert await abandonment.kept(tx) == {
            "spring": Answered(calls=2, abandoned=2),
            "summer": Answered(calls=2, abandoned=0),
        }
        await deeds.resume(world.context(), tx, "spring", OPERATOR)

    assert await pause_abandoned(world.context()) == 0
