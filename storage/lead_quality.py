"""What the quality of leads is made from, as it stands, and where it is kept with its parts."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.accounts.engagement import Scored, as_scored, engagement
from outreach.accounts.quality import LeadFacts, Quality, Source
from outreach.outcome import UNREACHED, Outcome
from storage.touchpoints import READ, read_raw

FADED_AFTER: Final = timedelta(days=180)
"""What is older weighs less than a thousandth of what it did."""
IN_VAIN: Final = (
    *sorted(UNREACHED - {Outcome.NOT_PLACED}),
    *("voicemail", "voicemail_left", "machine", "screened", "invalid_number", "undelivered"),
)
SAYS_NOTHING: Final = ("not_placed", "delivered", "read")

_FACTS = text("""
SELECT l.id, l.contact_id, l.import_id IS NOT NULL AS is_imported, k.source,
  l.phone IS NOT NULL AS phone, l.email IS NOT NULL AS email, l.whatsapp IS NOT NULL AS whatsapp,
  l.first_name <> '' AS first_name, l.last_name <> '' AS last_name,
  coalesce(l.title, k.title, '') <> '' AS title,
  coalesce(l.company, c.name, '') <> '' AS company,
  coalesce(cardinality(c.domains), 0) > 0 AS domain,
  coalesce(c.profile ? 'industry', false) AS industry,
  coalesce(c.profile ? 'employees', false) AS size,
  l.country IS NOT NULL OR l.stated_zone IS NOT NULL OR coalesce(c.profile ? 'country', false)
    OR coalesce(c.profile ? 'time_zone', false) AS place,
  EXISTS (SELECT FROM contact_points p WHERE p.contact_id = l.contact_id AND p.kind = 'phone'
          AND p.value = l.phone AND p.status = 'invalid') AS phone_is_bad,
  EXISTS (SELECT FROM contact_points p WHERE p.contact_id = l.contact_id AND p.kind = 'email'
          AND p.value = lower(l.email) AND p.status IN ('bounced', 'invalid')) AS email_bounced,
  (SELECT count(*) FROM (
     SELECT bool_or(a.outcome <> ALL(cast(:in_vain AS text[]))) OVER (ORDER BY a.n DESC) AS reached
     FROM attempts a WHERE a.lead_id = l.id AND a.state = 'ended'
       AND a.outcome <> ALL(cast(:says_nothing AS text[]))) AS tried
   WHERE NOT reached) AS unanswered,
  l.status IN ('unsubscribed', 'do_not_contact')
    OR l.work = 'blocked' AND l.work_reason = 'suppressed'
    OR EXISTS (SELECT FROM suppressions s WHERE s.lifted_at IS NULL AND s.campaign_id IS NULL
               AND s.scope = 'all' AND (s.kind = 'phone' AND s.value IN (l.phone, l.whatsapp)
                 OR s.kind = 'email' AND s.value = lower(l.email)
                 OR s.kind = 'company' AND s.value = cast(c.id AS text))) AS is_suppressed
FROM leads l JOIN contacts k ON k.id = l.contact_id LEFT JOIN companies c ON c.id = k.company_id
WHERE l.id = ANY(cast(:ids AS uuid[])) AND l.closed_reason IS DISTINCT FROM 'erased'
""")
_TOUCHPOINTS = text(f"""
SELECT {READ} FROM touchpoints WHERE contact_id = ANY(cast(:contacts AS uuid[]))
  AND score IS NOT NULL AND occurred_at > :since ORDER BY occurred_at, id
""")
_STORE = text("""
INSERT INTO lead_qualities AS q (lead_id, total, parts)
SELECT w.id, w.total, w.parts
FROM ROWS FROM (unnest(cast(:ids AS uuid[]), cast(:totals AS smallint[])),
                jsonb_array_elements(cast(:parts AS jsonb))) AS w(id, total, parts)
JOIN leads l ON l.id = w.id AND l.closed_reason IS DISTINCT FROM 'erased'
ORDER BY w.id
ON CONFLICT (lead_id) DO UPDATE SET total = excluded.total, parts = excluded.parts
WHERE q.parts IS DISTINCT FROM excluded.parts
""")
_OF = text("""
SELECT l.id FROM leads l JOIN contacts k ON k.id = l.contact_id
WHERE k.id = ANY(cast(:contacts AS uuid[])) OR k.company_id = ANY(cast(:companies AS uuid[]))
""")
_ENGAGED = text("""
SELECT DISTINCT l.id FROM leads l
WHERE l.id > :after AND l.contact_id IN (
  SELECT contact_id FROM touchpoints WHERE score IS NOT NULL AND occurred_at > :since)
ORDER BY l.id LIMIT :limit
""")
_PARTS = text("SELECT parts FROM lead_qualities WHERE lead_id = :id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    lead_id: UUID
    facts: LeadFacts


async def facts_of(tx: AsyncConnection, lead_ids: Collection[UUID], now: datetime) -> list[Known]:
    """What is known of these leads, as far as nobody has erased them."""
    values = {"ids": list(lead_ids), "in_vain": list(IN_VAIN), "says_nothing": list(SAYS_NOTHING)}
    rows = (await tx.execute(_FACTS, values)).all()
    did: dict[UUID, list[Scored]] = {row.contact_id: [] for row in rows}
    asked = {"contacts": list(did), "since": now - FADED_AFTER}
    for one in await tx.execute(_TOUCHPOINTS, asked):
        did[one.contact_id].append(as_scored(read_raw(one), one.score))
    return [
        Known(lead_id=row.id, facts=_facts(row, engagement(did[row.contact_id], now)))
        for row in rows
    ]


async def store(tx: AsyncConnection, found: Mapping[UUID, Quality]) -> None:
    """By lead. No lead is held for it: whoever works one never waits for this."""
    if found:
        values = {
            "ids": list(found),
            "totals": [one.total for one in found.values()],
            "parts": json.dumps([one.breakdown() for one in found.values()]),
        }
        await tx.execute(_STORE, values)


async def leads_of(
    tx: AsyncConnection, contact_ids: Collection[UUID], company_ids: Collection[UUID]
) -> list[UUID]:
    """The leads of these people, and of everybody in these companies."""
    if not contact_ids and not company_ids:
        return []
    values = {"contacts": list(contact_ids), "companies": list(company_ids)}
    return list((await tx.execute(_OF, values)).scalars())


async def list_engaged(tx: AsyncConnection, now: datetime, after: UUID, limit: int) -> list[UUID]:
    """Leads whose quality time alone changes, in the order of ids."""
    values = {"since": now - FADED_AFTER, "after": after, "limit": limit}
    return list((await tx.execute(_ENGAGED, values)).scalars())


async def parts_of(tx: AsyncConnection, lead_id: UUID) -> dict[str, int | None] | None:
    """The breakdown, as it was computed last; None: nobody has computed it yet."""
    return (await tx.execute(_PARTS, {"id": lead_id})).scalar_one_or_none()


def _facts(row: Row[Any], engaged_by: float) -> LeadFacts:
    names = LeadFacts.__dataclass_fields__.keys() - {"source", "engagement"}
    return LeadFacts(
        source=_source(row.source, is_imported=row.is_imported),
        engagement=engaged_by,
        **{name: getattr(row, name) for name in names},
    )


def _source(said: str, *, is_imported: bool) -> Source:
    if said in set(Source):
        return Source(said)
    if is_imported:
        return Source.CSV
    # Who came to us by themselves is as good as one who filled in a form.
    return Source.INBOUND_FORM if said in ("call", "whatsapp", "inbound") else Source.MANUAL
