"""Writes a note about a lead."""

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.known_lead import hold_lead
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.errors import Rejected
from outreach.events import Kind
from storage import clock, notes
from storage.events import Event, record
from storage.notes import Note

LONGEST: Final = 5_000


async def add_note(
    ctx: Context, tx: AsyncConnection, lead_id: UUID, body: str, actor: Actor
) -> Note:
    """Raises Rejected for an unknown lead, an empty note or an endless one."""
    require(actor, Role.REP)
    body = body.strip()
    if not body or len(body) > LONGEST:
        raise Rejected(
            code="bad_note",
            message=f"A note has 1 to {LONGEST} characters.",
            fix="Write something shorter." if body else "Write something.",
            where="note",
        )
    lead = await hold_lead(tx, lead_id)
    now = await clock.now(tx)
    note = Note(id=ctx.new_id(now), author=actor.name, body=body, pinned=False, created_at=now)
    await notes.add(tx, lead_id, note)
    told = Event(
        kind=Kind.NOTE_ADDED,
        at=now,
        actor=actor.name,
        campaign_id=lead.campaign_id,
        lead_id=lead_id,
        contact_id=lead.contact_id,
        data={"note": str(note.id)},
    )
    await record(tx, [told])
    return note
