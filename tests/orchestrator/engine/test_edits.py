"""Editing a campaign that runs: what was shown before is what happens, and nobody waits for it."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from orchestrator.engine.actions import campaigns as campaign_actions
from orchestrator.engine.actions.apply import Applied, apply
from orchestrator.engine.actions.preview import Preview, preview
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.context import Context
from orchestrator.engine.edit_jobs import work_off_edits
from orchestrator.engine.edits import SHOWN, decide, edit_from, word
from orchestrator.engine.persons import rules_of
from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.documents import Edition
from outreach.phone import Phone, parse_phone
from storage import clock
from storage.database import transaction
from storage.documents import Named
from tests.orchestrator.engine.world import CAMPAIGN, TUESDAY, Crash, World, person

OPERATOR = Actor(name="test", role=Role.OPERATOR)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MORNINGS = {"schedule": {"windows": {"mon-fri": ["09:00-12:00"]}}}
AFTERNOONS = {"schedule": {"windows": {"mon-fri": ["13:00-18:00"]}}}
ALL_DAY = {"schedule": {"windows": {"mon-fri": ["09:00-18:00"]}}}


def numbers(count: int) -> list[str]:
    """Numbers that a phone could really have."""
    found: list[str] = []
    index = 0
    while len(found) < count:
        number = person(index)
        index += 1
        if isinstance(parse_phone(number), Phone):
            found.append(number)
    return found


def document(**changes: object) -> Campaign:
    return Campaign.model_validate({**CAMPAIGN, "name": "spring", **changes})


async def show(world: World, changed: Campaign, ctx: Context | None = None) -> Preview:
    async with transaction(world.engine) as tx:
        return await preview(
            ctx or world.context(), tx, [Edition(document=changed, based_on=1)], OPERATOR
        )


async def publish(world: World, changed: Campaign, shown: Preview | None = None) -> Applied:
    as_of = shown.foresights[0].as_of if shown else None
    async with transaction(world.engine) as tx:
        return await apply(world.context(), tx, changed, OPERATOR, based_on=1, as_of=as_of)


async def edit(world: World, **changes: object) -> Counter[str]:
    """Show, apply and work off a changed document; returns what was shown."""
    changed = document(**changes)
    shown = await show(world, changed)
    await publish(world, changed, shown)
    await work_off_edits(world.context())
    (counted,) = await world.rows("SELECT counts FROM replanning_jobs")
    assert counted == (dict(shown.foresights[0].counts),)
    return Counter(shown.foresights[0].counts)


async def attempts_of(world: World) -> list[Any]:
    return await world.rows(
        "SELECT state, channel, due_at, moved_by FROM attempts ORDER BY lead_id, n"
    )


async def test_what_the_preview_shows_is_what_happens_to_ten_thousand_while_claims_go_on(
    world: World,
) -> None:
    campaign = await world.campaign("spring", document=ALL_DAY, concurrency=10_000)
    phones = numbers(10_000)
    await world.leads(campaign, 2_000, phones=phones[:2_000], due_at=TUESDAY)
    await world.leads(campaign, 5_000, phones=phones[2_000:7_000], due_at=TUESDAY + HOUR)
    await world.leads(campaign, 3_000, phones=phones[7_000:], due_at=TUESDAY + DAY)
    changed = document(**AFTERNOONS)
    shown = await show(world, changed)
    expected = await foretold(world, changed, shown.foresights[0].as_of)
    # The first are taken by the old document: between the look and the click nobody waits.
    claiming = asyncio.create_task(claim_until_done(world))
    await publish(world, changed, shown)

    await work_off_edits(world.context())

    claimed = await claiming
    found = {
        row[0]: (row[1], row[2])
        for row in await world.rows(
            "SELECT lead_id, due_at, moved_by FROM attempts WHERE state = 'planned'"
        )
    }
    touched = {
        row[0]
        for row in await world.rows(
            "SELECT DISTINCT lead_id FROM events WHERE kind = 'attempt.claimed'"
        )
    }
    left = {lead: told for lead, told in expected.items() if lead not in touched}
    assert shown.foresights[0].counts == {"later": 10_000}
    assert len(shown.foresights[0].first) == SHOWN
    assert {lead: found[lead] for lead in left} == left
    assert claimed == len(touched)
    assert len(left) > 5_000


async def foretold(world: World, changed: Campaign, as_of: datetime) -> dict[object, object]:
    """Every lead's new time by the same rule, before anything is published."""
    ctx = world.context()
    async with transaction(world.engine) as tx:
        row = (await world.rows("SELECT id FROM campaigns"))[0][0]
        assert isinstance(row, UUID)
        rules = await rules_of(ctx, tx, row)
        assert rules is not None
        after = replace(rules, campaign=changed)
        made = await edit_from(ctx, tx, 1, after)
        ids = [one[0] for one in await world.rows("SELECT id FROM leads")]
        decided = await decide(ctx, tx, made, ids, as_of, {})  # type: ignore[arg-type]
    return {
        lead.id: (change.placed.planned.due_at, change.placed.planned.moved_by)  # type: ignore[union-attr]
        for lead, change in decided
        if word(change) == "later"
    }


