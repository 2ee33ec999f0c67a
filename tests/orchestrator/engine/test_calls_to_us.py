"""A person calls us: who speaks with them, what of it is kept, and what follows."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from agents.tools import DoNotContact, TransferToHuman
from orchestrator.engine import call_reading, media, taking_calls
from orchestrator.engine.duties import beat
from orchestrator.engine.media import Connect, HangUp, OpenedCall
from orchestrator.engine.transfers import Dial, Transfers
from outreach.reports import CallReceived
from outreach.speech import Speaker, Turn
from storage import gating, worked_leads
from storage.database import transaction
from storage.processes import Process
from tests.orchestrator.engine.returning import TUESDAY, VOICE_SENDER, World, build, call
from webhooks.twilio_voice import call_id_of

KNOWN, STRANGER = "+12025550123", "+12025550177"


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    made = await build(engine, tmp_path)
    await beat(made.ctx, Process(id=made.ctx.process_id, roles=["voice"], voice_slots=1))
    return made


def ring(phone: str = KNOWN, sid: str = "CA1") -> CallReceived:
    return CallReceived(provider_ref=sid, from_=phone, to=VOICE_SENDER, call_id=call_id_of(sid))


async def rung(world: World, report: CallReceived) -> Connect | HangUp:
    await world.receive(report, key=report.provider_ref)
    return await taking_calls.answer_inbound_call(world.ctx, report)


async def opened(world: World, report: CallReceived) -> OpenedCall:
    told = await rung(world, report)
    assert isinstance(told, Connect)
    found = await media.open_media(world.ctx, told.token, report.provider_ref)
    assert found is not None
    return found


async def talk(world: World, said: OpenedCall, words: str | None, sid: str = "CA1") -> None:
    """They say this and hang up; both sides tell so."""
    await said.journal.turn(turn(0, Speaker.AGENT, "Thank you for calling."))
    if words is not None:
        await said.journal.turn(turn(1, Speaker.PERSON, words))
    await said.journal.closed(ended_by="person", recording=None)
    await world.receive(call(call_id_of(sid), "completed", duration_s=20), key=f"{sid} ends")
    for name, ids in world.jobs.deferred:
        if name == "read_call":
            await call_reading.read_call(world.ctx, ids["call_id"])
    world.jobs.deferred.clear()


def turn(number: int, speaker: Speaker, words: str) -> Turn:
    return Turn(
        number=number,
        speaker=speaker,
        text=words,
        start_ms=number * 1000,
        end_ms=number * 1000 + 900,
        interrupted=False,
    )


def read(outcome: str, quote: str, at: str | None = None) -> dict[str, object]:
    """What the reader makes of their words."""
    when = {"name": "callback_at", "value": at, "turn": 1, "quote": quote}
    return {
        "outcome": outcome,
        "outcome_turn": 1,
        "outcome_quote": quote,
        "summary": "They called.",
        "next_step": "",
        "fields": [when] if at else [],
    }


async def open_tasks(world: World) -> list[str]:
    return [one.kind for one in await world.run("SELECT kind FROM tasks WHERE done_at IS NULL")]


async def test_who_calls_back_reaches_the_agent_who_knows_what_came_before(world: World) -> None:
    lead = await world.lead()
    await world.attempt(lead, "ended", outcome="no_answer", ended_at=await world.now())
    await world.run(
        "INSERT INTO readings (id, lead_id, made_by, outcome, summary, created_at)"
        " VALUES (gen_random_uuid(), :lead, 'reader', 'talked', 'They asked for a price.', :now)",
        lead=lead,
        now=await world.now(),
    )

    said = await opened(world, ring())

    assert said.call.opener.startswith("Thank you for calling. Hello, this is Ada, an AI assistant")
    assert "This call is recorded." in said.call.opener
    assert "Sam has called you." in said.call.system_prompt
    assert "no_answer" in said.call.system_prompt
    assert "They asked for a price." in said.call.system_prompt
    assert said.call.machine_message is None
    row = await world.one(
        "SELECT c.direction, c.lead_id, c.attempt_id, a.state, a.reason, a.n FROM calls c"
        " JOIN attempts a ON a.id = c.id"
    )
    assert tuple(row) == ("inbound", lead, said.call.attempt_id, "live", "called_us", 2)


async def test_the_task_to_call_back_stays_until_an_agent_speaks_with_them(world: World) -> None:
    await world.lead()
    told = await rung(world, ring())
    assert isinstance(told, Connect)
    before = await open_tasks(world)

    await media.open_media(world.ctx, told.token, "CA1")

    assert before == ["call_back"]
    assert await open_tasks(world) == []


async def test_a_token_of_a_call_to_us_opens_one_socket_and_a_repeat_makes_no_second_call(
    world: World,
) -> None:
    await world.lead()
    await rung(world, ring())
    told = await rung(world, ring())
    assert isinstance(told, Connect)

    first = await media.open_media(world.ctx, told.token, "CA1")
    second = await media.open_media(world.ctx, told.token, "CA1")

    assert first is not None
    assert second is None
    assert len(await world.run("SELECT FROM attempts")) == 1


async def test_their_words_are_read_and_the_rules_decide_as_after_a_call_of_ours(
    world: World,
) -> None:
    lead = await world.lead()
    said = await opened(world, ring())
    words = "Please call me again tomorrow at three, I have no time at all now."
    world.model.reading = read("callback_requested", words, at="2031-03-05T15:00:00-05:00")

    await talk(world, said, words)

    ended = await world.one("SELECT state, outcome FROM attempts WHERE reason = 'called_us'")
    assert tuple(ended) == ("ended", "callback_requested")
    follow = await world.one("SELECT lead_id, channel FROM attempts WHERE state = 'planned'")
    assert tuple(follow) == (lead, "voice")
    assert len(await world.run("SELECT FROM turns")) == 2
    assert await world.run("SELECT FROM lines") == []


async def test_an_opt_out_in_a_call_to_us_holds_everywhere(world: World) -> None:
    contact = await world.contact(KNOWN)
    await world.lead(contact=contact)
    other = await world.lead(contact=contact, campaign=await world.campaign("autumn"))
    await world.attempt(other, "planned")
    said = await opened(world, ring())
    world.model.reading = read("opted_out", "Never call me again.")

    await said.tools.use(DoNotContact(words="Never call me again."))
    await talk(world, said, "Never call me again.")

    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []
    assert len(await world.run("SELECT FROM suppressions WHERE value = :p", p=KNOWN)) >= 1
    (theirs,) = await world.run("SELECT outcome FROM attempts WHERE reason = 'called_us'")
    assert theirs.outcome == "opted_out"


async def test_where_nothing_is_said_no_try_has_failed_and_the_plans_stand(world: World) -> None:
    campaign = await world.campaign("patient", on_reply="pause P2D")
    lead = await world.lead(campaign=campaign)
    await world.attempt(lead, "ended", outcome="no_answer", ended_at=await world.now())
    planned = await world.attempt(lead, "planned")
    said = await opened(world, ring())

    await talk(world, said, None)

    row = await world.one("SELECT state, moved_by FROM attempts WHERE id = :id", id=planned)
    assert tuple(row) == ("planned", "called_us")
    assert (await world.one("SELECT work FROM leads WHERE id = :id", id=lead)).work == "planned"


async def test_a_call_of_theirs_is_no_contact_of_ours(world: World) -> None:
    lead = await world.lead()
    said = await opened(world, ring())
    await talk(world, said, None)

    async with transaction(world.engine) as tx:
        contact = (await worked_leads.get(tx, lead)).contact_id
        counted = await worked_leads.contacts_since(tx, contact, TUESDAY - timedelta(days=30))
        spent = await gating.spent(tx, world.campaign_id, TUESDAY - timedelta(days=1))

    assert counted == []
    assert spent.attempts == 0


async def test_without_a_free_slot_they_hear_a_sentence_and_a_colleague_has_the_task(
    world: World,
) -> None:
    await world.lead()
    busy = await world.lead("+12025550124")
    await world.attempt(busy, "live", voice_process=world.ctx.process_id)

    told = await rung(world, ring())

    assert told == HangUp(words=taking_calls.INBOUND_WORDS)
    assert await open_tasks(world) == ["call_back"]
    (row,) = await world.run("SELECT attempt_id FROM calls WHERE direction = 'inbound'")
    assert row.attempt_id is None


async def test_a_call_to_us_takes_a_slot_that_no_call_of_ours_gets(world: World) -> None:
    await world.lead()
    await opened(world, ring())
    await world.lead("+12025550124")

    told = await rung(world, ring("+12025550124", "CA2"))

    assert isinstance(told, HangUp)


@pytest.mark.parametrize(
    "trouble",
    [
        "UPDATE campaigns SET status = 'cancelled'",
        "UPDATE operator_stop SET stopped = true",
        'UPDATE documents SET body = body || \'{"opener": "Hello {{ company }}."}\''
        " WHERE kind = 'agent'",
    ],
)
async def test_where_no_agent_may_or_can_speak_a_colleague_has_the_task(
    world: World, trouble: str
) -> None:
    await world.lead()
    await world.run(trouble)

    told = await rung(world, ring())

    assert isinstance(told, HangUp)
    assert await open_tasks(world) == ["call_back"]


async def test_whom_we_are_just_calling_is_not_talked_with_twice(world: World) -> None:
    await world.attempt(await world.lead(), "started")

    assert isinstance(await rung(world, ring()), HangUp)


async def test_a_stranger_becomes_a_contact_whom_a_colleague_calls_back(world: World) -> None:
    told = await rung(world, ring(STRANGER))

    assert isinstance(told, HangUp)
    assert (await world.one("SELECT value FROM contact_points")).value == STRANGER
    assert await open_tasks(world) == ["call_back"]
    assert await world.run("SELECT FROM leads") == []


async def test_who_hides_their_number_hears_the_sentence(world: World) -> None:
    told = await rung(world, ring("anonymous"))

    assert isinstance(told, HangUp)
    assert await world.run("SELECT FROM contacts") == []
    assert len(await world.run("SELECT FROM calls")) == 1


async def test_a_stranger_reaches_the_configured_campaigns_agent_and_is_never_called_for_it(
    world: World,
) -> None:
    ctx = replace(world.ctx, strangers="spring")
    await world.receive(ring(STRANGER), key="1")

    told = await taking_calls.answer_inbound_call(ctx, ring(STRANGER))
    again = await taking_calls.answer_inbound_call(ctx, ring(STRANGER))

    assert isinstance(told, Connect)
    assert isinstance(again, Connect)
    lead = await world.one("SELECT id, phone FROM leads")
    assert lead.phone == STRANGER
    said = await media.open_media(ctx, again.token, "CA1")
    assert said is not None
    await talk(world, said, None)
    assert await world.run("SELECT FROM attempts WHERE state = 'planned'") == []
    assert (await world.one("SELECT work FROM leads")).work == "ended"


async def test_who_calls_us_can_be_joined_with_a_colleague_from_our_number(world: World) -> None:
    await world.run(
        "UPDATE documents SET body = body || cast(:more AS jsonb) WHERE kind = 'agent'",
        more='{"tools": ["transfer_to_human"], "transfer_to": "+12025550199"}',
    )
    await world.lead()
    said = await opened(world, ring())

    await said.tools.use(TransferToHuman(reason="They want a price."))
    plan = await Transfers(ctx=world.ctx).follow(said.call.attempt_id, "CA1")

    assert isinstance(plan, Dial)
    assert (plan.to, plan.from_) == ("+12025550199", VOICE_SENDER)


async def test_a_call_to_us_whose_process_died_is_asked_about_and_ends(world: World) -> None:
    lead = await world.lead()
    said = await opened(world, ring())
    await said.journal.turn(turn(0, Speaker.PERSON, "Hello?"))
    ours: UUID = said.call.attempt_id

    await world.receive(call(ours, "completed", duration_s=4), key="found")
    await world.move_clock(timedelta(minutes=1))

    row = await world.one("SELECT state, lead_id FROM attempts WHERE id = :id", id=ours)
    assert tuple(row) == ("ended", lead)
    assert (await world.one("SELECT status FROM calls")).status == "completed"
