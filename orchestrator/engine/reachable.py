"""Whether a lead may be contacted just now, until when, or from when on: for a person who asks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.persons import consent_lacks, read_persons, rules_of
from outreach.next_attempt import Asked, Nowhere, place
from outreach.reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachableNow:
    channel: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachableLater:
    channel: str
    opens_at: datetime
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    reason: Reason
    detail: str = ""
    """What the words of the reason cannot say, such as the rule that asks for more."""


Reachable = ReachableNow | ReachableLater | Unreachable


async def reachable(
    ctx: Context, tx: AsyncConnection, lead_id: UUID, campaign_id: UUID, now: datetime
) -> Reachable:
    """By the person's hours, caps, consent and numbers; what the gate asks besides may say no."""
    rules = await rules_of(ctx, tx, campaign_id)
    assert rules is not None, "a lead is of a campaign"
    ((lead, person),) = await read_persons(tx, [lead_id], rules, now)
    last = lead.planned or lead.taken_back
    asked = Asked(
        wanted_at=now,
        channel=last.channel if last else None,
        exempt_from_caps=last.exempt_from_caps if last else False,
    )
    found = place(person, rules.terms(now), asked)
    if isinstance(found, Nowhere):
        reason = found.blocked.reason
        lacks = consent_lacks(lead, person, rules) if reason is Reason.NO_CONSENT else ()
        return Unreachable(reason=reason, detail="; ".join(lacks))
    channel, planned = found.step.channel.value, found.planned
    if planned.due_at <= now:
        return ReachableNow(channel=channel, until=planned.window_end_at)
    return ReachableLater(channel=channel, opens_at=planned.due_at, reason=planned.moved_by)
