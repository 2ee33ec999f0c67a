"""A call that another platform runs: what it tells goes the way that our own calls go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import call_end, call_reports, recordings, results, spending
from orchestrator.engine.actions.actor import PERSON, PROVIDER
from orchestrator.engine.actions.roles import Actor
from orchestrator.engine.actions.suppress import Reach, suppress_contacts
from orchestrator.engine.context import Context
from outreach import opt_out
from outreach.attempt import NEVER_ASKED, State
from outreach.call_delivery import CallDelivery
from outreach.charges import Cost
from outreach.events import Kind
from outreach.late_word import TAPED, platform_counts
from outreach.outcome import AnsweredBy, Outcome
from outreach.reading import person_words
from outreach.reports import CallDelivered, CallReported, MachineReported, RecordingReported
from outreach.speech import Speaker, Turn
from storage import calls, clock, decisions, hosted, reported, said
from storage.events import Event, record
from storage.reported import Reported
from storage.said import Said

PREFIX: Final = "hosted:"
PLATFORM: Final = "platform"
"""Who ended a call of which nobody says who did."""
MEANT: Final = {Outcome.NO_ANSWER: "no-answer", Outcome.BUSY: "busy"}
"""Outcomes that are the status of a call nobody answered."""


def provider_of(source: str) -> str:
    """The provider of the senders of a configured platform."""
    return f"{PREFIX}{source}"


async def call_delivered(ctx: Context, tx: AsyncConnection, report: CallDelivered) -> bool:
    """Apply a delivery; False when it speaks of no call of this platform that we know."""
    attempt_id = await _match(tx, report)
    return attempt_id is not None and await apply_to(ctx, tx, attempt_id, report)


async def _match(tx: AsyncConnection, report: CallDelivered) -> UUID | None:
    call, provider = report.call, provider_of(report.source)
    if call.attempt_id is not None:
        found = await hosted.find_by_id(tx, call.attempt_id, provider)
        if found is not None:
            return found
    return await hosted.find_by_ref(tx, call.call_id, provider) if call.call_id else None


async def apply_to(
    ctx: Context, tx: AsyncConnection, attempt_id: UUID, report: CallDelivered
) -> bool:
    """Apply a delivery to this attempt; False when nobody was asked to make it.

    Whatever order the parts come in, and however often, the same facts stand in the end.
    """
    call = report.call
    no_more = _opted_out(call)
    attempt = await reported.lock(tx, attempt_id)
    if attempt is None or attempt.state in NEVER_ASKED:
        return False
    if call.call_id and attempt.provider_ref not in (None, call.call_id):
        # The platform took one order twice: its second call is not believed, but whoever was
        # reached by it and wants no more is heard.
        if no_more is not None:
            await _suppress(ctx, tx, attempt, no_more, await clock.now(tx))
        return True
    now = await clock.now(tx)
    row = await calls.of_attempt(tx, attempt_id, now)
    if call.call_id:
        await reported.adopt(tx, attempt_id, call.call_id)
    await _tell(tx, attempt, report, now)
    await _keep_turns(tx, row.id, call)
    await _keep_said(ctx, tx, row.id, report, now)
    if call.cost is not None:
        cost = Cost(micros=call.cost.micros, currency=call.cost.currency)
        await spending.platform_told(ctx, tx, attempt_id, cost)
    await _keep_recording(ctx, tx, attempt_id, report)
    await _keep_answer(ctx, tx, attempt, call)
    if no_more is not None:
        await _suppress(ctx, tx, attempt, no_more, now)
    if call.believed is not None:
        await decisions.foresee(tx, attempt_id, call.believed, by=PROVIDER.name)
    by = await hosted.set_hung_up(tx, row.id, call.ended_by, PLATFORM)
    if _is_over(call):
        await call_end.conversation_closed(ctx, tx, row.id, by, now)
    await _report_status(ctx, tx, attempt, call)
    await _conclude(ctx, tx, attempt_id, call, now)
    return True


async def _keep_turns(tx: AsyncConnection, call_id: UUID, call: CallDelivery) -> None:
    """Store what was said, unless more of it is known."""
    turns = call.turns
    if turns and _length(turns) >= _length(await calls.turns_of(tx, call_id)):
        for turn in turns:
            await calls.write_turn(tx, call_id, turn)


def _length(turns: Sequence[Turn]) -> tuple[int, int]:
    """A part may end in the middle of a turn: of as many turns, those with more in them count."""
    return len(turns), sum(len(turn.text) for turn in turns)


async def _keep_said(
    ctx: Context, tx: AsyncConnection, call_id: UUID, report: CallDelivered, now: datetime
) -> None:
    call = report.call
    told = Said(outcome=call.outcome, summary=call.summary, values=call.data or {})
    if not told:
        return
    row = await said.find(tx, call_id)
    if row is None:
        row = ctx.new_id(now)
        await said.make(tx, row, call_id, report.source, now)
    await said.add(tx, row, told, {name: ctx.new_id(now) for name in told.values}, now)


async def _keep_recording(
    ctx: Context, tx: AsyncConnection, attempt_id: UUID, report: CallDelivered
) -> None:
    recording = report.call.recording
    if recording is None:
        return
    length = recording.duration_s
    await recordings.recording_reported(
        ctx,
        tx,
        RecordingReported(
            attempt_id=attempt_id,
            provider_ref=report.call.call_id or "",
            recording_ref=recordings.ref_at(report.source, recording.id or str(attempt_id)),
            status="completed",
            uri=recording.url,
            channels=recording.channels,
            duration_s=None if length is None else round(length),
        ),
    )


async def _keep_answer(
    ctx: Context, tx: AsyncConnection, attempt: Reported, call: CallDelivery
) -> None:
    """Keep who answered, by the platform's word: as the guess of a machine detection."""
    answered_by = AnsweredBy.VOICEMAIL if call.outcome in TAPED else call.answered_by
    if answered_by is None:
        return
    report = MachineReported(
        attempt_id=attempt.id,
        provider_ref=call.call_id or attempt.provider_ref or "",
        answered_by=answered_by,
        word=PLATFORM,
    )
    await call_reports.machine_reported(ctx, tx, report)


