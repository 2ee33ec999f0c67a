"""How a call ends: the provider's word, our own conversation's word, and what it came to."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import follow_up, results
from orchestrator.engine.context import Context
from outreach.attempt import State
from outreach.breaker import Tally
from outreach.call_status import CALL_RANK, CallEnd, end_of_call
from outreach.events import Kind
from outreach.lead import Work
from outreach.outcome import AnsweredBy, Outcome
from outreach.reading import person_words
from outreach.reports import CallReported
from outreach.speech import Turn
from storage import (
    attempts,
    breakers,
    calls,
    clock,
    decisions,
    leads,
    people_points,
    reported,
    worked_leads,
)
from storage.attempts import Cause
from storage.calls import Call
from storage.database import transaction
from storage.events import Event, record
from storage.reported import Reported

SETTLE: Final = timedelta(seconds=15)
"""How long to wait for the other side's word that a call is over."""
TRANSCRIPT_WITHIN: Final = timedelta(minutes=15)
"""How long to wait for the transcript of a call that another platform runs."""
MACHINES: Final = frozenset(
    {AnsweredBy.VOICEMAIL, AnsweredBy.SCREENING, AnsweredBy.IVR, AnsweredBy.FAX}
)
RINGING: Final = CALL_RANK["ringing"]
BROKEN: Final = frozenset({"error", "shutdown"})
READ_CALL: Final = "read_call"


async def provider_ended(
    ctx: Context, tx: AsyncConnection, attempt: Reported, report: CallReported, now: datetime
) -> None:
    """The provider says that the call is over. The caller holds lead and attempt."""
    answered = report.status == "completed"
    outcome = attempt.outcome if answered else _unanswered(ctx, attempt, report)
    moved = await attempts.move(
        tx,
        attempt.id,
        {State.STARTED, State.LIVE},
        State.ENDED,
        Cause(at=now, actor="provider", data={"outcome": outcome} if outcome else {}),
        ended_at=now,
        outcome=outcome,
        # What was foreseen while it ran keeps the name of whoever said so.
        **({} if answered else {"outcome_by": "provider"}),
        undecided=True,
        lease_until=None,
    )
    if moved is None:
        return
    if answered:
        if not await worked_leads.has_planned(tx, attempt.lead_id):
            await leads.set_work(tx, [attempt.lead_id], Work.WAITING, "reading", now=now)
        else:
            # What was promised in the call is planned already, whatever is read in its words.
            await leads.set_work(tx, [attempt.lead_id], Work.PLANNED, now=now)
        await settle(ctx, tx, attempt.id, now)
    else:
        await _tell(tx, attempt, outcome, now)
        await follow_up.apply(ctx, tx, attempt.id)
        if outcome is Outcome.FAILED and attempt.sender_id is not None:
            # Taken and then failed: the breakers hear of it too.
            await breakers.add(tx, {attempt.sender_id: Tally(failures=1)})


async def placed_after_all(
    ctx: Context, tx: AsyncConnection, attempt: Reported, report: CallReported, now: datetime
) -> None:
    """The provider had denied the call, and now says how it ended: it was one."""
    if report.status == "completed":
        call = await calls.of_attempt(tx, attempt.id, now)
        turns = await calls.turns_of(tx, call.id)
        outcome = end_of_call(what_is_known(call, turns, who_answered(call, turns)))
    else:
        outcome = _unanswered(ctx, attempt, report)
    await results.revise(ctx, tx, attempt, outcome, by="provider")


async def conversation_closed(
    ctx: Context, tx: AsyncConnection, call_id: UUID, by: str, now: datetime
) -> None:
    """Our side of a call is over: what was said is complete. The caller holds the lead."""
    await calls.close(tx, call_id, by=by, now=now)
    await reported.ask_soon(tx, call_id, SETTLE)
    await settle(ctx, tx, call_id, now)


async def settle_waiting(ctx: Context) -> int:
    """Go on without the side that has stayed silent; returns how many calls. A duty."""
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        found = await calls.list_unsettled(
            tx, now, settle=SETTLE, hosted=TRANSCRIPT_WITHIN, limit=ctx.limits.recover_batch
        )
    for attempt_id in found:
        async with transaction(ctx.database) as tx:
            await reported.lock(tx, attempt_id)
            await settle(ctx, tx, attempt_id, await clock.now(tx), waited=True)
    return len(found)


