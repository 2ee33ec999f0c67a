"""What people did, as it was told: one row for each source, written again when it is corrected."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.accounts.engagement import Raw, Signal
from outreach.accounts.touchpoint import Act, Origin, Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that happened, with the id of what told of it."""

    source_ref: str
    """call:ID | booked:ID | meeting:ID | chat:CONVERSATION:MESSAGE | SOURCE:its own id"""
    raw: Raw
    """Its id counts only while the source is new."""
    company_id: UUID | None = None
    lead_id: UUID | None = None
    details: dict[str, object] = field(default_factory=dict)
    """For people: title, url, seconds, words; unmatched: `who` it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Whose scores must be computed again."""

    companies: frozenset[UUID] = frozenset()
    contacts: frozenset[UUID] = frozenset()
    """Who belong to no company."""
    new: int = 0


# The details come as one JSON text: as an array of texts, each quote in them is escaped by hand.
_ROWS = """
  SELECT * FROM ROWS FROM (
    unnest(cast(:ids AS uuid[]), cast(:companies AS uuid[]), cast(:contacts AS uuid[]),
           cast(:leads AS uuid[]), cast(:kinds AS text[]), cast(:channels AS text[]),
           cast(:ratios AS int[]), cast(:depths AS int[]), cast(:times AS timestamptz[]),
           cast(:refs AS text[])),
    jsonb_array_elements(cast(:data AS jsonb)))
"""
# A score is nobody's to say here: it hangs on what came before.
_PUT = text(f"""
INSERT INTO touchpoints AS t (id, company_id, contact_id, lead_id, kind, channel, attention_ratio,
                              depth, occurred_at, source_ref, data)
{_ROWS}
ON CONFLICT (source_ref) DO UPDATE SET
  company_id = coalesce(excluded.company_id, t.company_id), contact_id = excluded.contact_id,
  lead_id = excluded.lead_id, kind = excluded.kind, channel = excluded.channel,
  attention_ratio = excluded.attention_ratio, depth = excluded.depth,
  occurred_at = excluded.occurred_at, data = excluded.data
WHERE (t.company_id, t.contact_id, t.lead_id, t.kind, t.channel, t.attention_ratio, t.depth,
       t.occurred_at, t.data)
  IS DISTINCT FROM
      (coalesce(excluded.company_id, t.company_id), excluded.contact_id, excluded.lead_id,
       excluded.kind, excluded.channel, excluded.attention_ratio, excluded.depth,
       excluded.occurred_at, excluded.data)
RETURNING company_id, contact_id
""")
_ADD = text(f"""
INSERT INTO touchpoints (id, company_id, contact_id, lead_id, kind, channel, attention_ratio,
                         depth, occurred_at, source_ref, data)
{_ROWS}
ON CONFLICT (source_ref) DO NOTHING
RETURNING company_id, contact_id
""")
_KNOWN = text("SELECT source_ref FROM touchpoints WHERE source_ref = ANY(cast(:refs AS text[]))")
_DROP = text("""
DELETE FROM touchpoints WHERE source_ref >= :first AND source_ref < :end
  AND source_ref <> ALL(cast(:refs AS text[]))
RETURNING company_id, contact_id
""")
_JOIN = text("""
UPDATE touchpoints t SET company_id = c.company_id FROM contacts c
WHERE c.id = t.contact_id AND c.company_id IS DISTINCT FROM t.company_id
  AND c.company_id IS NOT NULL
  AND (cast(:contacts AS uuid[]) IS NULL OR c.id = ANY(cast(:contacts AS uuid[])))
RETURNING t.company_id, t.contact_id
""")
_LEFT = text("""
SELECT DISTINCT t.company_id, t.contact_id FROM touchpoints t JOIN contacts c ON c.id = t.contact_id
WHERE c.company_id IS DISTINCT FROM t.company_id AND c.company_id IS NOT NULL
  AND t.company_id IS NOT NULL
  AND (cast(:contacts AS uuid[]) IS NULL OR c.id = ANY(cast(:contacts AS uuid[])))
""")


async def put(tx: AsyncConnection, told: Sequence[Told]) -> Written:
    """Write down what was told, or correct it; the same again changes nothing."""
    if not told:
        return Written()
    return _written(await tx.execute(_PUT, _values(told)))


