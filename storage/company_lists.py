"""Lists of companies by rank, a page at a time."""

import base64
import binascii
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.accounts.fit import Label
from outreach.accounts.ranking import LABELS, STAGES
from outreach.errors import Rejected
from storage.companies import Measured, measured
from storage.search import words

PAGE: Final = 50
LARGEST_PAGE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which companies; what is empty does not ask."""

    labels: Collection[Label] = LABELS
    with_kept: bool = False
    """Those that somebody keeps in sight, too, whatever their fit."""
    stage: str | None = None
    search: str = ""
    """Beginnings of words of the name, or parts of a domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyRow:
    id: UUID
    name: str
    domains: tuple[str, ...]
    industry: str | None
    employees: int | None
    country: str | None
    fit: Measured
    journey_stage: str
    needs_attention: bool
    owner: str | None
    last_touch_at: datetime | None
    people: int
    outreach: str
    """not_contacted_yet | contacted | outreach_in_progress | meeting_booked"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    rows: tuple[CompanyRow, ...]
    after: str | None
    """Where the next page begins; None where this is the last."""


_LABELS: Final = ", ".join(f"'{one}'" for one in LABELS)
_STAGES: Final = ", ".join(f"'{one}'" for one in STAGES)

_OUTREACH: Final = """
CASE WHEN EXISTS (SELECT FROM meetings m JOIN contacts k ON k.id = m.contact_id
                  WHERE k.company_id = c.id AND m.starts_at > :now
                    AND m.cancelled_at IS NULL) THEN 'meeting_booked'
     WHEN EXISTS (SELECT FROM leads l JOIN contacts k ON k.id = l.contact_id
                  WHERE k.company_id = c.id AND l.work IN ('planned', 'in_flight', 'waiting'))
       THEN 'outreach_in_progress'
     WHEN EXISTS (SELECT FROM attempts a JOIN contacts k ON k.id = a.contact_id
                  WHERE k.company_id = c.id AND a.starting_at IS NOT NULL) THEN 'contacted'
     ELSE 'not_contacted_yet' END
"""
# The rank is outreach.accounts.ranking's, as a tuple that grows from the best to the last.
_RANKED: Final = f"""
SELECT c.id, array_position(ARRAY[{_LABELS}], c.fit_label) AS by_label,
       -array_position(ARRAY[{_STAGES}], c.journey_stage) AS by_stage,
       -c.journey_score AS by_journey,
       -coalesce(extract(epoch FROM touch.at), 0)::bigint AS by_touch, touch.at AS last_touch_at
FROM companies c
LEFT JOIN LATERAL (SELECT max(t.occurred_at) AS at FROM touchpoints t
                   WHERE t.company_id = c.id AND t.score IS NOT NULL) AS touch ON true
WHERE {{filters}}
"""
_ORDER: Final = "by_label, by_stage, by_journey, by_touch, id"
_PAGE: Final = f"""
WITH ranked AS ({_RANKED}),
     page AS (SELECT * FROM ranked {{after}} ORDER BY {_ORDER} LIMIT :limit)
SELECT c.id, c.name, c.domains, c.profile, c.fit, c.journey_stage, c.needs_attention, c.owner,
       p.last_touch_at, p.by_label, p.by_stage, p.by_journey, p.by_touch,
       (SELECT count(*) FROM contacts k WHERE k.company_id = c.id) AS people,
       {_OUTREACH} AS outreach
FROM page p JOIN companies c ON c.id = p.id
ORDER BY p.by_label, p.by_stage, p.by_journey, p.by_touch, p.id
"""
_AFTER: Final = (
    f"WHERE ({_ORDER}) > (:after_label, :after_stage, :after_journey, :after_touch, :after_id)"
)


async def page(
    tx: AsyncConnection,
    wanted: Wanted,
    now: datetime,
    *,
    after: str | None = None,
    limit: int = PAGE,
) -> Page:
    """Companies, the best first. Raises Rejected where `after` is no cursor of such a list."""
    limit = min(max(limit, 1), LARGEST_PAGE)
    filters, values = _filters(wanted)
    values |= {"now": now, "limit": limit + 1}
    if after is not None:
        values |= _opened(after)
    statement = _PAGE.format(filters=filters, after=_AFTER if after is not None else "")
    rows = (await tx.execute(text(statement), values)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows=tuple(map(_row, rows)), after=_closed(rows[-1]) if more else None)


async def count(tx: AsyncConnection, wanted: Wanted) -> int:
    filters, values = _filters(wanted)
    statement = f"SELECT count(*) FROM companies c WHERE {filters}"
    return int((await tx.execute(text(statement), values)).scalar_one())


def _filters(wanted: Wanted) -> tuple[str, dict[str, object]]:
    filters = ["(c.fit_label = ANY(:labels)" + (" OR c.fit ? 'kept')" if wanted.with_kept else ")")]
    values: dict[str, object] = {"labels": [one.value for one in wanted.labels]}
    if wanted.stage is not None:
        filters.append("c.journey_stage = :stage")
        values["stage"] = wanted.stage
    for at, word in enumerate(words(wanted.search)):
        # Words of a name begin with it; a domain may hold it anywhere.
        filters.append(
            f"(' ' || c.name_key || ' ' || lower(c.name) LIKE :word{at}"
            f" OR array_to_string(c.domains, ' ') LIKE :part{at})"
        )
        values |= {f"word{at}": f"% {word}%", f"part{at}": f"%{word}%"}
    return " AND ".join(filters), values


def _row(row: Row[tuple[object, ...]]) -> CompanyRow:
    known = {name: one["value"] for name, one in row.profile.items()}
    return CompanyRow(
        id=row.id,
        name=row.name,
        domains=tuple(row.domains),
        industry=known.get("industry"),
        employees=known.get("employees"),
        country=known.get("country"),
        fit=measured(row.fit),
        journey_stage=row.journey_stage,
        needs_attention=row.needs_attention,
        owner=row.owner,
        last_touch_at=row.last_touch_at,
        people=row.people,
        outreach=row.outreach,
    )


def _closed(row: Row[tuple[object, ...]]) -> str:
    place = [row.by_label, row.by_stage, row.by_journey, row.by_touch, str(row.id)]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _opened(cursor: str) -> dict[str, object]:
    try:
        label, stage, journey, touch, id = json.loads(base64.urlsafe_b64decode(cursor))
        return {
            "after_label": int(label),
            "after_stage": int(stage),
            "after_journey": int(journey),
            "after_touch": int(touch),
            "after_id": UUID(id),
        }
    except (ValueError, TypeError, binascii.Error) as error:
        raise Rejected(
            "bad_cursor",
            "This is no place in the list of companies.",
            "Begin again without it.",
            "after",
        ) from error


_STATE_OF: Final = text(f"SELECT {_OUTREACH} FROM companies c WHERE c.id = :id")


async def outreach_state(tx: AsyncConnection, company_id: UUID, now: datetime) -> str:
    """not_contacted_yet | contacted | outreach_in_progress | meeting_booked"""
    return str((await tx.execute(_STATE_OF, {"id": company_id, "now": now})).scalar_one())