async def claim_until_done(world: World) -> int:
    """Ticks of another process while the edit is published and worked off."""
    ticker, claimed = world.ticker(), 0
    while True:
        claimed += await ticker.tick()
        await ticker.idle()
        open_jobs = await world.rows("SELECT done_at IS NULL FROM replanning_jobs")
        if open_jobs == [(False,)]:
            return claimed


async def test_an_attempt_moves_to_the_hours_that_hold_now_and_says_why(world: World) -> None:
    campaign = await world.campaign("spring", document=ALL_DAY)
    await world.leads(campaign, 1, phones=numbers(1), due_at=TUESDAY + HOUR)

    assert await edit(world, **AFTERNOONS) == {"later": 1}

    # One in the afternoon in New York.
    assert await attempts_of(world) == [("planned", "voice", TUESDAY + 3 * HOUR, "outside_window")]
    ((data, actor),) = await world.rows(
        "SELECT data, actor FROM events WHERE kind = 'attempt.moved'"
    )
    assert isinstance(data, dict)
    assert (data["reason"], data["moved_by"], actor) == ("edited", "outside_window", "test")
    ((told,),) = await world.rows("SELECT data FROM events WHERE kind = 'campaign.replanned'")
    assert isinstance(told, dict)
    assert told["counts"] == {"later": 1}


async def test_who_can_go_at_once_is_due_at_the_moment_that_was_shown(world: World) -> None:
    campaign = await world.campaign("spring", document=AFTERNOONS)
    await world.leads(campaign, 2, phones=numbers(2), due_at=TUESDAY + 3 * HOUR)
    await world.do("UPDATE attempts SET wanted_at = :at, moved_by = 'outside_window'", at=TUESDAY)
    changed = document(**ALL_DAY)
    shown = await show(world, changed)
    async with transaction(world.engine) as tx:
        # Whoever looks at it takes their time.
        await clock.move(tx, await clock.now(tx) + timedelta(minutes=20))

    await publish(world, changed, shown)
    await work_off_edits(world.context())

    (foresight,) = shown.foresights
    assert foresight.counts == {"earlier": 2}
    assert [row[2] for row in await attempts_of(world)] == [
        one.new_due_at for one in foresight.first
    ]
    assert foresight.first[0].new_due_at == foresight.as_of


async def test_what_was_shown_too_long_ago_is_decided_as_of_now(world: World) -> None:
    campaign = await world.campaign("spring", document=ALL_DAY)
    await world.leads(campaign, 1, phones=numbers(1), due_at=TUESDAY + HOUR)
    changed = document(**MORNINGS)
    shown = await show(world, changed)
    async with transaction(world.engine) as tx:
        # Two in the afternoon: this morning is over.
        await clock.move(tx, TUESDAY + 4 * HOUR)

    await publish(world, changed, shown)
    await work_off_edits(world.context())

    assert shown.foresights[0].counts == {"unchanged": 1}
    assert [row[2] for row in await attempts_of(world)] == [TUESDAY + DAY - HOUR]