async def add(tx: AsyncConnection, told: Sequence[Told]) -> Written:
    """Write down what is new; what is known by its source stays as it is."""
    if not told:
        return Written()
    return _written(await tx.execute(_ADD, _values(told)))


async def known(tx: AsyncConnection, refs: Collection[str]) -> set[str]:
    """Those of these sources that have told something before."""
    if not refs:
        return set()
    return set((await tx.execute(_KNOWN, {"refs": list(refs)})).scalars())


async def drop_others(tx: AsyncConnection, prefix: str, refs: Collection[str]) -> Written:
    """Take out what begins with a prefix (it ends with a colon) and is none of `refs`."""
    # `;` follows the colon in the C order of the column.
    values = {"first": prefix, "end": f"{prefix[:-1]};", "refs": list(refs)}
    return _written(await tx.execute(_DROP, values))


async def follow_contacts(
    tx: AsyncConnection, contact_ids: Collection[UUID] | None = None
) -> Written:
    """Give people's touchpoints to the companies that they belong to now; None: everybody's.

    For whoever has just joined a contact to a company or merged two: the companies they left and
    those they came to must be computed again.
    """
    values = {"contacts": None if contact_ids is None else list(contact_ids)}
    left = _written(await tx.execute(_LEFT, values))
    joined = _written(await tx.execute(_JOIN, values))
    return merged([left, joined])


def merged(parts: Sequence[Written]) -> Written:
    return Written(
        companies=frozenset[UUID]().union(*(one.companies for one in parts)),
        contacts=frozenset[UUID]().union(*(one.contacts for one in parts)),
        new=sum(one.new for one in parts),
    )


def _values(told: Sequence[Told]) -> dict[str, object]:
    return {
        "ids": [one.raw.id for one in told],
        "companies": [one.company_id for one in told],
        "contacts": [one.raw.contact_id for one in told],
        "leads": [one.lead_id for one in told],
        "kinds": [one.raw.type.value for one in told],
        "channels": [one.raw.origin.value for one in told],
        "ratios": [one.raw.ratio for one in told],
        "depths": [one.raw.depth for one in told],
        "times": [one.raw.at for one in told],
        "refs": [one.source_ref for one in told],
        "data": json.dumps([_data(one) for one in told]),
    }


def _data(told: Told) -> dict[str, object]:
    raw = told.raw
    found: dict[str, object] = {"act": raw.act.value, **told.details}
    if raw.topic is not None:
        found["topic"] = raw.topic
    if raw.signals:
        found["signals"] = sorted(raw.signals)
    if raw.is_void:
        found["void"] = True
    return found


READ: Final = """
  id, kind, channel, attention_ratio, depth, score, occurred_at, contact_id, data->>'act' AS act,
  data->>'topic' AS topic, data->'signals' AS signals, data ? 'void' AS is_void
"""
"""In SQL: what `read_raw` reads."""


def read_raw(row: Row[Any]) -> Raw:
    """A row as the rules want it; of what was erased, what its columns say."""
    return Raw(
        id=row.id,
        at=row.occurred_at,
        act=Act(row.act) if row.act else _PLAIN[Type(row.kind)],
        origin=Origin(row.channel),
        ratio=row.attention_ratio or 0,
        depth=row.depth or 0,
        contact_id=row.contact_id,
        topic=row.topic,
        signals=frozenset(map(Signal, row.signals)) if row.signals else frozenset(),
        is_void=row.is_void,
    )


_PLAIN = {
    Type.WEBSITE: Act.PAGE,
    Type.CONTENT: Act.ARTICLE,
    Type.ADVERTISING: Act.AD_CLICK,
    Type.EMAIL: Act.EMAIL_CLICK,
    Type.MEETING: Act.MEETING_BOOKED,
    Type.FORM: Act.FORM,
    Type.DOCUMENT: Act.DOCUMENT,
    Type.CALL: Act.CALL,
    Type.WHATSAPP: Act.WA_REPLY,
}


def _written(rows: Iterable[Row[Any]]) -> Written:
    found = list(rows)
    return Written(
        companies=frozenset(row.company_id for row in found if row.company_id),
        contacts=frozenset(
            row.contact_id for row in found if row.contact_id and not row.company_id
        ),
        new=len(found),
    )
