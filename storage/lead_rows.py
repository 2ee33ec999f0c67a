"""Reading leads: lists by filters and words, or one."""

import base64
import binascii
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.lead import Status, Work
from storage.search import Question

PAGE: Final = 50
LARGEST_PAGE: Final = 200
PROBED: Final = 3000
"""Newest rows that are looked through before the index of words is asked."""
COUNTED: Final = 10_000
"""Totals are exact up to here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which leads; None does not ask."""

    campaign_id: UUID | None = None
    status: Status | None = None
    work: Work | None = None
    import_id: UUID | None = None
    channel: ChannelName | None = None
    """By which the next attempt is made."""
    owner: str | None = None
    question: Question | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRow:
    id: UUID
    campaign: str
    contact_id: UUID
    phone: str | None
    whatsapp: str | None
    email: str | None
    first_name: str
    last_name: str
    company: str | None
    title: str | None
    country: str | None
    language: str | None
    zones: list[str]
    fields: Mapping[str, object]
    owner: str | None
    quality: int | None
    status: str
    work: str
    work_reason: str | None
    recheck_at: datetime | None
    due_at: datetime | None
    """When the next planned attempt is due."""
    channel: str | None
    """By which it is made."""
    not_before: datetime | None
    import_id: UUID | None
    row_number: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    rows: tuple[LeadRow, ...]
    after: str | None
    """Where the next page begins; None where this is the last."""


_SHOWN: Final = """
SELECT l.id, c.name AS campaign, l.contact_id, l.phone, l.whatsapp, l.email, l.first_name,
       l.last_name, l.company, l.title, l.country, l.language, l.zones, l.fields, l.owner,
       q.total AS quality, l.status, l.work, l.work_reason, l.recheck_at, a.due_at, a.channel,
       l.not_before, l.import_id, l.row_number, l.created_at
FROM {source} l JOIN campaigns c ON c.id = l.campaign_id
LEFT JOIN attempts a ON a.lead_id = l.id AND a.state = 'planned'
LEFT JOIN lead_qualities q ON q.lead_id = l.id
"""


async def page(
    tx: AsyncConnection, wanted: Wanted, *, after: str | None = None, limit: int = PAGE
) -> Page:
    """Leads, newest first.

    Raises:
        Rejected: `after` is no cursor of this list.
    """
    limit = min(max(limit, 1), LARGEST_PAGE)
    values: dict[str, object] = {**_values(wanted), "limit": limit + 1}
    filters = _filters(wanted)
    if after is not None:
        filters.append("id < :after")
        values["after"] = _opened(after, wanted)
    if wanted.question is None:
        newest = _newest(wanted, filters, "*", ":limit")
        rows = await _rows(tx, f"SELECT * FROM ({newest}) newest", values)
    else:
        rows = await _searched(tx, wanted, wanted.question, values, filters)
    more = len(rows) > limit
    return Page(
        rows=tuple(rows[:limit]),
        after=_sealed(rows[limit - 1].id, wanted) if more else None,
    )


async def _searched(
    tx: AsyncConnection,
    wanted: Wanted,
    question: Question,
    values: dict[str, object],
    filters: list[str],
) -> list[LeadRow]:
    """Look through the newest first: what is common is found there, what is rare by the index."""
    likes, patterns = _likes(question)
    newest = _newest(wanted, filters, "*", str(PROBED))
    probe = f"SELECT * FROM ({newest}) newest WHERE {likes}"
    rows = await _rows(tx, probe, {**values, **patterns})
    limit = values["limit"]
    assert isinstance(limit, int)
    if len(rows) >= limit:
        return rows
    # Materialized: else the planner walks the primary key and reads every lead for a rare word.
    words = [*filters, "lead_words(search) @@ cast(:tsquery AS tsquery)"]
    found = f"""
        SELECT leads.* FROM leads JOIN (
          WITH m AS MATERIALIZED (SELECT id FROM leads {_where(words)})
          SELECT id FROM m ORDER BY id DESC LIMIT :limit) t USING (id)"""
    return await _rows(tx, found, {**values, "tsquery": question.tsquery})


async def _rows(tx: AsyncConnection, source: str, values: Mapping[str, object]) -> list[LeadRow]:
    query = _SHOWN.format(source=f"({source} ORDER BY id DESC LIMIT :limit)")
    found = await tx.execute(text(f"{query} ORDER BY l.id DESC"), dict(values))
    return [LeadRow(**row._mapping) for row in found]


async def count(tx: AsyncConnection, wanted: Wanted) -> int:
    """How many there are: exact up to COUNTED, then COUNTED + 1."""
    filters, values = _filters(wanted), _values(wanted)
    if wanted.question is not None:
        filters.append("lead_words(search) @@ cast(:tsquery AS tsquery)")
        values["tsquery"] = wanted.question.tsquery
    query = _newest(wanted, filters, "id", str(COUNTED + 1))
    found = await tx.execute(text(f"SELECT count(*) FROM ({query}) AS found"), values)
    return int(found.scalar_one())


