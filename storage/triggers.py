"""Triggers that went off: each cause once, and what came of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.accounts.trigger import Candidate, Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    id: UUID
    trigger: str
    version: int
    company_id: UUID
    company: str
    """Its name."""
    cause: str
    touchpoint_id: UUID | None
    tries: int


_FIRE = text("""
INSERT INTO trigger_firings (id, trigger, version, company_id, cause, cause_ref, touchpoint_id,
                             state, fired_at)
SELECT :id, :trigger, :version, :company, :cause, :ref, :touchpoint, 'due', :now
WHERE NOT EXISTS (
  SELECT FROM trigger_firings WHERE company_id = :company AND trigger = :trigger
    AND fired_at > cast(:now AS timestamptz) - cast(:cooldown AS interval))
ON CONFLICT (company_id, trigger, cause_ref) DO NOTHING
RETURNING id
""")
_RESTS = text("""
SELECT EXISTS (SELECT FROM trigger_firings WHERE company_id = :company AND trigger = :trigger
  AND (cause_ref = :ref
       OR fired_at > cast(:now AS timestamptz) - cast(:cooldown AS interval)))
""")
_DUE = text("""
SELECT f.id, f.trigger, f.version, f.company_id, c.name AS company, f.cause, f.touchpoint_id,
       f.tries
FROM trigger_firings f JOIN companies c ON c.id = f.company_id
WHERE f.state = 'due' AND f.id > :after ORDER BY f.id LIMIT :limit
""")
_END = text("""
UPDATE trigger_firings SET state = :state, result = cast(:result AS jsonb), done_at = :now,
  tries = tries + 1
WHERE id = :id AND state = 'due' RETURNING id
""")
_AGAIN = text("UPDATE trigger_firings SET tries = tries + 1 WHERE id = :id AND state = 'due'")
_CANDIDATES = text("""
SELECT c.id AS contact_id, coalesce(c.title, '') AS title, c.created_at,
       EXISTS (SELECT FROM leads l JOIN campaigns k ON k.id = l.campaign_id
               WHERE l.contact_id = c.id AND k.name = :campaign) AS is_in
FROM contacts c WHERE c.company_id = :company
""")
_PERSON = text("""
SELECT c.first_name, c.last_name, coalesce(c.title, '') AS title,
       coalesce(c.country, '') AS country, coalesce(c.language, '') AS language,
       coalesce(c.time_zone, '') AS time_zone, coalesce(k.name, '') AS company,
       (SELECT max(value) FROM contact_points p WHERE p.contact_id = c.id AND p.kind = 'phone')
         AS phone,
       (SELECT max(value) FROM contact_points p WHERE p.contact_id = c.id
        AND p.kind = 'whatsapp') AS whatsapp,
       (SELECT max(value) FROM contact_points p WHERE p.contact_id = c.id AND p.kind = 'email')
         AS email
FROM contacts c LEFT JOIN companies k ON k.id = c.company_id WHERE c.id = :contact
""")
_OPEN_LEADS = text("""
SELECT l.id FROM leads l JOIN contacts c ON c.id = l.contact_id
WHERE c.company_id = :company AND l.closed_reason IS NULL ORDER BY l.id
""")


async def fire(
    tx: AsyncConnection,
    firing: Firing,
    cause: Cause,
    *,
    cooldown: timedelta,
    now: datetime,
) -> bool:
    """Set it off, to be worked on later; False while it rests, or for the same cause again."""
    values = {
        **_asked(firing.trigger, firing.company_id, cause, cooldown, now),
        "id": firing.id,
        "version": firing.version,
        "cause": cause.code,
        "touchpoint": cause.touchpoint_id,
    }
    return (await tx.execute(_FIRE, values)).first() is not None


async def rests(
    tx: AsyncConnection,
    trigger: str,
    company_id: UUID,
    cause: Cause,
    *,
    cooldown: timedelta,
    now: datetime,
) -> bool:
    """Whether it would not go off for this company now."""
    values = _asked(trigger, company_id, cause, cooldown, now)
    return bool((await tx.execute(_RESTS, values)).scalar_one())


async def list_due(tx: AsyncConnection, after: UUID, limit: int) -> list[Firing]:
    """Those that nobody has worked on, in the order of ids."""
    rows = await tx.execute(_DUE, {"after": after, "limit": limit})
    return [Firing(**row._mapping) for row in rows]


async def end(
    tx: AsyncConnection, id: UUID, *, state: str, result: Mapping[str, object], now: datetime
) -> bool:
    """It is done, or failed for good; False when it was before."""
    values = {"id": id, "state": state, "result": json.dumps(result), "now": now}
    return (await tx.execute(_END, values)).first() is not None


async def again(tx: AsyncConnection, id: UUID) -> None:
    """It failed, and is tried once more."""
    await tx.execute(_AGAIN, {"id": id})


async def candidates(tx: AsyncConnection, company_id: UUID, campaign: str) -> list[Candidate]:
    """Everybody of the company, and whether they ever were in the campaign."""
    rows = await tx.execute(_CANDIDATES, {"company": company_id, "campaign": campaign})
    return [Candidate(**row._mapping) for row in rows]


async def person(tx: AsyncConnection, contact_id: UUID) -> dict[str, str]:
    """Somebody by the columns of a list; what is not known is left out."""
    row = (await tx.execute(_PERSON, {"contact": contact_id})).one()
    return {name: value for name, value in row._mapping.items() if value}


async def open_leads(tx: AsyncConnection, company_id: UUID) -> list[UUID]:
    """The leads of the company that nobody took out, in the order of ids."""
    return list((await tx.execute(_OPEN_LEADS, {"company": company_id})).scalars())


def _asked(
    trigger: str, company_id: UUID, cause: Cause, cooldown: timedelta, now: datetime
) -> dict[str, object]:
    return {
        "trigger": trigger,
        "company": company_id,
        "ref": cause.ref,
        "cooldown": cooldown,
        "now": now,
    }
