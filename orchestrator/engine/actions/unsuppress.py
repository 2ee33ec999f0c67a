"""Somebody may be contacted again: a suppression is lifted by an operator, never by a machine."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import lifting
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.errors import Rejected
from outreach.events import Kind
from outreach.lead import Status, status_of
from outreach.lifting import Lifter
from outreach.outcome import Outcome
from storage import clock, leads, suppressions, worked_leads
from storage.events import Event, record

CLOSED: Final = frozenset({Status.UNSUBSCRIBED, Status.DO_NOT_CONTACT})


async def unsuppress_point(
    ctx: Context, tx: AsyncConnection, kind: str, value: str, actor: Actor
) -> bool:
    """Lift what holds for this phone or address and its person; False when nothing does.

    The leads stand again where their attempts had brought them, and are looked at again. A
    withdrawn consent stays withdrawn: without a new one the gate says no. Raises Rejected where
    the person opted out themselves and has given no consent since.
    """
    require(actor, Role.OPERATOR)
    owners = await suppressions.owners_of(tx, kind, value)
    held = await worked_leads.leads_of_contacts(tx, owners)
    await leads.lock(tx, held)
    points = sorted({(kind, value), *await suppressions.points_of(tx, owners)})
    active = await suppressions.list_active(tx, points)
    for one in active:
        if one.reason == Outcome.OPTED_OUT:
            await _refuse_without_consent(tx, owners, one.created_at)
    now = await clock.now(tx)
    await suppressions.lift(tx, [one.id for one in active], by=actor.name, now=now)
    if not active:
        return False
    reasons = {one.reason for one in active}
    await _stand_again(tx, held, actor)
    await lifting.lift_people(tx, Lifter.SUPPRESSION_LIFTED, owners, also=reasons)
    contacts: list[UUID | None] = list(owners) or [None]
    await record(tx, [_event(contact, sorted(reasons), actor, now) for contact in contacts])
    return True


async def _refuse_without_consent(tx: AsyncConnection, owners: list[UUID], since: datetime) -> None:
    if not await suppressions.consented_since(tx, owners, since):
        raise Rejected(
            "opted_out",
            "This person asked not to be contacted and has given no consent since.",
            "Import their new consent with its proof first: `outreach leads import --consent`.",
        )


async def _stand_again(tx: AsyncConnection, lead_ids: list[UUID], actor: Actor) -> None:
    """What the suppression had made of the leads is undone; their attempts say where they stand."""
    for id in lead_ids:
        lead = await worked_leads.get(tx, id)
        if lead.status not in CLOSED:
            continue
        history = await worked_leads.history_of(tx, id)
        told = [one.outcome for one in history if one.outcome is not Outcome.OPTED_OUT]
        await leads.set_status(tx, [id], status_of(told), actor=actor.name, by_person=True)


def _event(contact: UUID | None, reasons: list[str], actor: Actor, now: datetime) -> Event:
    return Event(
        kind=Kind.UNSUPPRESSED,
        at=now,
        actor=actor.name,
        contact_id=contact,
        data={"reasons": reasons},
    )
