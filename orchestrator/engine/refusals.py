"""The provider will not do it: whose fault is that, and what follows?"""

from datetime import datetime
from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.base import Refused
from orchestrator.engine.aftermath import Aftermath
from orchestrator.engine.context import Context
from outreach.attempt import State
from outreach.lead import Work
from outreach.outcome import Outcome
from outreach.reason import Reason
from storage import attempts, campaigns, clock, dispatching, leads, lines, senders
from storage.attempts import Cause
from storage.campaigns import StatusChange
from storage.database import transaction
from storage.gating import Claimed
from storage.senders import Rest


async def refused(ctx: Context, after: Aftermath, attempt: Claimed, refusal: Refused) -> None:
    """Store a refusal with all that follows from it, in one transaction.

    A lead's own fault ends the attempt and lets the rules decide. A sender's or a campaign's
    costs the lead nothing: its attempt is planned again, and the culprit is taken out of use.
    """
    async with transaction(ctx.database) as tx:
        match refusal.scope:
            case "campaign":
                await _pause(tx, attempt, refusal)
                await _plan_again(ctx, tx, attempt, refusal)
            case "sender":
                now = await clock.now(tx)
                if attempt.sender_id is not None:
                    rest = Rest(reason=refusal.reason, until=now + ctx.limits.sender_rest)
                    await senders.park(tx, attempt.sender_id, rest, now)
                await _plan_again(ctx, tx, attempt, refusal)
            case "lead":
                await _end(ctx, tx, after, attempt, refusal)
            case _:
                assert_never(refusal.scope)


async def _pause(tx: AsyncConnection, attempt: Claimed, refusal: Refused) -> None:
    campaign = await campaigns.lock(tx, attempt.campaign_id)
    if campaign is not None and campaign.status == "running":
        change = StatusChange(
            campaign_id=campaign.id,
            before=campaign.status,
            status="paused",
            reason=refusal.reason,
        )
        await campaigns.set_status(tx, change, await clock.now(tx))


async def _end(
    ctx: Context, tx: AsyncConnection, after: Aftermath, attempt: Claimed, refusal: Refused
) -> None:
    await leads.lock(tx, [attempt.lead_id])
    now = await clock.now(tx)
    invalid = refusal.reason == Reason.INVALID_NUMBER
    outcome = Outcome.INVALID_NUMBER if invalid else Outcome.FAILED
    moved = await attempts.move(
        tx,
        attempt.id,
        {State.STARTING},
        State.ENDED,
        cause=_cause(now, refusal, outcome=outcome.value),
        outcome=outcome.value,
        outcome_by="provider",
        error_code=refusal.error_code,
        ended_at=now,
        lease_until=None,
        undecided=True,
    )
    if moved is None:
        return
    await dispatching.fail_message(tx, attempt.id, refusal.error_code)
    if refusal.suppress:
        await after.suppress(ctx, tx, attempt.id, refusal.reason)
    await after.follow_up(ctx, tx, attempt.id)


async def _plan_again(
    ctx: Context, tx: AsyncConnection, attempt: Claimed, refusal: Refused
) -> None:
    await leads.lock(tx, [attempt.lead_id])
    now = await clock.now(tx)
    change = dispatching.NotStarted(
        id=attempt.id,
        lead_id=attempt.lead_id,
        reason=refusal.reason,
        retry_after=ctx.limits.line_busy_wait,
    )
    planned = await dispatching.not_started(tx, [change], now)
    if planned:
        await leads.set_work(tx, [attempt.lead_id], Work.PLANNED)
        await lines.release(tx, planned)


def _cause(now: datetime, refusal: Refused, **data: object) -> Cause:
    said = {"reason": refusal.reason, "error_code": refusal.error_code, **data}
    return Cause(at=now, actor="provider", data={k: v for k, v in said.items() if v is not None})
