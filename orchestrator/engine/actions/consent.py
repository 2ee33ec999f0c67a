"""What somebody allows or takes back, with where that was said."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.events import Kind
from storage import clock, consents, leads, worked_leads
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
    held = await worked_leads.leads_of_contacts(tx, [contact_id])
    await leads.lock(tx, held)
    await worked_leads.recheck(tx, held, ("no_consent", "consent_revoked"), await clock.now(tx))


async def revoke_consent(
    ctx: Context, tx: AsyncConnection, contact_id: UUID, withdrawn: Allowance, actor: Actor
) -> None:
    """Record a withdrawal beside what was allowed before; the gate sees the newest."""
    require(actor, Role.REP)
    await _add(ctx, tx, contact_id, "revoked", withdrawn, actor)


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
