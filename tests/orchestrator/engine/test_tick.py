"""From a planned attempt to a provider that has it, and every way in which that can go."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from channels.base import CallOrder, MessageOrder, Refused, Unavailable
from channels.fake import Fail, Lose
from outreach.channel import ChannelName
from tests.orchestrator.engine.world import TUESDAY, VOICE_NUMBER, World


async def test_a_due_attempt_is_started_once_with_its_id_and_its_number(world: World) -> None:
    campaign = await world.campaign("spring")
    [attempt] = await world.leads(campaign, 1)

    claimed = await world.tick()

    assert claimed == 1
    [taken] = world.voice.taken
    assert isinstance(taken.order, CallOrder)
    assert taken.order.attempt_id == attempt
    assert taken.order.from_ == VOICE_NUMBER
    assert await world.rows("SELECT state, provider_ref FROM attempts") == [("started", taken.ref)]
    assert await world.tick() == 0


async def test_every_step_of_an_attempt_stands_in_the_history(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1)

    await world.tick()

    kinds = await world.rows("SELECT kind FROM events WHERE attempt_id IS NOT NULL ORDER BY seq")
    assert [kind for (kind,) in kinds] == [
        "attempt.planned",
        "attempt.claimed",
        "attempt.starting",
        "attempt.started",
    ]
    [(versions, simulated, work)] = await world.rows(
        "SELECT versions, simulated, work FROM attempts JOIN leads ON leads.id = lead_id"
    )
    assert versions == {"campaign": 1, "agent": 1, "agent_name": "ada", "template": 1}
    assert simulated
    assert work == "in_flight"


async def test_what_is_not_due_or_not_running_stays_planned(world: World) -> None:
    running = await world.campaign("running")
    paused = await world.campaign("paused", status="paused")
    await world.leads(running, 2, due_at=TUESDAY + timedelta(hours=1))
    await world.leads(paused, 2)

    assert await world.tick() == 0

    assert await world.states() == {"planned": 4}
    assert world.voice.tried == []


async def test_a_message_has_its_row_before_it_leaves_and_its_line_back_after(
    world: World,
) -> None:
    campaign = await world.campaign("chat")
    [attempt] = await world.leads(campaign, 1, channel=ChannelName.WHATSAPP)

    await world.tick()

    [taken] = world.whatsapp.taken
    assert isinstance(taken.order, MessageOrder)
    assert taken.order.content.body == "Hello Lee, may we write to you?"
    rows = await world.rows(
        "SELECT m.id, m.state, m.provider_ref, m.body, c.no_reply_due_at - c.last_outbound_at"
        " FROM messages m JOIN conversations c ON c.id = m.conversation_id"
    )
    body = "Hello Lee, may we write to you?"
    assert rows == [(attempt, "sent", taken.ref, body, timedelta(days=3))]
    assert await world.rows("SELECT 1 FROM lines") == []


async def test_a_call_keeps_its_line_and_another_campaign_waits_for_it(world: World) -> None:
    first, second = await world.campaign("first"), await world.campaign("second")
    one = await world.leads(first, 1, phones=["+12125550100"])
    other = await world.leads(second, 1, phones=["+12125550100"])

    await world.tick()

    assert len(world.voice.taken) == 1
    [(attempt, moved_by, state)] = await world.rows(
        "SELECT id, moved_by, state FROM attempts WHERE state = 'planned'"
    )
    assert (moved_by, state) == ("line_busy", "planned")
    assert {attempt, world.voice.taken[0].order.attempt_id} == {*one, *other}
    assert await world.tick() == 0


async def test_an_unavailable_provider_costs_no_try(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1)
    world.voice.script.append(Fail(Unavailable("too_many_requests", timedelta(minutes=2))))

    await world.tick()

    [(state, reason, starting_at, n, wait)] = await world.rows(
        "SELECT state, moved_by, starting_at, n, due_at > :now + interval '1 minute' FROM attempts",
        now=TUESDAY,
    )
    assert (state, reason, starting_at, n, wait) == ("planned", "provider_down", None, 1, True)
    assert await world.rows("SELECT 1 FROM lines") == []
    assert await world.rows("SELECT work FROM leads") == [("planned",)]
    rests = "SELECT count(*) FROM senders WHERE tat > clock_timestamp() + interval '1 minute'"
    assert await world.rows(rests) == [(1,)]


async def test_a_person_who_cannot_be_had_today_does_not_hold_up_the_number(
    world: World,
) -> None:
    campaign = await world.campaign("spring", concurrency=1)
    await world.leads(campaign, 2)
    world.voice.script.append(Fail(Unavailable("user_limit", timedelta(days=1))))

    await world.tick()
    await world.tick()

    assert await world.states() == {"planned": 1, "started": 1}


async def test_an_unavailable_message_is_written_anew_the_next_time(world: World) -> None:
    campaign = await world.campaign("chat")
    [attempt] = await world.leads(campaign, 1, channel=ChannelName.WHATSAPP)
    world.whatsapp.script.append(Fail(Unavailable("provider_down", timedelta(0))))

    await world.tick()
    await world.do("UPDATE senders SET tat = NULL")
    await world.tick()

    assert world.whatsapp.times_taken(attempt) == 1
    assert await world.rows("SELECT id, state FROM messages") == [(attempt, "sent")]


async def test_a_refusal_of_the_lead_ends_the_attempt_and_asks_what_follows(
    world: World,
) -> None:
    campaign = await world.campaign("spring")
    [attempt] = await world.leads(campaign, 1)
    world.voice.script.append(Fail(Refused("invalid_number", "lead", "21211", suppress=True)))

    await world.tick()

    rows = await world.rows("SELECT state, outcome, error_code FROM attempts")
    assert rows == [("ended", "invalid_number", "21211")]
    assert world.heard.follow_ups == [attempt]
    assert world.heard.suppressed == [attempt]
    assert await world.rows("SELECT 1 FROM lines") == []


async def test_a_refusal_of_the_sender_parks_it_and_costs_the_lead_nothing(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1)
    world.voice.script.append(Fail(Refused("sender_not_verified", "sender", "21210")))

    await world.tick()

    assert await world.states() == {"planned": 1}
    rows = await world.rows("SELECT status, status_reason FROM senders WHERE channel = 'voice'")
    assert rows == [("parked", "sender_not_verified")]


async def test_credentials_that_are_refused_are_logged_once_with_the_fix(world: World) -> None:
    await world.leads(await world.campaign("spring"), 5)
    world.voice.always = Fail(Refused("credentials_refused", "sender", "20003"))

    with capture_logs() as logs:
        await world.tick()

    told = [one for one in logs if one["log_level"] == "error"]
    assert [(one["reason"], one["error_code"]) for one in told] == [
        ("credentials_refused", "20003")
    ]
    assert "twilio.auth_token" in told[0]["fix"]


async def test_a_refusal_of_the_campaign_pauses_it(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1)
    world.voice.script.append(Fail(Refused("account_closed", "campaign")))

    await world.tick()

    assert await world.states() == {"planned": 1}
    assert await world.rows("SELECT status, status_reason FROM campaigns") == [
        ("paused", "account_closed")
    ]


@pytest.mark.parametrize("taken", [True, False])
async def test_without_an_answer_the_attempt_is_unsure_and_is_not_tried_again(
    world: World, taken: bool
) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1)
    world.voice.script.append(Lose(taken=taken))

    await world.tick()

    assert await world.states() == {"unsure": 1}
    assert await world.rows("SELECT count(*) FROM lines") == [(1,)]
    assert await world.tick() == 0
    assert len(world.voice.tried) == 1
