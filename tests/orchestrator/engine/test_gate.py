"""The one gate: each no is stored with its reason, and what stops it stops it at once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from orchestrator.engine.actions import campaigns as campaign_actions
from orchestrator.engine.actions import stop as stop_actions
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.claim import claim_due
from orchestrator.engine.gate import pass_gate
from orchestrator.engine.replan import unblock
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.hours import WeeklyHours
from storage import clock
from storage.database import transaction
from tests.law import RULEBOOK
from tests.orchestrator.engine.world import TUESDAY, World, person

AFTERNOONS = replace(RULEBOOK, quiet_hours=(WeeklyHours.daily("12:00", "18:00"),))
OPERATOR = Actor(name="user:1", role=Role.OPERATOR)


async def verdict(world: World) -> tuple[object, ...]:
    """The one attempt's state, why it was moved or taken back, and its lead's work."""
    [row] = await world.rows(
        "SELECT a.state, coalesce(a.cancel_reason, a.moved_by), l.work, l.work_reason"
        " FROM attempts a JOIN leads l ON l.id = a.lead_id"
    )
    assert await world.rows("SELECT 1 FROM lines") == [], "a refused attempt holds no line"
    assert world.voice.tried == []
    return row


async def test_without_consent_the_lead_is_blocked_until_there_is_some(world: World) -> None:
    await world.leads(await world.campaign("spring"), 1)
    await world.do("DELETE FROM consents")

    await world.tick()

    assert await verdict(world) == ("cancelled", "no_consent", "blocked", "no_consent")
    kinds = await world.rows("SELECT kind, data ->> 'reason' FROM events ORDER BY seq DESC LIMIT 2")
    assert sorted(kinds) == [("attempt.cancelled", "no_consent"), ("lead.blocked", "no_consent")]


async def test_a_consent_that_the_law_does_not_take_blocks_and_names_the_rule(
    world: World,
) -> None:
    sales = await world.campaign("spring", document={"purpose": "marketing"})
    await world.leads(sales, 1)
    await world.do("UPDATE consents SET basis = 'opt-in'")

    await world.tick()

    assert await verdict(world) == ("cancelled", "no_consent", "blocked", "no_consent")
    [(lacks,)] = await world.rows("SELECT gate ->> 'detail' FROM attempts")
    assert lacks == "a consent in writing by the rules of US; on record is an express consent"

    await world.do("UPDATE consents SET basis = 'written'")
    await world.do("UPDATE leads SET recheck_at = :now", now=TUESDAY)
    await unblock(world.context())
    assert await world.states() == {"cancelled": 1, "planned": 1}


async def test_consent_that_was_withdrawn_counts_over_consent_that_was_given(
    world: World,
) -> None:
    await world.leads(await world.campaign("spring"), 1)
    await world.do(
        "INSERT INTO consents (id, contact_id, state, purpose, channel, basis, source,"
        " recorded_at, recorded_by) SELECT gen_random_uuid(), contact_id, 'revoked', 'any',"
        " 'voice', 'withdrawn', 'test', recorded_at + interval '1 second', 'test' FROM consents"
    )

    await world.tick()

    assert (await verdict(world))[1] == "consent_revoked"


@pytest.mark.parametrize(("scope", "held"), [("all", True), ("voice", True), ("whatsapp", False)])
async def test_a_suppressed_person_is_not_contacted_on_what_is_suppressed(
    world: World, scope: str, held: bool
) -> None:
    await world.leads(await world.campaign("spring"), 1, phones=[person(7)])
    await world.do(
        "INSERT INTO suppressions (id, kind, value, scope, reason, source, created_at, created_by)"
        " VALUES (gen_random_uuid(), 'phone', :phone, :scope, 'test', 'test', :at, 'test')",
        phone=person(7),
        scope=scope,
        at=TUESDAY,
    )

    await world.tick()

    if held:
        assert await verdict(world) == ("cancelled", "suppressed", "ended", "suppressed")
    else:
        assert await world.states() == {"started": 1}


async def test_outside_the_hours_the_attempt_moves_to_the_next_legal_moment(
    world: World,
) -> None:
    await world.leads(await world.campaign("spring"), 1)
    async with transaction(world.engine) as tx:
        await clock.move(tx, TUESDAY + timedelta(hours=14))

    await world.tick()

    assert await verdict(world) == ("planned", "outside_window", "planned", None)
    [(due_at,)] = await world.rows("SELECT due_at FROM attempts")
    # Eight in the morning in New York.
    assert due_at == TUESDAY + timedelta(hours=22)


async def test_who_is_claimed_in_the_last_seconds_is_planned_for_the_next_day(
    world: World,
) -> None:
    await world.leads(await world.campaign("spring"), 1)
    async with transaction(world.engine) as tx:
        # Fifty seconds before nine in the evening in New York.
        await clock.move(tx, TUESDAY + timedelta(hours=10, minutes=59, seconds=10))

    await world.tick()

    assert await verdict(world) == ("planned", "outside_window", "planned", None)
    assert await world.rows("SELECT due_at FROM attempts") == [(TUESDAY + timedelta(hours=22),)]


async def test_the_hours_of_the_deployment_bind_every_campaign(world: World) -> None:
    await world.leads(await world.campaign("spring"), 1)

    await world.tick(world.context(rulebook=AFTERNOONS))

    assert await verdict(world) == ("planned", "outside_window", "planned", None)
    [(due_at, end_at)] = await world.rows("SELECT due_at, window_end_at FROM attempts")
    # Noon and six in New York.
    assert (due_at, end_at) == (TUESDAY + timedelta(hours=2), TUESDAY + timedelta(hours=8))


async def test_who_is_looked_at_again_is_planned_within_the_deployments_hours(
    world: World,
) -> None:
    await world.leads(await world.campaign("spring"), 1, phones=["+12125550100"])
    await world.do("DELETE FROM attempts")
    await world.do("UPDATE leads SET work = 'blocked', recheck_at = :now", now=TUESDAY)

    await unblock(world.context(rulebook=AFTERNOONS))

    assert await world.rows("SELECT due_at FROM attempts") == [(TUESDAY + timedelta(hours=2),)]


async def test_caps_count_contacts_of_all_campaigns_and_channels(world: World) -> None:
    number = person(3)
    for name, channel in (("one", ChannelName.VOICE), ("two", ChannelName.WHATSAPP)):
        await world.leads(await world.campaign(name), 1, channel=channel, phones=[number])
    third = await world.campaign("three")
    await world.tick()
    await world.do("UPDATE attempts SET state = 'ended'")
    await world.do("DELETE FROM lines")

    await world.leads(third, 1, phones=[number])
    await world.tick()

    assert len(world.voice.taken) + len(world.whatsapp.taken) == 2
    [(state, reason)] = await world.rows(
        "SELECT state, moved_by FROM attempts WHERE state <> 'ended'"
    )
    assert (state, reason) == ("planned", "cap_reached")


@pytest.mark.parametrize("answered", [True, False])
async def test_a_contact_counts_from_when_the_provider_may_have_taken_it(
    world: World, answered: bool
) -> None:
    number, within = person(3), timedelta(days=1)
    campaign = await world.campaign("one", document={"caps": {"per_day": 1}})
    await world.leads(campaign, 1, channel=ChannelName.WHATSAPP, phones=[number])
    await world.tick()
    await world.do(
        "UPDATE attempts SET state = 'ended', starting_at = :began, started_at = :taken",
        began=TUESDAY - within - timedelta(seconds=5),
        taken=TUESDAY - within + timedelta(seconds=4) if answered else None,
    )
    await world.do("DELETE FROM lines")

    other = await world.campaign("two", document={"caps": {"per_day": 1}})
    await world.leads(other, 1, phones=[number])
    await world.tick()

    assert world.voice.taken == []
    [(due, reason)] = await world.rows(
        "SELECT due_at, moved_by FROM attempts WHERE state = 'planned'"
    )
    assert (due > TUESDAY, reason) == (True, "cap_reached")


async def test_who_refused_another_campaign_is_left_alone_even_at_a_time_they_asked_for(
    world: World,
) -> None:
    number = "+33199001234"
    await world.leads(await world.campaign("one"), 1, phones=[number])
    await world.do(
        "UPDATE attempts SET state = 'ended', outcome = 'not_interested', outcome_by = 'reader',"
        " starting_at = :at, ended_at = :at",
        at=TUESDAY - timedelta(days=45),
    )
    await world.leads(await world.campaign("two"), 1, phones=[number])
    await world.do("UPDATE attempts SET exempt_from_caps = true")

    await world.tick()

    [(state, reason, due_at, rule)] = await world.rows(
        "SELECT state, moved_by, due_at, gate ->> 'detail' FROM attempts WHERE state <> 'ended'"
    )
    assert world.voice.tried == []
    assert (state, reason) == ("planned", "resting")
    assert due_at == TUESDAY + timedelta(days=15)
    assert rule == "60 days of rest after a refusal by the rules of FR"


async def test_two_attempts_to_one_person_in_one_batch_count_for_each_other(
    world: World,
) -> None:
    number = person(3)
    strict = {"caps": {"per_day": 1}}
    for name, channel in (("one", ChannelName.VOICE), ("two", ChannelName.WHATSAPP)):
        campaign = await world.campaign(name, document=strict)
        await world.leads(campaign, 1, channel=channel, phones=[number])

    await world.tick()

    assert len(world.voice.taken) + len(world.whatsapp.taken) == 1


async def test_a_missing_value_blocks_the_lead_and_names_what_is_missing(world: World) -> None:
    campaign = await world.campaign("spring", document={"goal": "Sell {{ company }} a demo."})
    await world.leads(campaign, 1)

    await world.tick()

    assert await verdict(world) == ("cancelled", "missing_variable", "blocked", "missing_variable")
    assert await world.rows("SELECT gate ->> 'detail' FROM attempts") == [("company",)]


async def test_a_conversation_in_human_hands_is_left_alone(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1)
    await world.do(
        "INSERT INTO conversations (id, sender_id, contact_id, phone, handler, created_at)"
        " SELECT gen_random_uuid(), s.id, k.id, '+12125550100', 'human', :at"
        " FROM senders s, contacts k WHERE s.channel = 'whatsapp'",
        at=TUESDAY,
    )

    await world.tick()

    assert await verdict(world) == ("cancelled", "human_owns", "blocked", "human_owns")


async def test_a_campaign_without_a_number_says_so(world: World) -> None:
    nobody = {"steps": [{"channel": "voice", "from": ["+12125550199"]}]}
    await world.leads(await world.campaign("spring", document=nobody), 1)

    await world.tick()

    assert await verdict(world) == ("cancelled", "no_sender", "blocked", "no_sender")


async def test_a_used_up_budget_blocks_until_it_is_looked_at_again(world: World) -> None:
    campaign = await world.campaign("spring", document={"budget": {"attempts": 1}})
    await world.leads(campaign, 1)
    await world.tick()
    await world.leads(campaign, 1)
    await world.tick()

    assert len(world.voice.taken) == 1
    blocked = await world.rows("SELECT work_reason FROM leads WHERE work = 'blocked'")
    assert blocked == [("budget",)]


async def test_one_batch_keeps_within_what_is_left_of_the_budget(world: World) -> None:
    campaign = await world.campaign("spring", document={"budget": {"attempts": 3}})
    await world.leads(campaign, 8)

    await world.tick()

    assert len(world.voice.taken) == 3
    assert await world.rows("SELECT count(*) FROM leads WHERE work_reason = 'budget'") == [(5,)]


async def test_processes_that_pass_the_gate_together_share_one_budget(world: World) -> None:
    campaign = await world.campaign("spring", document={"budget": {"attempts": 5}})
    await world.leads(campaign, 24)
    processes = [world.context() for _ in range(4)]
    hauls = [(await claim_due(ctx, 6)).claimed for ctx in processes]
    assert [len(haul) for haul in hauls] == [6] * 4

    passed = await asyncio.gather(
        *(pass_gate(ctx, haul) for ctx, haul in zip(processes, hauls, strict=True))
    )

    assert sum(map(len, passed)) == 5


async def test_a_lifted_block_plans_what_was_taken_back(world: World) -> None:
    campaign = await world.campaign("spring")
    phones = ["+12125550100"]
    await world.leads(campaign, 1, channel=ChannelName.WHATSAPP, phones=phones)
    await world.do("UPDATE attempts SET reason = 'retry', rule_id = 'silent', priority = 10")
    await world.do("CREATE TABLE kept AS SELECT * FROM consents")
    await world.do("DELETE FROM consents")
    ctx = world.context()
    await world.tick(ctx)
    assert await unblock(ctx) == 0

    await world.do("INSERT INTO consents SELECT * FROM kept")
    await world.do("UPDATE leads SET recheck_at = :now", now=TUESDAY)
    assert await unblock(ctx) == 1

    rows = await world.rows(
        "SELECT n, channel, reason, rule_id, priority FROM attempts WHERE state = 'planned'"
    )
    assert rows == [(2, "whatsapp", "retry", "silent", 10)]
    assert await world.rows("SELECT work, recheck_at FROM leads") == [("planned", None)]
    await world.tick(ctx)
    assert len(world.whatsapp.taken) == 1


async def test_who_has_no_whatsapp_is_not_written_to_when_a_block_is_lifted(world: World) -> None:
    steps = [{"channel": "whatsapp", "template": "intro"}, {"channel": "voice"}]
    campaign = await world.campaign("spring", document={"steps": steps})
    await world.leads(campaign, 1, phones=["+12125550100"])
    await world.do("DELETE FROM attempts")
    await world.do(
        "UPDATE leads SET whatsapp = NULL, work = 'blocked', recheck_at = :now", now=TUESDAY
    )

    await unblock(world.context())

    assert await world.rows("SELECT channel FROM attempts") == [("voice",)]


async def pause(world: World, name: str) -> None:
    async with transaction(world.engine) as tx:
        await campaign_actions.pause(world.context(), tx, name, OPERATOR)


async def test_after_a_pause_has_committed_nothing_becomes_starting(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 20)
    ctx = world.context()
    claimed = (await claim_due(ctx, 20)).claimed
    await pause(world, "spring")

    assert await pass_gate(ctx, claimed) == []

    assert await world.states() == {"planned": 20}
    assert await world.tick() == 0
    async with transaction(world.engine) as tx:
        await campaign_actions.resume(ctx, tx, "spring", OPERATOR)
    await world.do("UPDATE attempts SET due_at = :now", now=TUESDAY)
    assert await world.tick() == 20


async def test_a_pause_waits_for_the_gate_that_is_deciding(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1)
    async with world.engine.connect() as gate:
        await gate.begin()
        await gate.execute(text("SELECT 1 FROM campaigns FOR KEY SHARE"))

        pausing = asyncio.create_task(pause(world, "spring"))
        await asyncio.sleep(0.1)
        assert not pausing.done()

        await gate.commit()
    await pausing


async def test_the_operators_stop_holds_at_once_and_until_it_is_lifted(world: World) -> None:
    await world.leads(await world.campaign("spring"), 5)
    ctx = world.context()
    claimed = (await claim_due(ctx, 5)).claimed
    async with transaction(world.engine) as tx:
        assert await stop_actions.stop(tx, OPERATOR)
        assert not await stop_actions.stop(tx, OPERATOR)

    assert await pass_gate(ctx, claimed) == []
    await world.do("UPDATE attempts SET due_at = :now", now=TUESDAY)
    assert await world.tick() == 0

    async with transaction(world.engine) as tx:
        assert await stop_actions.resume_all(tx, OPERATOR)
    assert await world.tick() == 5


async def test_a_row_that_somebody_holds_does_not_hold_up_the_others(world: World) -> None:
    campaign = await world.campaign("spring")
    attempts = await world.leads(campaign, 5)
    ctx = world.context()
    claimed = (await claim_due(ctx, 5)).claimed

    async def hold(id: UUID) -> None:
        async with transaction(world.engine) as tx:
            await tx.execute(
                text(
                    "SELECT 1 FROM leads WHERE id = (SELECT lead_id FROM attempts WHERE id = :id)"
                    " FOR UPDATE"
                ),
                {"id": id},
            )
            held.set()
            await asyncio.sleep(0.2)

    held = asyncio.Event()
    holding = asyncio.create_task(hold(attempts[0]))
    await held.wait()
    ready = await pass_gate(ctx, claimed)
    await holding

    assert len(ready) == 5
    assert ready[-1].attempt.id == attempts[0]


async def test_only_operators_pause_and_only_what_runs(world: World) -> None:
    await world.campaign("spring", status="draft")
    ctx = world.context()
    async with transaction(world.engine) as tx:
        with pytest.raises(Rejected) as refused:
            await campaign_actions.pause(ctx, tx, "spring", Actor(name="user:2", role=Role.REP))
        assert refused.value.code == "not_allowed"
        with pytest.raises(Rejected) as refused:
            await campaign_actions.pause(ctx, tx, "spring", OPERATOR)
        assert refused.value.code == "wrong_status"
        with pytest.raises(Rejected) as refused:
            await campaign_actions.pause(ctx, tx, "summer", OPERATOR)
        assert refused.value.code == "unknown_campaign"
