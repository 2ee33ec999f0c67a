"""What the provider says about our calls: each status once, in whatever order it comes."""

from datetime import datetime
from typing import Final

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import call_end, spending
from orchestrator.engine.context import Context
from outreach.attempt import NEVER_ASKED, State
from outreach.call_status import FINAL_RANK, call_rank, rises
from outreach.charges import Part
from outreach.events import Kind
from outreach.lead import Work
from outreach.outcome import AnsweredBy, Outcome
from outreach.prices import Used
from outreach.reports import CallReported, MachineReported
from storage import attempts, calls, clock, leads, reported
from storage.attempts import Cause
from storage.calls import Facts
from storage.events import Event, record
from storage.reported import Reported

PATH: Final = (State.STARTED, State.LIVE)
"""The way of a call; who learns of a later state first walks all that lies before it."""
MOMENT: Final = {State.STARTED: "started_at", State.LIVE: "live_at"}
REPORTABLE: Final = frozenset({State.STARTING, State.UNSURE, State.STARTED, State.LIVE})
ANSWERED: Final = frozenset({"in-progress", "completed"})


async def call_reported(ctx: Context, tx: AsyncConnection, report: CallReported) -> bool:
    """Apply a status; False when no such call is known."""
    rank = call_rank(report.status)
    if rank is None:
        return False
    now = await clock.now(tx)
    attempt = await reported.lock(tx, report.attempt_id)
    if attempt is None:
        return await _inbound_reported(tx, report, rank, now)
    if attempt.state in NEVER_ASKED:
        return False
    await _tell(tx, attempt, report, now)
    if report.provider_ref and attempt.provider_ref not in (None, report.provider_ref):
        # The provider took one order twice: the second call is hung up on, not believed.
        return True
    call = await calls.of_attempt(tx, attempt.id, now)
    raises = rises(rank, call_rank(call.status))
    await calls.report(tx, call.id, _facts(report, raises, rank), now)
    await reported.raise_rank(
        tx,
        attempt.id,
        provider_ref=report.provider_ref,
        status=report.status,
        rank=rank,
        error_code=report.error_code,
    )
    if report.answered_by is not None:
        await _keep_amd(tx, attempt, report.answered_by)
    lasted_s = _lasted_s(report, rank)
    if lasted_s is not None:
        await spending.spend(ctx, tx, attempt.id, Part.CARRIER, Used(call_s=lasted_s))
    if attempt.state in REPORTABLE:
        await _advance(ctx, tx, attempt, report, now)
    elif attempt.outcome is Outcome.NOT_PLACED and rank == FINAL_RANK:
        await call_end.placed_after_all(ctx, tx, attempt, report, now)
    return True


def _lasted_s(report: CallReported, rank: int) -> int | None:
    """The seconds that the carrier counts; None where it has not said so."""
    if rank != FINAL_RANK:
        return None
    return report.duration_s if report.status == "completed" else report.duration_s or 0


async def answered(ctx: Context, tx: AsyncConnection, attempt: Reported, now: datetime) -> None:
    """The provider asks what to say: somebody has answered, whatever was reported so far."""
    if attempt.state in REPORTABLE:
        await _walk(ctx, tx, attempt, State.LIVE, now)


async def machine_reported(ctx: Context, tx: AsyncConnection, report: MachineReported) -> bool:
    """Keep the provider's guess at who answered; what our own ears heard wins over it."""
    attempt = await reported.lock(tx, report.attempt_id)
    if attempt is None or attempt.state in NEVER_ASKED:
        return False
    if attempt.provider_ref not in (None, report.provider_ref):
        return True
    now = await clock.now(tx)
    await calls.of_attempt(tx, attempt.id, now)
    await _keep_amd(tx, attempt, report.answered_by, report.word)
    return True


async def _keep_amd(
    tx: AsyncConnection, attempt: Reported, said: AnsweredBy, word: str | None = None
) -> None:
    await calls.set_amd(tx, attempt.id, said, word)
    if attempt.answered_by is None:
        await reported.set_answered_by(tx, attempt.id, said)


async def _advance(
    ctx: Context, tx: AsyncConnection, attempt: Reported, report: CallReported, now: datetime
) -> None:
    rank = call_rank(report.status)
    if report.status in ANSWERED:
        await _walk(ctx, tx, attempt, State.LIVE, now)
    else:
        await _walk(ctx, tx, attempt, State.STARTED, now)
    if rank == FINAL_RANK:
        await call_end.provider_ended(ctx, tx, attempt, report, now)


async def _walk(
    ctx: Context, tx: AsyncConnection, attempt: Reported, to: State, now: datetime
) -> None:
    """Go on to that state through all that lie before it, each with its event."""
    here, lease = attempt.state, ctx.limits.started_lease
    cause = Cause(at=now, actor="provider")
    for state in PATH[: PATH.index(to) + 1]:
        if here in PATH and PATH.index(here) >= PATH.index(state):
            continue
        facts = {MOMENT[state]: now, "lease_until": func.clock_timestamp() + lease}
        await attempts.move(tx, attempt.id, {here}, state, cause, **facts)
        here = state
    await leads.set_work(tx, [attempt.lead_id], Work.IN_FLIGHT, now=now)


async def _inbound_reported(
    tx: AsyncConnection, report: CallReported, rank: int, now: datetime
) -> bool:
    call = await calls.lock(tx, report.attempt_id)
    if call is None:
        return False
    raises = rises(rank, call_rank(call.status))
    await calls.report(tx, call.id, _facts(report, raises, rank), now)
    return True


def _facts(report: CallReported, raises: bool, rank: int) -> Facts:
    return Facts(
        provider_ref=report.provider_ref,
        status=report.status,
        raises=raises,
        rings=report.status == "ringing",
        answered=report.status in ANSWERED,
        ended=rank == FINAL_RANK,
        duration_s=report.duration_s if rank == FINAL_RANK else None,
    )


async def _tell(
    tx: AsyncConnection, attempt: Reported, report: CallReported, now: datetime
) -> None:
    event = Event(
        kind=Kind.CALL_STATUS,
        at=now,
        actor="provider",
        campaign_id=attempt.campaign_id,
        lead_id=attempt.lead_id,
        contact_id=attempt.contact_id,
        attempt_id=attempt.id,
        data={"status": report.status, "sip_code": report.sip_code},
    )
    await record(tx, [event])
