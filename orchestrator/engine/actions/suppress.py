"""Never again: a person is put on the suppression list, and everything for them is taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.channel import ChannelName
from outreach.events import Kind
from outreach.lead import Status, Work
from outreach.outcome import Outcome
from outreach.reason import Reason
from storage import (
    attempts,
    consents,
    conversations,
    decisions,
    leads,
    messages,
    suppressions,
    worked_leads,
)
from storage.consents import Consent
from storage.events import Event, record
from storage.suppressions import Suppression
from storage.worked_leads import Open

EVERYWHERE = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where it was said, why, by whom, and how far it goes."""

    source: str
    """call:ID | message:ID | attempt:ID | a file's name | cli"""
    reason: str
    """A code, such as opted_out."""
    by: Actor
    scope: str = EVERYWHERE
    """`all`, or a channel's name."""
    attempt_id: UUID | None = None
    """The attempt in which the person said it; its outcome is then known."""


async def suppress_contacts(
    ctx: Context, tx: AsyncConnection, contact_ids: list[UUID], reach: Reach, now: datetime
) -> bool:
    """Suppress every number and address of these people; False when all of it held already.

    In the same transaction what is planned, composed or due for them in any campaign is taken
    back. Doing it again changes nothing.
    """
    require(reach.by, Role.REP)
    held = await worked_leads.leads_of_contacts(tx, contact_ids)
    await leads.lock(tx, held)
    points = await suppressions.points_of(tx, contact_ids)
    added = [await _add(ctx, tx, kind, value, reach, now) for kind, value in points]
    if any(added):
        await _tell(tx, contact_ids, reach, now)
    if any(added) and reach.scope == EVERYWHERE:
        await _withdraw_consent(ctx, tx, contact_ids, reach, now)
    if reach.attempt_id is not None:
        await decisions.foresee(tx, reach.attempt_id, Outcome.OPTED_OUT, by=reach.by.name)
    await _take_back(tx, contact_ids, held, reach, now)
    return any(added)


async def suppress_point(
    ctx: Context, tx: AsyncConnection, kind: str, value: str, reach: Reach, now: datetime
) -> bool:
    """Suppress one phone (E.164) or address (lower case), and whoever is reached by it."""
    require(reach.by, Role.OPERATOR)
    owners = await suppressions.owners_of(tx, kind, value)
    # The person first: what was on the list before them would look as if all held already.
    known = bool(owners) and await suppress_contacts(ctx, tx, owners, reach, now)
    added = await _add(ctx, tx, kind, value, reach, now)
    if added and not known:
        await _tell(tx, owners or [None], reach, now)
    return added or known


async def cancel_for(
    tx: AsyncConnection, contact_ids: list[UUID], by: str, reason: str, now: datetime
) -> None:
    """Take back what is planned, composed or due for these people, in every campaign."""
    planned = await worked_leads.planned_of_contacts(tx, contact_ids)
    await _cancel(tx, planned, by, reason, now)
    await silence(tx, contact_ids, by, reason, now)
    await _end_work(tx, {one.lead_id for one in planned}, reason)


async def _take_back(
    tx: AsyncConnection, contact_ids: list[UUID], held: list[UUID], reach: Reach, now: datetime
) -> None:
    planned = await worked_leads.planned_of_contacts(tx, contact_ids)
    if reach.scope != EVERYWHERE:
        planned = [one for one in planned if one.channel == reach.scope]
        await _cancel(tx, planned, reach.by.name, reach.reason, now)
        if reach.scope == ChannelName.WHATSAPP:
            await silence(tx, contact_ids, reach.by.name, reach.reason, now)
        of = await worked_leads.not_in_flight(tx, [one.lead_id for one in planned])
        await leads.set_work(tx, of, Work.BLOCKED, Reason.SUPPRESSED)
        return
    await _cancel(tx, planned, reach.by.name, reach.reason, now)
    await silence(tx, contact_ids, reach.by.name, reach.reason, now)
    opted_out = reach.by.name in ("person", "agent") or reach.reason == Outcome.OPTED_OUT
    status = Status.UNSUBSCRIBED if opted_out else Status.DO_NOT_CONTACT
    await leads.set_status(tx, held, status, actor=reach.by.name)
    await _end_work(tx, set(held), reach.reason)


async def _cancel(
    tx: AsyncConnection, planned: list[Open], by: str, reason: str, now: datetime
) -> None:
    await attempts.cancel(tx, [one.id for one in planned], by=by, reason=reason, now=now)


async def silence(
    tx: AsyncConnection, contact_ids: list[UUID], by: str, reason: str, now: datetime
) -> None:
    """Say nothing more in any conversation with these people that is not on its way already."""
    await conversations.fall_silent(tx, contact_ids)
    cancelled = await messages.cancel_composed(tx, contact_ids=contact_ids, all_authors=True)
    await record(
        tx,
        [
            Event(
                kind=Kind.MESSAGE_CANCELLED,
                at=now,
                actor=by,
                lead_id=one.lead_id,
                contact_id=one.contact_id,
                data={"message_id": str(one.id), "reason": reason},
            )
            for one in cancelled
        ],
    )


async def _end_work(tx: AsyncConnection, lead_ids: set[UUID], reason: str) -> None:
    """What is under way ends by itself and finds nothing to follow."""
    resting = await worked_leads.not_in_flight(tx, list(lead_ids))
    await leads.set_work(tx, resting, Work.ENDED, reason)


async def _add(
    ctx: Context, tx: AsyncConnection, kind: str, value: str, reach: Reach, now: datetime
) -> bool:
    return await suppressions.add(
        tx,
        Suppression(
            id=ctx.new_id(now),
            kind=kind,
            value=value,
            scope=reach.scope,
            reason=reach.reason,
            source=reach.source,
            created_at=now,
            created_by=reach.by.name,
        ),
    )


async def _tell(
    tx: AsyncConnection, contact_ids: Sequence[UUID | None], reach: Reach, now: datetime
) -> None:
    data = {"reason": reach.reason, "scope": reach.scope, "source": reach.source}
    await record(
        tx,
        [
            Event(
                kind=Kind.SUPPRESSED,
                at=now,
                actor=reach.by.name,
                contact_id=contact_id,
                attempt_id=reach.attempt_id,
                data=data,
            )
            for contact_id in contact_ids
        ],
    )


async def _withdraw_consent(
    ctx: Context, tx: AsyncConnection, contact_ids: list[UUID], reach: Reach, now: datetime
) -> None:
    for contact_id in contact_ids:
        await consents.add(
            tx,
            Consent(
                id=ctx.new_id(now),
                contact_id=contact_id,
                state="revoked",
                purpose="any",
                channel="any",
                basis=reach.reason,
                source=reach.source,
                recorded_at=now,
                recorded_by=reach.by.name,
            ),
        )
    await record(
        tx,
        [
            Event(
                kind=Kind.CONSENT_REVOKED,
                at=now,
                actor=reach.by.name,
                contact_id=contact_id,
                data={"source": reach.source},
            )
            for contact_id in contact_ids
        ],
    )
