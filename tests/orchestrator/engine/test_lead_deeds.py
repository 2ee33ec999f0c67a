"""One lead in a person's hands: added, removed, moved, put off, called now."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from orchestrator.engine.actions import campaigns as campaign_actions
from orchestrator.engine.actions import stop as stop_actions
from orchestrator.engine.actions.add_lead import Person, add_lead
from orchestrator.engine.actions.duplicate import duplicate
from orchestrator.engine.actions.lead_time import Timed, contact_now, reschedule
from orchestrator.engine.actions.move_lead import move_lead
from orchestrator.engine.actions.remove_lead import remove_lead
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.calendar import reopen
from orchestrator.engine.claim import claim_due
from orchestrator.engine.imports.request import FileConsent
from orchestrator.engine.plan_next import Next, plan_next, read_where
from orchestrator.engine.worked import worked_by
from outreach.channel import ChannelName
from outreach.errors import Rejected
from storage import clock, worked_leads
from storage.database import transaction
from tests.orchestrator.engine.world import TUESDAY, World

OPERATOR = Actor(name="test", role=Role.OPERATOR)
REP = Actor(name="user:rep", role=Role.REP)
VIEWER = Actor(name="user:viewer", role=Role.VIEWER)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NUMBER = "+12125550150"
OFFICE = {"schedule": {"windows": {"mon-fri": ["09:00-17:00"]}}}
YES = FileConsent(basis="express", proof="form 7")


async def one_lead(world: World, campaign: str = "spring", **document: object) -> UUID:
    """A lead that is due now in a running campaign."""
    id = await world.campaign(campaign, document=document)
    await world.leads(id, 1, phones=[NUMBER])
    ((lead,),) = await world.rows("SELECT id FROM leads WHERE campaign_id = :id", id=id)
    assert isinstance(lead, UUID)
    return lead


async def put_off(world: World, lead: UUID, words: str, actor: Actor = REP) -> Timed:
    async with transaction(world.engine) as tx:
        return await reschedule(world.context(), tx, lead, words, actor)


async def at_once(world: World, lead: UUID) -> Timed:
    async with transaction(world.engine) as tx:
        return await contact_now(world.context(), tx, lead, REP)


async def add(world: World, campaign: str = "spring", **values: str) -> UUID:
    async with transaction(world.engine) as tx:
        person = Person(values={"phone": NUMBER, **values}, consent=YES)
        return await add_lead(world.context(), tx, campaign, person, OPERATOR)


async def remove(world: World, lead: UUID) -> bool:
    async with transaction(world.engine) as tx:
        return await remove_lead(world.context(), tx, lead, OPERATOR)


async def move(world: World, lead: UUID, to: str) -> UUID:
    async with transaction(world.engine) as tx:
        return await move_lead(world.context(), tx, lead, to, OPERATOR)


async def standing(world: World, lead: UUID) -> tuple[object, ...]:
    ((work, reason),) = await world.rows(
        "SELECT work, work_reason FROM leads WHERE id = :id", id=lead
    )
    return work, reason


async def planned(world: World) -> list[tuple[object, ...]]:
    return await world.rows(
        "SELECT due_at, moved_by, priority FROM attempts WHERE state = 'planned'"
    )


async def test_a_lead_is_put_off_to_a_time_on_its_own_clock(world: World) -> None:
    lead = await one_lead(world, **OFFICE)

    timed = await put_off(world, lead, "2031-03-05T14:30")

    # Half past two in New York on the next day.
    assert timed.due_at == TUESDAY + DAY + 4.5 * HOUR
    assert await planned(world) == [(timed.due_at, "rescheduled", 0)]
    assert await world.rows(
        "SELECT actor, data ->> 'reason' FROM events WHERE kind = 'attempt.moved'"
    ) == [("user:rep", "rescheduled")]


async def test_an_illegal_time_is_refused_with_the_nearest_before_and_after(world: World) -> None:
    lead = await one_lead(world, **OFFICE)

    with pytest.raises(Rejected) as refusal:
        await put_off(world, lead, "2031-03-05T19:30")

    assert refusal.value.code == "outside_window"
    assert "Wed 05 Mar 2031 19:30 America/New_York (2031-03-06T00:30Z)" in refusal.value.message
    assert "before: Wed 05 Mar 2031 16:59 America/New_York (2031-03-05T21:59Z)" in refusal.value.fix
    assert "after: Thu 06 Mar 2031 09:00 America/New_York (2031-03-06T14:00Z)" in refusal.value.fix
    assert await planned(world) == [(TUESDAY, None, 0)]


async def test_a_time_beyond_the_caps_is_refused_with_the_first_that_keeps_them(
    world: World,
) -> None:
    lead = await one_lead(world, caps={"per_day": 1})
    other = await world.campaign("other")
    await world.leads(other, 1, phones=[NUMBER])
    await world.do(
        "UPDATE attempts SET state = 'ended', outcome = 'no_answer', starting_at = :at,"
        " ended_at = :at WHERE campaign_id = :id",
        at=TUESDAY,
        id=other,
    )

    with pytest.raises(Rejected) as refusal:
        await put_off(world, lead, "2031-03-04T15:00")

    assert refusal.value.code == "cap_reached"
    assert "none before; after: Wed 05 Mar 2031 10:00" in refusal.value.fix


@pytest.mark.parametrize("words", ["yesterday", "2031-03-04T09:00", "whenever", ""])
async def test_words_that_name_no_time_ahead_are_refused(world: World, words: str) -> None:
    lead = await one_lead(world)

    with pytest.raises(Rejected) as refusal:
        await put_off(world, lead, words)

    assert refusal.value.code == "unclear_time"


async def test_a_lead_that_rests_gets_an_attempt_at_the_time_that_is_named(world: World) -> None:
    lead = await one_lead(world)
    await world.do("DELETE FROM attempts")
    await world.do("UPDATE leads SET work = 'ended', work_reason = 'no_answer'")

    timed = await put_off(world, lead, "2031-03-05T14:30:00-05:00")

    assert await planned(world) == [(timed.due_at, None, 0)]
    assert await standing(world, lead) == ("planned", None)


async def test_now_goes_before_everybody_else(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 3, due_at=TUESDAY - HOUR)
    await world.leads(campaign, 1, phones=[NUMBER], due_at=TUESDAY + HOUR)
    ((lead,),) = await world.rows("SELECT id FROM leads WHERE phone = :n", n=NUMBER)
    assert isinstance(lead, UUID)

    await at_once(world, lead)
    await claim_due(world.context(), 1)

    assert await world.rows("SELECT lead_id FROM attempts WHERE state = 'claimed'") == [(lead,)]


async def test_now_is_refused_at_night_with_the_next_morning(world: World) -> None:
    lead = await one_lead(world)
    async with transaction(world.engine) as tx:
        # Eleven in the evening in New York.
        await clock.move(tx, TUESDAY + 13 * HOUR)

    with pytest.raises(Rejected) as refusal:
        await at_once(world, lead)

    assert refusal.value.code == "outside_window"
    assert "none before; after: Wed 05 Mar 2031 08:00" in refusal.value.fix


async def test_now_says_what_stands_still(world: World) -> None:
    lead = await one_lead(world)
    ctx = world.context()
    async with transaction(world.engine) as tx:
        await campaign_actions.pause(ctx, tx, "spring", OPERATOR)
    with pytest.raises(Rejected) as paused:
        await at_once(world, lead)
    async with transaction(world.engine) as tx:
        await stop_actions.stop(tx, OPERATOR)
    with pytest.raises(Rejected) as stopped:
        await at_once(world, lead)

    assert (paused.value.code, stopped.value.code) == ("campaign_not_running", "operator_stop")


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM consents", "no_consent"),
        ("UPDATE consents SET state = 'revoked'", "consent_revoked"),
        ("UPDATE leads SET status = 'unsubscribed'", "lead_closed"),
        ("UPDATE leads SET zones = '{}'", "no_timezone"),
        ("UPDATE attempts SET state = 'live'", "in_flight"),
        (
            "INSERT INTO suppressions (id, kind, value, reason, source, created_at, created_by)"
            f" VALUES (gen_random_uuid(), 'phone', '{NUMBER}', 'x', 'x', now(), 'x')",
            "suppressed",
        ),
    ],
)
async def test_nobody_is_called_now_whom_the_gate_would_refuse(
    world: World, statement: str, code: str
) -> None:
    lead = await one_lead(world)
    await world.do(statement)

    with pytest.raises(Rejected) as refusal:
        await at_once(world, lead)

    assert refusal.value.code == code


async def test_who_may_only_look_changes_no_time(world: World) -> None:
    lead = await one_lead(world)

    with pytest.raises(Rejected, match="role rep"):
        await put_off(world, lead, "2031-03-05T14:30", VIEWER)


async def test_a_lead_that_is_added_is_checked_and_planned_like_a_row(world: World) -> None:
    fields = [{"key": "plan", "type": "choice", "choices": ["gold", "tin"]}]
    await world.campaign("spring", document={**OFFICE, "fields": fields})

    lead = await add(world, first_name="Ada", plan="gold")

    assert await world.rows(
        "SELECT first_name, fields, work, import_id, zones FROM leads WHERE id = :id", id=lead
    ) == [("Ada", {"plan": "gold"}, "planned", None, ["America/New_York"])]
    assert await world.tick() == 1
    assert await world.rows("SELECT basis, proof FROM consents") == [("express", "form 7")]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"phone": "212 555 0100"}, "phone_not_e164"),
        ({"plan": "lead"}, "bad_field"),
        ({"colour": "red"}, "unknown_field"),
        ({"time_zone": "Mars"}, "unknown_time_zone"),
    ],
)
async def test_what_a_list_would_be_refused_for_is_refused(
    world: World, values: dict[str, str], code: str
) -> None:
    fields = [{"key": "plan", "type": "choice", "choices": ["gold", "tin"]}]
    await world.campaign("spring", document={"fields": fields})

    with pytest.raises(Rejected) as refusal:
        await add(world, **values)

    assert refusal.value.code == code
    assert await world.rows("SELECT count(*) FROM leads") == [(0,)]


async def test_somebody_is_added_once_and_to_no_campaign_that_is_over(world: World) -> None:
    await world.campaign("spring")
    await world.campaign("old", status="cancelled")
    await add(world)

    with pytest.raises(Rejected) as twice:
        await add(world)
    with pytest.raises(Rejected) as over:
        await add(world, "old")

    assert (twice.value.code, over.value.code) == ("already_in_campaign", "campaign_over")


async def test_a_completed_campaign_goes_on_for_who_is_added(world: World) -> None:
    await world.campaign("spring", status="completed")

    await add(world)
    assert await reopen(world.context()) == 1

    assert await world.rows("SELECT status FROM campaigns") == [("running",)]


async def test_a_removed_lead_is_contacted_no_more_and_stays_in_the_history(world: World) -> None:
    lead = await one_lead(world)

    assert await remove(world, lead)
    assert not await remove(world, lead)

    assert await world.states() == {"cancelled": 1}
    assert await standing(world, lead) == ("ended", "removed")
    assert await world.rows("SELECT actor FROM events WHERE kind = 'lead.removed'") == [("test",)]
    with pytest.raises(Rejected):
        await put_off(world, lead, "2031-03-05T14:30")


async def test_a_removed_lead_comes_back_when_it_is_added_again(world: World) -> None:
    lead = await one_lead(world)
    await remove(world, lead)

    assert await add(world) == lead

    assert await standing(world, lead) == ("planned", None)


async def test_what_is_in_flight_ends_and_nothing_follows_it(world: World) -> None:
    lead = await one_lead(world)
    await world.tick()
    await remove(world, lead)
    assert await world.states() == {"started": 1}

    await world.do(
        "UPDATE attempts SET state = 'ended', outcome = 'no_answer', ended_at = :at", at=TUESDAY
    )
    async with transaction(world.engine) as tx:
        await worked_leads.lock(tx, lead)
        (row,) = (await tx.execute(text("SELECT campaign_id FROM leads"))).all()
        worked = await worked_by(world.context(), tx, row.campaign_id)
        where = await read_where(tx, lead, worked, TUESDAY)
        wanted = Next(channel=ChannelName.VOICE, wanted_at=TUESDAY, reason="retry")
        await plan_next(world.context(), tx, where, wanted)

    assert await world.states() == {"ended": 1}
    assert await standing(world, lead) == ("ended", "removed")


async def test_a_moved_lead_begins_anew_in_the_other_campaign(world: World) -> None:
    lead = await one_lead(world)
    await world.campaign(
        "summer", document={"steps": [{"channel": "whatsapp", "template": "intro"}]}
    )

    new = await move(world, lead, "summer")

    assert await standing(world, lead) == ("ended", "moved")
    assert await world.rows(
        "SELECT state, cancel_reason FROM attempts WHERE lead_id = :id", id=lead
    ) == [("cancelled", "moved")]
    assert await world.rows(
        "SELECT state, channel, reason FROM attempts WHERE lead_id = :id", id=new
    ) == [("planned", "whatsapp", "first_step")]
    assert await world.rows("SELECT count(DISTINCT contact_id) FROM leads") == [(1,)]


async def test_who_is_moved_there_and_back_is_the_first_lead_again(world: World) -> None:
    lead = await one_lead(world)
    await world.campaign("summer")
    new = await move(world, lead, "summer")

    assert await move(world, new, "spring") == lead

    assert await standing(world, lead) == ("planned", None)
    assert await standing(world, new) == ("ended", "moved")


async def test_a_move_is_refused_with_its_reason_and_changes_nothing(world: World) -> None:
    lead = await one_lead(world)
    summer = await world.campaign("summer")
    await world.leads(summer, 1, phones=[NUMBER])
    await world.campaign("old", status="archived")
    codes = []
    for to in ("summer", "spring", "old", "nowhere"):
        with pytest.raises(Rejected) as refusal:
            await move(world, lead, to)
        codes.append(refusal.value.code)
    await world.do("DELETE FROM attempts WHERE campaign_id = :id", id=summer)
    await claim_due(world.context(), 5)
    with pytest.raises(Rejected) as refusal:
        await move(world, lead, "summer")
    codes.append(refusal.value.code)
    with pytest.raises(Rejected) as refusal:
        await move(world, uuid4(), "summer")
    codes.append(refusal.value.code)

    assert codes == [
        "already_in_campaign",
        "same_campaign",
        "campaign_over",
        "unknown_campaign",
        "in_flight",
        "unknown_lead",
    ]
    assert await standing(world, lead) == ("in_flight", None)


async def test_a_copy_is_a_draft_of_the_same_document_without_the_leads(world: World) -> None:
    await one_lead(world, **OFFICE)
    ctx = world.context()
    async with transaction(world.engine) as tx:
        made = await duplicate(ctx, tx, "spring", "spring-2", OPERATOR)
        with pytest.raises(Rejected) as taken:
            await duplicate(ctx, tx, "spring", "spring-2", OPERATOR)
        with pytest.raises(Rejected) as bad:
            await duplicate(ctx, tx, "spring", "Spring 2!", OPERATOR)

    assert (made.name, made.version) == ("spring-2", 1)
    assert (taken.value.code, bad.value.code) == ("name_taken", "bad_value")
    rows = await world.rows("SELECT name, status FROM campaigns ORDER BY name")
    assert rows == [("spring", "running"), ("spring-2", "draft")]
    bodies = await world.rows(
        "SELECT body->'schedule'->'windows' FROM documents WHERE kind = 'campaign' ORDER BY name"
    )
    assert bodies[0] == bodies[1]