async def test_two_processes_that_work_off_one_edit_do_each_lead_once(world: World) -> None:
    campaign = await world.campaign("spring", document=ALL_DAY)
    await world.leads(campaign, 60, phones=numbers(60), due_at=TUESDAY + HOUR)
    world.limits = type(world.limits)(replan_batch=7)
    await publish(world, document(**AFTERNOONS))

    done = await asyncio.gather(*(work_off_edits(world.context()) for _ in range(3)))

    assert sum(done) == 60
    assert await world.rows("SELECT counts FROM replanning_jobs") == [({"later": 60},)]
    assert await world.rows("SELECT count(*) FROM events WHERE kind = 'attempt.moved'") == [(60,)]


async def test_hours_that_open_again_bring_an_attempt_back_to_when_it_was_wanted(
    world: World,
) -> None:
    campaign = await world.campaign("spring", document=ALL_DAY)
    await world.leads(campaign, 1, phones=numbers(1), due_at=TUESDAY + HOUR)
    await edit(world, **AFTERNOONS)
    async with transaction(world.engine) as tx:
        await apply(world.context(), tx, document(**ALL_DAY), OPERATOR, based_on=2)

    await work_off_edits(world.context())

    assert await attempts_of(world) == [("planned", "voice", TUESDAY + HOUR, None)]


async def test_what_an_edit_does_not_touch_stays_where_it_is(world: World) -> None:
    campaign = await world.campaign("spring", document=ALL_DAY)
    await world.leads(campaign, 2, phones=numbers(2), due_at=TUESDAY + HOUR)
    await world.leads(campaign, 1, phones=numbers(3)[2:], due_at=TUESDAY - HOUR)
    before = await attempts_of(world)

    assert await edit(world, **ALL_DAY, weight=7) == {"unchanged": 3}

    assert await attempts_of(world) == before
    assert await world.rows("SELECT count(*) FROM events WHERE kind = 'attempt.moved'") == [(0,)]


async def test_a_retry_keeps_the_minutes_by_which_it_was_spread(world: World) -> None:
    campaign = await world.campaign("spring", document=ALL_DAY)
    await world.leads(campaign, 1, phones=numbers(1), due_at=TUESDAY + HOUR)
    await world.do(
        "UPDATE attempts SET reason = 'retry', due_at = wanted_at + interval '4 minutes'"
    )

    assert await edit(world, **ALL_DAY, weight=7) == {"unchanged": 1}


@pytest.mark.parametrize("moved_by", ["replied", "rescheduled", "human_owns"])
async def test_what_a_person_put_off_is_not_brought_forward(world: World, moved_by: str) -> None:
    campaign = await world.campaign("spring", document=ALL_DAY)
    await world.leads(campaign, 1, phones=numbers(1), due_at=TUESDAY)
    later = TUESDAY + DAY
    await world.do("UPDATE attempts SET due_at = :at, moved_by = :by", at=later, by=moved_by)

    assert await edit(world, **ALL_DAY, weight=7) == {"unchanged": 1}

    ((_, _, due_at, _),) = await attempts_of(world)
    assert due_at == later


async def test_another_first_step_changes_the_channel_of_who_was_never_reached(
    world: World,
) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 2, phones=numbers(2), due_at=TUESDAY + HOUR)
    await world.do(
        "UPDATE attempts SET reason = 'retry' WHERE lead_id = (SELECT max(id::text)::uuid FROM"
        " leads)"
    )
    steps = [{"channel": "whatsapp", "template": "intro"}, {"channel": "voice"}]

    assert await edit(world, steps=steps) == {"channel_changed": 1, "unchanged": 1}

    assert sorted(row[1] for row in await attempts_of(world)) == ["voice", "whatsapp"]
    assert await world.rows("SELECT DISTINCT reason FROM attempts WHERE channel = 'whatsapp'") == [
        ("first_step",)
    ]


async def test_a_channel_that_is_gone_gives_way_to_the_one_that_is_left(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1, phones=numbers(1), due_at=TUESDAY + HOUR)
    await world.do("UPDATE attempts SET reason = 'retry'")

    steps = [{"channel": "whatsapp", "template": "intro"}]
    assert await edit(world, steps=steps) == {"channel_changed": 1}


