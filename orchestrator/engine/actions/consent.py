"""What somebody allows or takes back, with where that was said."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import lifting
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.actions.suppress import silence
from orchestrator.engine.context import Context
from orchestrator.engine.worked import worked_by
from outreach.channel import ChannelName
from outreach.events import Kind
from outreach.law.consent import on_record
from outreach.lead import Work
from outreach.lifting import Lifter
from outreach.reason import Reason
from storage import attempts, clock, consents, gating, leads, worked_leads
from storage.consents import Consent
from storage.events import Event, record

ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is allowed, and how that is known."""

    basis: str
    source: str
    purpose: str = ANY
    channel: str = ANY
    wording: str | None = None
    proof: str | None = None
    given_at: datetime | None = None


async def grant_consent(
    ctx: Context, tx: AsyncConnection, contact_id: UUID, allowed: Allowance, actor: Actor
) -> None:
    """Record a consent; leads that were blocked for want of one are looked at again at once."""
    require(actor, Role.OPERATOR)
    await _add(ctx, tx, contact_id, "granted", allowed, actor)
    await lifting.lift_people(tx, Lifter.CONSENT_GIVEN, [contact_id])


async def revoke_consent(
    ctx: Context, tx: AsyncConnection, contact_id: UUID, withdrawn: Allowance, actor: Actor
) -> None:
    """Record a withdrawal, and take back all that it forbids, in this transaction.

    Planned attempts that the gate would refuse now are cancelled and their leads blocked until a
    consent is given. What we were about to say in a conversation is not said; what the person
    asks of us later is answered all the same.
    """
    require(actor, Role.REP)
    held = await worked_leads.leads_of_contacts(tx, [contact_id])
    await leads.lock(tx, held)
    await _add(ctx, tx, contact_id, "revoked", withdrawn, actor)
    now = await clock.now(tx)
    await _take_back_plans(ctx, tx, contact_id, actor, now)
    if withdrawn.channel in (ANY, ChannelName.WHATSAPP):
        await silence(tx, [contact_id], actor.name, Reason.CONSENT_REVOKED, now)
    if withdrawn.channel == ANY and withdrawn.purpose == ANY:
        await _block_waiting(tx, held)


async def _take_back_plans(
    ctx: Context, tx: AsyncConnection, contact_id: UUID, actor: Actor, now: datetime
) -> None:
    """Cancel what is planned and not allowed any longer, by the same question the gate asks."""
    planned = await worked_leads.planned_of_contacts(tx, [contact_id])
    purposes = {
        one.id: str((await worked_by(ctx, tx, one.campaign_id)).campaign.purpose) for one in planned
    }
    persons = await gating.persons(tx, purposes)
    forbidden = [one for one in planned if on_record(persons[one.id].words).revoked]
    cancelled = await attempts.cancel(
        tx,
        [one.id for one in forbidden],
        by=actor.name,
        reason=Reason.CONSENT_REVOKED,
        now=now,
    )
    of = {one.lead_id for one in forbidden if one.id in cancelled}
    resting = await worked_leads.not_in_flight(tx, list(of))
    await leads.set_work(tx, resting, Work.BLOCKED, Reason.CONSENT_REVOKED)


async def _block_waiting(tx: AsyncConnection, lead_ids: list[UUID]) -> None:
    """Whose answer was waited for is not asked again by the rules."""
    resting = await worked_leads.not_in_flight(tx, lead_ids)
    found = [await worked_leads.get(tx, id) for id in resting]
    waiting = [one.id for one in found if one.work is Work.WAITING]
    await leads.set_work(tx, waiting, Work.BLOCKED, Reason.CONSENT_REVOKED)


async def _add(
    ctx: Context,
    tx: AsyncConnection,
    contact_id: UUID,
    state: str,
    said: Allowance,
    actor: Actor,
) -> None:
    now = await clock.now(tx)
    consent = Consent(
        id=ctx.new_id(now),
        contact_id=contact_id,
        state=state,
        purpose=said.purpose,
        channel=said.channel,
        basis=said.basis,
        source=said.source,
        recorded_at=now,
        recorded_by=actor.name,
        wording=said.wording,
        proof=said.proof,
        given_at=said.given_at,
    )
    await consents.add(tx, consent)
    granted = state == "granted"
    event = Event(
        kind=Kind.CONSENT_RECORDED if granted else Kind.CONSENT_REVOKED,
        at=now,
        actor=actor.name,
        contact_id=contact_id,
        data={"source": said.source, "purpose": said.purpose, "channel": said.channel},
    )
    await record(tx, [event])
