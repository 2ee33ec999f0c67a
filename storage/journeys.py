"""Where companies stand: everything they did to compute it from, and what came out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.accounts.engagement import Raw
from outreach.accounts.journey import Promise
from outreach.accounts.journey_steps import Stage
from storage.touchpoints import READ, read_raw

POINTS: Final = 100
"""`companies.journey_score` is in hundredths: 0 to 1000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A company as it is stored."""

    id: UUID
    name: str
    stage: Stage
    score: int
    """In hundredths."""
    needs_attention: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """All that was told of one company, or of one contact without one."""

    raws: tuple[Raw, ...]
    scores: Mapping[UUID, int | None]
    """As they are stored, by the id of the touchpoint."""


# In the order of ids: two that compute the same companies take turns.
_HOLD = text("""
SELECT id, name, journey_stage, journey_score, needs_attention FROM companies
WHERE id = ANY(cast(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE
""")
_LOOK = text("""
SELECT id, name, journey_stage, journey_score, needs_attention FROM companies
WHERE id = ANY(cast(:ids AS uuid[])) ORDER BY id
""")
_OF_COMPANIES = text(f"""
SELECT company_id AS whose, {READ} FROM touchpoints WHERE company_id = ANY(cast(:ids AS uuid[]))
""")
_OF_CONTACTS = text(f"""
SELECT contact_id AS whose, {READ} FROM touchpoints
WHERE contact_id = ANY(cast(:ids AS uuid[])) AND company_id IS NULL
""")
# By way of the leads, whose indexes lead to both.
_PROMISES = text("""
WITH own AS MATERIALIZED (
  SELECT p.company_id, l.id FROM contacts p JOIN leads l ON l.contact_id = p.id
  WHERE p.company_id = ANY(cast(:ids AS uuid[])))
SELECT o.company_id, m.booked_at AS since, coalesce(m.cancelled_at, m.ends_at) AS until
FROM own o JOIN meetings m ON m.lead_id = o.id
UNION ALL
SELECT o.company_id, a.created_at, CASE
         WHEN a.state IN ('planned', 'claimed', 'starting', 'started', 'live', 'unsure') THEN NULL
         ELSE coalesce(a.ended_at, a.due_at) END
FROM own o JOIN attempts a ON a.lead_id = o.id
WHERE a.reason = 'callback'
""")
_SCORES = text("""
UPDATE touchpoints t SET score = w.score
FROM unnest(cast(:ids AS uuid[]), cast(:scores AS smallint[])) AS w(id, score) WHERE t.id = w.id
""")
_MOVE = text("""
UPDATE companies c SET journey_stage = w.stage, journey_score = w.score,
  needs_attention = w.needs_attention, updated_at = :now
FROM unnest(cast(:ids AS uuid[]), cast(:stages AS text[]), cast(:scores AS smallint[]),
            cast(:attention AS boolean[])) AS w(id, stage, score, needs_attention)
WHERE c.id = w.id
""")
_FADING = text("""
SELECT id FROM companies
WHERE (journey_score > 0 OR journey_stage <> 'target') AND id > :after ORDER BY id LIMIT :limit
""")


async def hold(tx: AsyncConnection, company_ids: Collection[UUID]) -> list[Standing]:
    """Those of these companies that exist, held until the end of the transaction."""
    return _standings(await tx.execute(_HOLD, {"ids": list(company_ids)}))


async def look(tx: AsyncConnection, company_ids: Collection[UUID]) -> list[Standing]:
    """The same, without holding them."""
    return _standings(await tx.execute(_LOOK, {"ids": list(company_ids)}))


def _standings(rows: Iterable[Row[Any]]) -> list[Standing]:
    return [
        Standing(
            id=row.id,
            name=row.name,
            stage=Stage(row.journey_stage),
            score=row.journey_score,
            needs_attention=row.needs_attention,
        )
        for row in rows
    ]


async def past_of(tx: AsyncConnection, company_ids: Collection[UUID]) -> dict[UUID, Past]:
    """All that these companies' people did, noise too."""
    return _past(company_ids, await tx.execute(_OF_COMPANIES, {"ids": list(company_ids)}))


async def past_of_contacts(tx: AsyncConnection, contact_ids: Collection[UUID]) -> dict[UUID, Past]:
    """The same of people without a company."""
    return _past(contact_ids, await tx.execute(_OF_CONTACTS, {"ids": list(contact_ids)}))


async def promises_of(
    tx: AsyncConnection, company_ids: Collection[UUID]
) -> dict[UUID, list[Promise]]:
    """Their meetings and callbacks, past ones too."""
    found: dict[UUID, list[Promise]] = {id: [] for id in company_ids}
    for row in await tx.execute(_PROMISES, {"ids": list(found)}):
        found[row.company_id].append(Promise(since=row.since, until=row.until))
    return found


async def store_scores(tx: AsyncConnection, scores: Mapping[UUID, int | None]) -> None:
    """By the id of the touchpoint; None: it is noise."""
    if scores:
        values = {"ids": list(scores), "scores": list(scores.values())}
        await tx.execute(_SCORES, values)


async def store(tx: AsyncConnection, standings: Sequence[Standing], now: datetime) -> None:
    """Where these companies, which the caller holds, stand from now on."""
    if not standings:
        return
    values = {
        "ids": [one.id for one in standings],
        "stages": [one.stage.value for one in standings],
        "scores": [one.score for one in standings],
        "attention": [one.needs_attention for one in standings],
        "now": now,
    }
    await tx.execute(_MOVE, values)


async def list_fading(tx: AsyncConnection, after: UUID, limit: int) -> list[UUID]:
    """Companies whose journey time alone may change, in the order of ids."""
    return list((await tx.execute(_FADING, {"after": after, "limit": limit})).scalars())


def _past(ids: Collection[UUID], rows: Iterable[Row[Any]]) -> dict[UUID, Past]:
    found: dict[UUID, list[Row[Any]]] = {id: [] for id in ids}
    for row in rows:
        found[row.whose].append(row)
    return {
        id: Past(
            raws=tuple(read_raw(row) for row in own),
            scores={row.id: row.score for row in own},
        )
        for id, own in found.items()
    }