async def test_hours_that_never_open_block_and_hours_that_do_bring_the_same_attempt_back(
    world: World,
) -> None:
    campaign = await world.campaign("spring", document=ALL_DAY)
    await world.leads(
        campaign, 1, channel=ChannelName.WHATSAPP, phones=numbers(1), due_at=TUESDAY + HOUR
    )
    await world.do("UPDATE attempts SET reason = 'retry', rule_id = 'silent', priority = 10")
    never = {"schedule": {"windows": {"daily": ["22:00-23:00"]}}}

    assert await edit(world, **never) == {"blocked:no_window": 1}
    blocked = await world.rows("SELECT work, work_reason FROM leads")
    async with transaction(world.engine) as tx:
        await apply(world.context(), tx, document(**ALL_DAY), OPERATOR, based_on=2)
    await work_off_edits(world.context())

    assert blocked == [("blocked", "no_window")]
    assert await world.rows("SELECT work, work_reason FROM leads") == [("planned", None)]
    assert await world.rows(
        "SELECT channel, reason, rule_id, priority FROM attempts WHERE state = 'planned'"
    ) == [("whatsapp", "retry", "silent", 10)]


async def test_another_purpose_shows_who_never_allowed_it(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 2, phones=numbers(2), due_at=TUESDAY + HOUR)
    await world.do("UPDATE consents SET purpose = 'service'")

    assert await edit(world, purpose="survey") == {"blocked:no_consent": 2}

    assert await world.rows("SELECT DISTINCT work, work_reason FROM leads") == [
        ("blocked", "no_consent")
    ]


async def test_who_lacks_a_value_that_the_texts_need_now_is_blocked_before_the_hour(
    world: World,
) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1, phones=numbers(1), due_at=TUESDAY + HOUR)

    assert await edit(world, goal="Sell {{ company }} a demo.") == {"blocked:missing_variable": 1}


async def test_a_later_end_brings_back_whom_the_old_end_cut_off(world: World) -> None:
    end = {"schedule": {"end_at": (TUESDAY + 2 * HOUR).isoformat()}}
    campaign = await world.campaign("spring", end_at=TUESDAY + 2 * HOUR, document=end)
    await world.leads(campaign, 1, phones=numbers(1), due_at=TUESDAY + 3 * HOUR)

    assert await edit(world, **end, weight=2) == {"ended": 1}
    ended = await world.rows("SELECT work, work_reason FROM leads")
    async with transaction(world.engine) as tx:
        await apply(world.context(), tx, document(), OPERATOR, based_on=2)
    await work_off_edits(world.context())

    assert ended == [("ended", "campaign_ended")]
    assert await world.rows("SELECT work FROM leads") == [("planned",)]


async def test_a_preview_writes_nothing_and_holds_no_campaign(world: World) -> None:
    campaign = await world.campaign("spring", document=ALL_DAY)
    await world.leads(campaign, 1, phones=numbers(1))
    ctx = world.context()

    async with transaction(world.engine) as tx:
        edition = Edition(document=document(**AFTERNOONS), based_on=1)
        shown = await preview(ctx, tx, [edition], OPERATOR)
        claimed = await world.tick()

    assert shown.foresights[0].counts == {"later": 1}
    assert claimed == 1
    assert await world.rows("SELECT version FROM campaigns") == [(1,)]
    assert await world.rows("SELECT count(*) FROM replanning_jobs") == [(0,)]
    assert all(version.version == 1 for version in ctx.library._shelf)


async def test_a_process_that_dies_leaves_the_rest_to_the_next(world: World) -> None:
    campaign = await world.campaign("spring", document=ALL_DAY)
    await world.leads(campaign, 25, phones=numbers(25), due_at=TUESDAY + HOUR)
    await publish(world, document(**AFTERNOONS))
    world.limits = type(world.limits)(replan_batch=10)

    def die(step: str) -> None:
        raise Crash(step)

    with pytest.raises(Crash):
        await work_off_edits(world.context(seam=die))
    half = await world.rows("SELECT count(*) FROM attempts WHERE moved_by IS NOT NULL")
    await work_off_edits(world.context())

    assert half == [(10,)]
    assert await world.rows("SELECT count(*) FROM attempts WHERE moved_by IS NOT NULL") == [(25,)]
    assert await world.rows("SELECT counts FROM replanning_jobs") == [({"later": 25},)]
    assert await world.rows("SELECT count(*) FROM events WHERE kind = 'attempt.moved'") == [(25,)]