async def settle(
    ctx: Context, tx: AsyncConnection, attempt_id: UUID, now: datetime, *, waited: bool = False
) -> None:
    """Once both sides say that the call is over: read it, or say at once what it came to."""
    attempt = await reported.lock(tx, attempt_id)
    if attempt is None or attempt.state is not State.ENDED or not attempt.undecided:
        return
    call = await calls.of_attempt(tx, attempt_id, now)
    if call.reading_state != "none" or (call.ended_by is None and not waited):
        return
    turns = await calls.turns_of(tx, call.id)
    answered_by = who_answered(call, turns)
    await keep_who_answered(tx, attempt, answered_by)
    if answered_by not in MACHINES and person_words(turns):
        await read_later(ctx, tx, call)
        if attempt.outcome is None:
            return
    outcome = attempt.outcome or end_of_call(what_is_known(call, turns, answered_by))
    await conclude(ctx, tx, attempt, outcome, "engine", now)


async def keep_who_answered(
    tx: AsyncConnection, attempt: Reported, answered_by: AnsweredBy
) -> None:
    """Write down who or what answered; a number that a person answers at is one that works."""
    if answered_by is not attempt.answered_by:
        await reported.set_answered_by(tx, attempt.id, answered_by)
    if answered_by is AnsweredBy.HUMAN:
        await people_points.mark_valid(tx, attempt.contact_id, attempt.channel, attempt.phone)


async def read_later(ctx: Context, tx: AsyncConnection, call: Call) -> None:
    """Have a finished call read, once. The caller holds the lead."""
    if await calls.move_reading(tx, call.id, ["none"], "due"):
        await ctx.side_work.defer(tx, READ_CALL, {"call_id": str(call.id)})


async def conclude(
    ctx: Context, tx: AsyncConnection, attempt: Reported, outcome: Outcome, by: str, now: datetime
) -> None:
    """Say what an ended attempt came to and do what follows. The caller holds the lead."""
    await decisions.set_outcome(tx, attempt.id, outcome, by=by)
    await _tell(tx, attempt, outcome, now)
    await follow_up.apply(ctx, tx, attempt.id)


def who_answered(call: Call, turns: list[Turn]) -> AnsweredBy:
    """Our own ears win over the provider's guess; words without either are a person's."""
    if call.answered_by not in (None, AnsweredBy.UNKNOWN):
        return call.answered_by
    guess = AnsweredBy((call.amd or "unknown").partition(":")[0])
    if guess is AnsweredBy.UNKNOWN and person_words(turns):
        return AnsweredBy.HUMAN
    return guess


def what_is_known(call: Call, turns: list[Turn], answered_by: AnsweredBy) -> CallEnd:
    """The call as the rules judge it before anybody has read it."""
    talk = None if call.duration_s is None else timedelta(seconds=call.duration_s)
    if talk is None and call.answered_at is not None and call.ended_at is not None:
        talk = call.ended_at - call.answered_at
    return CallEnd(
        status="completed",
        answered_by=answered_by,
        talk=talk,
        person_words=person_words(turns),
        message_left=call.message_left_at is not None,
        broke=call.ended_by in BROKEN,
    )


def _unanswered(ctx: Context, attempt: Reported, report: CallReported) -> Outcome:
    if report.status == "canceled" and attempt.withdrawn and attempt.provider_rank < RINGING:
        # We took it back from the queue and it never rang: that costs no try.
        return Outcome.NOT_PLACED
    if report.status == "failed" and report.error_code:
        return ctx.judge.after_callback(report.error_code, attempt.channel).outcome
    return end_of_call(CallEnd(status=report.status, sip_code=report.sip_code))


async def _tell(
    tx: AsyncConnection, attempt: Reported, outcome: Outcome | None, now: datetime
) -> None:
    event = Event(
        kind=Kind.ATTEMPT_RESULT,
        at=now,
        campaign_id=attempt.campaign_id,
        lead_id=attempt.lead_id,
        contact_id=attempt.contact_id,
        attempt_id=attempt.id,
        data={"outcome": outcome},
    )
    await record(tx, [event])
