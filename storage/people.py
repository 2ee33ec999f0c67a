"""Who is who: contacts, the numbers and addresses that are theirs alone, what they allowed.

A number belongs to one contact: (value, kind) is unique, and the first who brought it keeps it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.lifting import Lifter, lifts
from storage import leads
from storage.import_stage import Into

_CONTACTS = text("""
INSERT INTO contacts (id, first_name, last_name, title, language, time_zone, country, source,
                      created_at)
SELECT contact_id, coalesce(first_name, ''), coalesce(last_name, ''), title, language, stated_zone,
       country, 'import', :now
FROM import_rows WHERE duplicate IS NULL AND is_new
""")

# Who is new brings numbers that nobody has: `resolve` asked. A subquery of one value is never
# turned into a hash over all points. Who writes the same at this moment makes the chunk run again.
_POINTS = text("""
INSERT INTO contact_points (contact_id, kind, value, zones, created_at)
SELECT DISTINCT ON (p.kind, p.value) r.contact_id, p.kind, p.value, coalesce(p.zones, '{}'), :now
FROM import_rows r CROSS JOIN LATERAL (
  VALUES ('phone', r.phone, r.phone_zones), ('whatsapp', r.whatsapp, r.whatsapp_zones),
         ('email', r.email, NULL)) AS p(kind, value, zones)
WHERE r.duplicate IS NULL AND p.value IS NOT NULL AND (
  (r.is_new AND p.kind <> 'email')
  OR (SELECT true FROM contact_points k WHERE k.kind = p.kind AND k.value = p.value) IS NULL)
ORDER BY p.kind, p.value, r.row_number
""")

_CONSENTS = text("""
INSERT INTO consents (id, contact_id, state, purpose, channel, basis, proof, source, given_at,
                      recorded_at, recorded_by, import_id)
SELECT consent_id, contact_id, 'granted', :purpose, 'any', basis, proof, coalesce(source, 'import'),
       given_at, :now, :actor, :import
FROM import_rows WHERE duplicate IS NULL AND consents
""")


async def add_staged(tx: AsyncConnection, into: Into) -> None:
    """The people of a resolved chunk: new contacts, every new number, the consent they gave."""
    await tx.execute(_CONTACTS, {"now": into.now})
    await tx.execute(_POINTS, {"now": into.now})
    values = {
        "purpose": into.purpose,
        "actor": into.actor,
        "import": into.import_id,
        "now": into.now,
    }
    await tx.execute(_CONSENTS, values)
    await _look_again(tx, into.now)


# Who gives a consent by this list may have been kept waiting for one by another.
_WAITED = text("""
SELECT l.id FROM import_rows r CROSS JOIN LATERAL (
  SELECT id FROM leads WHERE leads.contact_id = r.contact_id AND work = 'blocked'
    AND work_reason = ANY(cast(:reasons AS text[]))) AS l
WHERE NOT r.is_new AND r.duplicate IS NULL AND r.consents
""")
_RECHECK = text("""
UPDATE leads SET recheck_at = :now WHERE id = ANY(cast(:ids AS uuid[])) AND work = 'blocked'
""")


async def _look_again(tx: AsyncConnection, now: datetime) -> None:
    reasons = [reason.value for reason in lifts(Lifter.CONSENT_GIVEN)]
    waited = list((await tx.execute(_WAITED, {"reasons": reasons})).scalars())
    if waited:
        await leads.lock(tx, waited)
        await tx.execute(_RECHECK, {"ids": waited, "now": now})


_FIND = text("""
SELECT contact_id FROM contact_points WHERE value = :value
ORDER BY kind LIMIT 1
""")


async def find_contact(tx: AsyncConnection, value: str) -> UUID | None:
    """Whose number or address (lower case) this is."""
    found: UUID | None = (await tx.execute(_FIND, {"value": value})).scalar_one_or_none()
    return found


_EXISTS = text("SELECT EXISTS (SELECT FROM contacts WHERE id = :id)")


async def exists(tx: AsyncConnection, contact_id: UUID) -> bool:
    """Whether this person is known."""
    return bool((await tx.execute(_EXISTS, {"id": contact_id})).scalar_one())
