"""A finished call is read: outcome and fields with the words that prove them, or `talked`."""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agents.model import Usage
from agents.reader import read
from orchestrator.engine import call_end, results, spending
from orchestrator.engine.context import Context
from orchestrator.engine.lead_texts import SOMEWHERE
from orchestrator.engine.reading_rows import Source, ask_a_person, store
from orchestrator.engine.tracing import READING, step
from orchestrator.engine.worked import Worked, worked_at
from outreach import opt_out
from outreach.call_status import end_of_call
from outreach.charges import Part
from outreach.late_word import reading_counts
from outreach.outcome import Outcome
from outreach.reading import VerifiedReading, is_too_thin
from outreach.speech import Speaker, Turn
from storage import calls, clock, media_tokens, reported, worked_leads
from storage.calls import Call
from storage.database import transaction

TASK: Final = call_end.READ_CALL
UNREAD: Final = ["due", "running"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRead:
    call: Call
    turns: list[Turn]
    worked: Worked
    zone: str


async def read_call(ctx: Context, call_id: str) -> None:
    """Read a call that is due. Again, or by two at once, changes nothing.

    Raises ModelUnavailable; the job is then tried again.
    """
    todo = await _begin(ctx, UUID(call_id))
    if todo is None:
        return
    assert ctx.model is not None, "calls without a model are given up in `_begin`"
    fields = todo.worked.agent.extraction if todo.worked.agent else ()
    instructions = todo.worked.agent.prompts.reading if todo.worked.agent else None
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
    with step(ctx.tracer, todo.call.id, READING) as saying:
        found = await read(
            ctx.model, todo.turns, fields, now=now, zone=todo.zone, instructions=instructions
        )
        saying.said |= {"turns": len(todo.turns), "outcome": found.reading.outcome.value}
    ctx.seam("call_read")
    async with transaction(ctx.database) as tx:
        await _finish(ctx, tx, todo, honest(found.reading, todo.turns), found.usage)


async def give_up(ctx: Context, tx: AsyncConnection, call_id: str) -> None:
    """Nobody could read it: what is known without the words stands, and a person is asked."""
    attempt = await reported.lock(tx, UUID(call_id))
    if attempt is None or not await calls.move_reading(tx, attempt.id, UNREAD, "failed"):
        return
    now = await clock.now(tx)
    call = await calls.of_attempt(tx, attempt.id, now)
    turns = await calls.turns_of(tx, call.id)
    source = Source(call_id=call.id, attempt_id=attempt.id, lead_id=attempt.lead_id)
    await ask_a_person(ctx, tx, source, attempt.contact_id, now)
    if attempt.outcome is None:
        spoken = _opted_out(turns)
        outcome = Outcome.OPTED_OUT if spoken else judged(call, turns)
        await call_end.conclude(ctx, tx, attempt, outcome, "engine", now)


async def _begin(ctx: Context, call_id: UUID) -> ToRead | None:
    async with transaction(ctx.database) as tx:
        if ctx.model is None:
            await give_up(ctx, tx, str(call_id))
            return None
        attempt = await reported.lock(tx, call_id)
        if attempt is None or not await calls.move_reading(tx, call_id, UNREAD, "running"):
            return None
        call = await calls.of_attempt(tx, call_id, await clock.now(tx))
        turns = await calls.turns_of(tx, call_id)
        versions = await media_tokens.versions_of(tx, call_id)
        worked = await worked_at(ctx, tx, attempt.campaign_id, versions)
        lead = await worked_leads.get(tx, attempt.lead_id)
    return ToRead(call=call, turns=turns, worked=worked, zone=lead.zone or SOMEWHERE)


async def _finish(
    ctx: Context, tx: AsyncConnection, todo: ToRead, reading: VerifiedReading, usage: Usage
) -> None:
    attempt = await reported.lock(tx, todo.call.id)
    if attempt is None:
        return
    await spending.spend_tokens(ctx, tx, attempt.id, Part.READING, usage)
    if not await calls.move_reading(tx, attempt.id, ["running"], "done"):
        return
    now = await clock.now(tx)
    # Nothing was decided in the words: how it ended says a little more.
    if reading.outcome is Outcome.TALKED:
        reading = replace(reading, outcome=judged(todo.call, todo.turns))
    source = Source(call_id=attempt.id, attempt_id=attempt.id, lead_id=attempt.lead_id)
    await store(ctx, tx, source, reading, usage, now)
    undecided = reading.outcome is Outcome.TALKED and not is_too_thin(todo.turns)
    if reading.unproven or undecided:
        await ask_a_person(ctx, tx, source, attempt.contact_id, now)
    known, proven = attempt.outcome, reading.outcome_turn is not None
    if known is None:
        await call_end.conclude(ctx, tx, attempt, reading.outcome, "reader", now)
    elif reading_counts(known, attempt.outcome_by, reading.outcome, is_proven=proven):
        # Its words came after it had been decided on without them.
        await results.revise(ctx, tx, attempt, reading.outcome, by="reader")


def honest(reading: VerifiedReading, turns: list[Turn]) -> VerifiedReading:
    """Who asks not to be called again is not overruled by what a reader makes of it."""
    turn = _opted_out(turns)
    if turn is None or reading.outcome is Outcome.OPTED_OUT:
        return reading
    return replace(
        reading, outcome=Outcome.OPTED_OUT, outcome_turn=turn.number, outcome_quote=turn.text
    )


def judged(call: Call, turns: list[Turn]) -> Outcome:
    answered_by = call_end.who_answered(call, turns)
    return end_of_call(call_end.what_is_known(call, turns, answered_by))


def _opted_out(turns: list[Turn]) -> Turn | None:
    spoken = (turn for turn in turns if turn.speaker is Speaker.PERSON)
    return next((turn for turn in spoken if opt_out.spoken(turn.text)), None)