async def test_a_second_edit_takes_over_from_the_first(world: World) -> None:
    campaign = await world.campaign("spring", document=ALL_DAY)
    await world.leads(campaign, 3, phones=numbers(3), due_at=TUESDAY + HOUR)
    await publish(world, document(**AFTERNOONS))
    async with transaction(world.engine) as tx:
        await apply(world.context(), tx, document(**MORNINGS), OPERATOR, based_on=2)

    await work_off_edits(world.context())

    assert await world.rows("SELECT from_version, to_version FROM replanning_jobs") == [(1, 3)]
    assert {row[2] for row in await attempts_of(world)} == {TUESDAY + HOUR}


async def test_an_edit_waits_for_the_list_that_comes_in_by_the_old_document(world: World) -> None:
    campaign = await world.campaign("spring", document=ALL_DAY)
    await world.leads(campaign, 1, phones=numbers(1), due_at=TUESDAY + HOUR)
    await world.do(
        "INSERT INTO imports (id, campaign_id, file_name, started_at, started_by)"
        " VALUES (gen_random_uuid(), :campaign, 'a.csv', :at, 'test')",
        campaign=campaign,
        at=TUESDAY,
    )
    await publish(world, document(**AFTERNOONS))

    assert await work_off_edits(world.context()) == 0
    await world.do("UPDATE imports SET status = 'done'")
    assert await work_off_edits(world.context()) == 1


async def test_an_agents_new_version_is_shown_for_each_campaign_that_follows_it(
    world: World,
) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1, phones=numbers(1), due_at=TUESDAY + HOUR)
    ctx = world.context()
    async with transaction(world.engine) as tx:
        _, agent = (await ctx.library.newest(tx, [Named("agent", "ada")]))[Named("agent", "ada")]
        needy = agent.model_copy(update={"opener": "Hello {{ company }}."})
        shown = await preview(ctx, tx, [Edition(document=needy, based_on=1)], OPERATOR)  # type: ignore[arg-type]

    assert shown.foresights[0].campaign == "spring"
    assert shown.foresights[0].counts == {"blocked:missing_variable": 1}


async def test_a_campaign_that_is_resumed_days_later_is_due_in_hours_of_today(
    world: World,
) -> None:
    campaign = await world.campaign("spring", document=MORNINGS)
    await world.leads(campaign, 2, phones=numbers(2), due_at=TUESDAY + HOUR)
    ctx = world.context()
    async with transaction(world.engine) as tx:
        await campaign_actions.pause(ctx, tx, "spring", OPERATOR)
    async with transaction(world.engine) as tx:
        # Thursday, four in the afternoon in New York.
        await clock.move(tx, TUESDAY + 2 * DAY + 6 * HOUR)
    async with transaction(world.engine) as tx:
        await campaign_actions.resume(ctx, tx, "spring", OPERATOR)

    await work_off_edits(ctx)

    # Friday at nine.
    friday = TUESDAY + 3 * DAY - HOUR
    assert {row[2] for row in await attempts_of(world)} == {friday}
    assert await world.rows(
        "SELECT DISTINCT data ->> 'reason' FROM events WHERE kind = 'attempt.moved'"
    ) == [("resumed",)]


async def test_who_is_over_is_put_away_and_who_runs_is_not(world: World) -> None:
    await world.campaign("spring", status="draft")
    await world.campaign("summer")
    ctx = world.context()
    async with transaction(world.engine) as tx:
        assert await campaign_actions.archive(ctx, tx, "spring", OPERATOR) == "archived"
        assert await campaign_actions.archive(ctx, tx, "spring", OPERATOR) == "archived"
        with pytest.raises(Exception, match="only what is over"):
            await campaign_actions.archive(ctx, tx, "summer", OPERATOR)
