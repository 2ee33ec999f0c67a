"""What was said by a company's people, with where it was said, and who must not be contacted."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.accounts.brief import Barred, Quote

_WHO: Final = "coalesce(nullif(trim(k.first_name || ' ' || k.last_name), ''), 'Somebody') AS who"
_SAID = text(f"""
SELECT * FROM (
  SELECT DISTINCT ON (k.id, e.field) k.id AS contact_id, {_WHO}, e.field AS about, e.value,
    e.status, coalesce(e.quote, '') AS words, r.id AS reading_id, r.call_id,
    e.evidence_turn AS turn, e.evidence_message_id AS message_id, r.created_at
  FROM contacts k JOIN leads l ON l.contact_id = k.id JOIN readings r ON r.lead_id = l.id
  JOIN extractions e ON e.reading_id = r.id
  WHERE k.company_id = :company AND e.status <> 'said'
  ORDER BY k.id, e.field, r.created_at DESC, r.id DESC) AS newest
ORDER BY created_at DESC, reading_id, about LIMIT 40
""")
_OBJECTIONS = text(f"""
SELECT {_WHO}, r.outcome AS about, NULL AS value, r.quote AS words, r.id AS reading_id, r.call_id,
  r.evidence_turn AS turn, r.evidence_message_id AS message_id
FROM contacts k JOIN leads l ON l.contact_id = k.id JOIN readings r ON r.lead_id = l.id
WHERE k.company_id = :company AND r.made_by <> 'provider' AND coalesce(r.quote, '') <> ''
  AND r.outcome IN ('not_interested', 'opted_out', 'wrong_person')
ORDER BY r.created_at DESC, r.id DESC LIMIT 8
""")
_BARRED = text(f"""
SELECT DISTINCT ON (k.id) {_WHO}, 'asked not to be contacted, or must not be' AS why,
  'suppression:' || s.id AS ref
FROM contacts k JOIN contact_points p ON p.contact_id = k.id
JOIN suppressions s ON s.value = p.value AND s.kind IN ('phone', 'email') AND s.lifted_at IS NULL
WHERE k.company_id = :company
UNION ALL
SELECT who, why, ref FROM (
  SELECT DISTINCT ON (k.id, n.channel) {_WHO}, n.state, 'consent:' || n.id AS ref,
    'took back their consent' || CASE n.channel WHEN 'any' THEN '' ELSE ' (' || n.channel || ')' END
      AS why
  FROM contacts k JOIN consents n ON n.contact_id = k.id WHERE k.company_id = :company
  ORDER BY k.id, n.channel, n.recorded_at DESC, n.id DESC) AS newest
WHERE state = 'revoked'
ORDER BY who, ref LIMIT 40
""")


async def said_by(tx: AsyncConnection, company_id: UUID) -> tuple[list[Quote], list[Quote]]:
    """Per person and field the newest: what they said in their words, and what they did not say."""
    rows = (await tx.execute(_SAID, {"company": company_id})).all()
    said = [_quote(row) for row in rows if row.words and row.value is not None]
    silent = [_quote(row) for row in rows if row.status == "unknown"]
    return said, silent


async def objections_of(tx: AsyncConnection, company_id: UUID) -> list[Quote]:
    """What was said against it, the newest first."""
    return [_quote(row) for row in await tx.execute(_OBJECTIONS, {"company": company_id})]


async def barred_of(tx: AsyncConnection, company_id: UUID) -> list[Barred]:
    """Who must not be contacted, or took back a consent."""
    return [Barred(**row._mapping) for row in await tx.execute(_BARRED, {"company": company_id})]


def _quote(row: Row[Any]) -> Quote:
    value = row.value
    if isinstance(value, bool):
        value = "yes" if value else "no"
    return Quote(
        who=row.who,
        about=row.about,
        value="" if value is None else str(value),
        words=row.words,
        ref=_ref(row),
    )


def _ref(row: Row[Any]) -> str:
    """The turn of a call or the message that proves it; else the reading."""
    if row.call_id is not None and row.turn is not None:
        return f"call:{row.call_id}#{row.turn}"
    if row.message_id is not None:
        return f"message:{row.message_id}"
    return f"reading:{row.reading_id}"