def _opted_out(call: CallDelivery) -> Actor | None:
    """Who says that the person wants no more contact: themselves, or the platform."""
    said = (turn.text for turn in call.turns if turn.speaker is Speaker.PERSON)
    if any(opt_out.spoken(text) for text in said):
        return PERSON
    return PROVIDER if call.outcome is Outcome.OPTED_OUT else None


async def _suppress(
    ctx: Context, tx: AsyncConnection, attempt: Reported, by: Actor, now: datetime
) -> None:
    """Who wants no more contact gets none from this moment, whatever a reader makes of it."""
    reach = Reach(
        source=f"call:{attempt.id}", reason=Outcome.OPTED_OUT, by=by, attempt_id=attempt.id
    )
    await suppress_contacts(ctx, tx, [attempt.contact_id], reach, now)


def _is_over(call: CallDelivery) -> bool:
    """Whether nothing more of the conversation is to come: it is all there, or there was none."""
    return call.is_all_said or call.believed is not None or call.answered_by is AnsweredBy.VOICEMAIL


async def _report_status(
    ctx: Context, tx: AsyncConnection, attempt: Reported, call: CallDelivery
) -> None:
    status = _status(call)
    if status is None:
        return
    await call_reports.call_reported(
        ctx,
        tx,
        CallReported(
            attempt_id=attempt.id,
            provider_ref=call.call_id or attempt.provider_ref,
            status=status,
            duration_s=None if call.duration_s is None else round(call.duration_s),
            sip_code=call.sip_code,
            error_code=call.error_code,
        ),
    )


def _status(call: CallDelivery) -> str | None:
    """How far the call is: an outcome that is believed says that it is over."""
    if call.believed is None:
        return call.status
    return MEANT.get(call.believed) or call.status or "completed"


async def _conclude(
    ctx: Context, tx: AsyncConnection, attempt_id: UUID, call: CallDelivery, now: datetime
) -> None:
    """Decide at once what is believed, and hear what comes after the decision."""
    attempt = await reported.lock(tx, attempt_id)
    if attempt is None or attempt.state is not State.ENDED:
        return
    row = await calls.of_attempt(tx, attempt_id, now)
    if attempt.undecided:
        believed = attempt.outcome or call.believed
        if believed is not None:
            await call_end.conclude(ctx, tx, attempt, believed, "provider", now)
        return
    turns = await calls.turns_of(tx, row.id)
    answered_by = call_end.who_answered(row, turns)
    if answered_by is not AnsweredBy.UNKNOWN:
        await call_end.keep_who_answered(tx, attempt, answered_by)
    told = _late_word(call)
    if told and attempt.outcome and platform_counts(attempt.outcome, attempt.outcome_by, told):
        await results.revise(ctx, tx, attempt, told, by="provider")
    if call.is_all_said and person_words(turns) and answered_by not in call_end.MACHINES:
        await call_end.read_later(ctx, tx, row)


def _late_word(call: CallDelivery) -> Outcome | None:
    """What is believed of a call that was decided on; a machine that answered says as much."""
    if call.believed is None and call.answered_by is AnsweredBy.VOICEMAIL:
        return Outcome.VOICEMAIL
    return call.believed


async def _tell(
    tx: AsyncConnection, attempt: Reported, report: CallDelivered, now: datetime
) -> None:
    event = Event(
        kind=Kind.CALL_DELIVERED,
        at=now,
        actor="provider",
        campaign_id=attempt.campaign_id,
        lead_id=attempt.lead_id,
        contact_id=attempt.contact_id,
        attempt_id=attempt.id,
        data={"source": report.source, "parts": report.call.parts},
    )
    await record(tx, [event])
