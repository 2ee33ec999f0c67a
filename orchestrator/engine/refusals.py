"""The provider will not do it: whose fault is that, and what follows?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, assert_never

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.base import Refused
from orchestrator.engine.aftermath import Aftermath
from orchestrator.engine.context import Context
from outreach.attempt import State
from outreach.lead import Work
from outreach.outcome import Outcome
from outreach.reason import Reason
from storage import attempts, campaigns, clock, dispatching, leads, lines, senders, worked_leads
from storage.attempts import Cause
from storage.campaigns import StatusChange
from storage.database import transaction
from storage.gating import Claimed
from storage.senders import Rest

log = structlog.get_logger(__name__)

FIXES: Final[Mapping[str, str]] = {
    "credentials_refused": "correct twilio.account_sid and twilio.auth_token, then start again",
}
"""What mends it, where the reason alone says so."""


async def refused(ctx: Context, after: Aftermath, attempt: Claimed, refusal: Refused) -> None:
    """Store a refusal with all that follows from it, in one transaction.

    A lead's own fault ends the attempt and lets the rules decide. A sender's or a campaign's
    costs the lead nothing: its attempt is planned again, and the culprit is taken out of use.
    """
    parked = paused = False
    async with transaction(ctx.database) as tx:
        match refusal.scope:
            case "campaign":
                paused = await _pause(tx, attempt, refusal)
                await _plan_again(ctx, tx, attempt, refusal)
            case "sender":
                now = await clock.now(tx)
                if attempt.sender_id is not None:
                    rest = Rest(reason=refusal.reason, until=now + ctx.limits.sender_rest)
                    parked = await senders.park(tx, attempt.sender_id, rest, now)
                await _plan_again(ctx, tx, attempt, refusal)
            case "lead":
                await _end(ctx, tx, after, attempt, refusal)
            case _:
                assert_never(refusal.scope)
    # Of many orders that are refused at once only the first changes anything, and is told.
    if parked:
        log.error(
            "the provider refuses a number of ours: it is parked",
            sender_id=str(attempt.sender_id),
            reason=refusal.reason,
            error_code=refusal.error_code,
            fix=FIXES.get(refusal.reason, "run `outreach doctor`"),
        )
    if paused:
        log.error(
            "the provider refuses what a campaign orders: it is paused",
            campaign_id=str(attempt.campaign_id),
            reason=refusal.reason,
            error_code=refusal.error_code,
            fix="correct the campaign, then `outreach campaign resume`",
        )


async def _pause(tx: AsyncConnection, attempt: Claimed, refusal: Refused) -> bool:
    """False where it was not running any more."""
    campaign = await campaigns.lock(tx, attempt.campaign_id)
    if campaign is None or campaign.status != "running":
        return False
    change = StatusChange(
        campaign_id=campaign.id,
        before=campaign.status,
        status="paused",
        reason=refusal.reason,
    )
    await campaigns.set_status(tx, change, await clock.now(tx))
    return True


async def _end(
    ctx: Context, tx: AsyncConnection, after: Aftermath, attempt: Claimed, refusal: Refused
) -> None:
    await worked_leads.lock(tx, attempt.lead_id)
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
        await leads.set_work(tx, [attempt.lead_id], Work.PLANNED, now=now)
        await lines.release(tx, planned)


def _cause(now: datetime, refusal: Refused, **data: object) -> Cause:
    said = {"reason": refusal.reason, "error_code": refusal.error_code, **data}
    return Cause(at=now, actor="provider", data={k: v for k, v in said.items() if v is not None})