async def each(tx: AsyncConnection, wanted: Wanted) -> AsyncIterator[LeadRow]:
    """All of them, newest first, a page at a time."""
    after: str | None = None
    while True:
        found = await page(tx, wanted, after=after, limit=LARGEST_PAGE)
        for row in found.rows:
            yield row
        after = found.after
        if after is None:
            return


_BY_ID = text(_SHOWN.format(source="leads") + " WHERE l.id = :id")
# By way of the campaigns, for a lead is unique by number within each, and of the person whose
# number it is: no index over all leads is kept for this alone.
_BY_NUMBER = text(
    _SHOWN.format(source="leads")
    + """
WHERE l.id IN (
  SELECT one.id FROM campaigns c JOIN leads one ON one.campaign_id = c.id AND one.phone = :number
  UNION ALL
  SELECT one.id FROM campaigns c JOIN leads one
    ON one.campaign_id = c.id AND one.phone IS NULL AND one.whatsapp = :number
  UNION ALL
  SELECT one.id FROM contact_points p JOIN leads one ON one.contact_id = p.contact_id
  WHERE p.kind = 'whatsapp' AND p.value = :number AND one.whatsapp = :number)
ORDER BY l.id DESC LIMIT 200
"""
)


async def find(tx: AsyncConnection, id: UUID) -> LeadRow | None:
    row = (await tx.execute(_BY_ID, {"id": id})).one_or_none()
    return LeadRow(**row._mapping) if row is not None else None


async def get(tx: AsyncConnection, id: UUID) -> LeadRow:
    """A lead that is known to be there."""
    return LeadRow(**(await tx.execute(_BY_ID, {"id": id})).one()._mapping)


async def of_number(tx: AsyncConnection, number: str) -> list[LeadRow]:
    """The leads with this phone or WhatsApp number (E.164), newest first, in all campaigns."""
    return [LeadRow(**row._mapping) for row in await tx.execute(_BY_NUMBER, {"number": number})]


def _filters(wanted: Wanted) -> list[str]:
    names = ("campaign_id", "status", "work", "import_id", "owner")
    filters = [f"{name} = :{name}" for name in names if getattr(wanted, name) is not None]
    if wanted.channel is not None:
        filters.append(
            "EXISTS (SELECT FROM attempts p WHERE p.lead_id = leads.id AND p.state = 'planned'"
            " AND p.channel = :channel)"
        )
    return filters


def _values(wanted: Wanted) -> dict[str, object]:
    values = {
        "campaign_id": wanted.campaign_id,
        "status": wanted.status and wanted.status.value,
        "work": wanted.work and wanted.work.value,
        "import_id": wanted.import_id,
        "channel": wanted.channel and wanted.channel.value,
        "owner": wanted.owner,
    }
    return {name: value for name, value in values.items() if value is not None}


def _newest(wanted: Wanted, filters: list[str], columns: str, limit: str) -> str:
    """The newest of these leads; by status alone of each campaign, for no index goes by that."""
    if wanted.status is None or wanted.campaign_id is not None:
        return f"SELECT {columns} FROM leads {_where(filters)} ORDER BY id DESC LIMIT {limit}"
    of_one = _where([*filters, "campaign_id = campaigns.id"])
    return f"""
        SELECT mine.* FROM campaigns CROSS JOIN LATERAL (
          SELECT {columns} FROM leads {of_one} ORDER BY id DESC LIMIT {limit}) mine
        ORDER BY id DESC LIMIT {limit}"""


def _where(filters: list[str]) -> str:
    return f"WHERE {' AND '.join(filters)}" if filters else ""


def _likes(question: Question) -> tuple[str, dict[str, object]]:
    groups: list[str] = []
    values: dict[str, object] = {}
    for patterns in question.pattern_groups:
        names = [f"like_{len(values) + index}" for index in range(len(patterns))]
        values.update(zip(names, patterns, strict=True))
        groups.append("(" + " OR ".join(f"search LIKE :{name}" for name in names) + ")")
    return " AND ".join(groups), values


def _sealed(id: UUID, wanted: Wanted) -> str:
    """An opaque cursor that says which list it belongs to."""
    return base64.urlsafe_b64encode(id.bytes + _mark(wanted)).decode().rstrip("=")


def _opened(cursor: str, wanted: Wanted) -> UUID:
    try:
        content = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        content = b""
    if len(content) != 20 or content[16:] != _mark(wanted):
        raise Rejected(
            code="bad_cursor",
            message="The list cannot go on from there.",
            fix="Start again from its beginning.",
            where="after",
        )
    return UUID(bytes=content[:16])


def _mark(wanted: Wanted) -> bytes:
    words = wanted.question.words if wanted.question else ()
    content = json.dumps([_values(wanted), words], default=str, sort_keys=True)
    return binascii.crc32(content.encode()).to_bytes(4, "big")
