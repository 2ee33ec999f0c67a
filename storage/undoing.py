"""Takes an import back: who came by it alone is gone, as if the list had never been read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.events import Kind
from storage.events import Event, record

UNTOUCHED: Final = (
    Kind.ATTEMPT_PLANNED,
    Kind.ATTEMPT_MOVED,
    Kind.ATTEMPT_CLAIMED,
    Kind.ATTEMPT_REFUSED,
    Kind.LEAD_BLOCKED,
    Kind.LEAD_UNBLOCKED,
    Kind.STEP_SKIPPED,
)
"""What the engine does by itself with leads that nobody has reached or worked on."""

# It may be many rows, and all of them go at once or none.
_PATIENCE: Final = "SET LOCAL statement_timeout = '5min'"

_LOCK = text("SELECT id FROM leads WHERE import_id = :id ORDER BY id FOR UPDATE")

# A key with a cascade would take what people wrote with the lead: whoever has such a row is
# touched, whether or not an event says so.
_TOUCHED = text("""
SELECT count(*) FROM leads l WHERE l.import_id = :id AND (
  EXISTS (SELECT FROM attempts a WHERE a.lead_id = l.id
          AND (a.state NOT IN ('planned', 'cancelled') OR a.starting_at IS NOT NULL))
  OR EXISTS (SELECT FROM events e WHERE e.lead_id = l.id
             AND (NOT e.kind = ANY(cast(:untouched AS text[]))
                  OR e.actor NOT IN ('engine', 'gate')))
  OR EXISTS (SELECT FROM notes n WHERE n.lead_id = l.id)
  OR EXISTS (SELECT FROM tasks t WHERE t.lead_id = l.id)
  OR EXISTS (SELECT FROM touchpoints t WHERE t.lead_id = l.id)
  OR EXISTS (SELECT FROM conversations c WHERE c.lead_id = l.id)
  OR EXISTS (SELECT FROM calls c WHERE c.lead_id = l.id)
  OR EXISTS (SELECT FROM meetings m WHERE m.lead_id = l.id)
  OR l.closed_reason IS NOT NULL)
""")

_STATEMENTS: Final = (
    # Whom the list brought: contact and lead were written in one transaction, at one moment.
    """CREATE TEMP TABLE undone ON COMMIT DROP AS
       SELECT l.id AS lead_id, l.contact_id, l.created_at FROM leads l WHERE l.import_id = :id""",
    """DELETE FROM attempts USING undone u WHERE attempts.lead_id = u.lead_id""",
    """DELETE FROM leads WHERE import_id = :id""",
    """DELETE FROM consents USING undone u
       WHERE consents.contact_id = u.contact_id AND consents.import_id = :id""",
    # A number that the list added to somebody known goes too, unless another lead is reached by it.
    """DELETE FROM contact_points p USING undone u
       WHERE p.contact_id = u.contact_id AND p.created_at = u.created_at
         AND NOT EXISTS (SELECT FROM leads l WHERE l.contact_id = p.contact_id
                         AND p.value = CASE p.kind WHEN 'phone' THEN l.phone
                           WHEN 'whatsapp' THEN l.whatsapp ELSE l.email END)""",
)
# Somebody whom another list, a call, a message or a colleague knows by now stays.
_CONTACTS = text("""
DELETE FROM contacts k USING undone u
WHERE k.id = u.contact_id AND k.source = 'import' AND k.created_at = u.created_at
  AND NOT EXISTS (SELECT FROM leads l WHERE l.contact_id = k.id)
  AND NOT EXISTS (SELECT FROM consents c WHERE c.contact_id = k.id)
  AND NOT EXISTS (SELECT FROM contact_points p WHERE p.contact_id = k.id)
  AND NOT EXISTS (SELECT FROM conversations c WHERE c.contact_id = k.id)
  AND NOT EXISTS (SELECT FROM calls c WHERE c.contact_id = k.id)
  AND NOT EXISTS (SELECT FROM notes n WHERE n.contact_id = k.id)
  AND NOT EXISTS (SELECT FROM tasks t WHERE t.contact_id = k.id)
  AND NOT EXISTS (SELECT FROM touchpoints t WHERE t.contact_id = k.id)
  AND NOT EXISTS (SELECT FROM meetings m WHERE m.contact_id = k.id)
""")
_END = text("""
UPDATE imports SET status = 'undone', ended_at = :now
WHERE id = :id AND status IN ('done', 'failed') RETURNING campaign_id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    leads: int
    contacts: int
    consents: int


async def lock(tx: AsyncConnection, import_id: UUID) -> int:
    """Hold the import's leads; the caller holds their campaign. Returns how many."""
    await tx.exec_driver_sql(_PATIENCE)
    return len((await tx.execute(_LOCK, {"id": import_id})).all())


async def touched(tx: AsyncConnection, import_id: UUID) -> int:
    """How many of its leads somebody reached, or worked on, or heard from."""
    values = {"id": import_id, "untouched": [kind.value for kind in UNTOUCHED]}
    return int((await tx.execute(_TOUCHED, values)).scalar_one())


async def undo(tx: AsyncConnection, import_id: UUID, by: str, now: datetime) -> Undone:
    """Take it all back and say so, once. The caller holds the leads, and nobody touched them."""
    counts = [
        (await tx.execute(text(statement), {"id": import_id})).rowcount for statement in _STATEMENTS
    ]
    contacts = (await tx.execute(_CONTACTS)).rowcount
    row = (await tx.execute(_END, {"id": import_id, "now": now})).one()
    done = Undone(leads=counts[2], contacts=contacts, consents=counts[3])
    data = {"import": str(import_id), "leads": done.leads, "contacts": done.contacts}
    event = Event(kind=Kind.IMPORT_UNDONE, at=now, actor=by, campaign_id=row.campaign_id, data=data)
    await record(tx, [event])
    return done
