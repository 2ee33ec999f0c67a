"""Campaigns whose planned attempts are being looked at anew, and how far that is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    campaign_id: UUID
    reason: str
    """edited | resumed"""
    from_version: int
    """Of the campaign's document, before the first edit that is not worked off."""
    to_version: int
    as_of: datetime
    """The moment (business time) for which the changes are decided."""
    asked_by: str
    asked_at: datetime
    position: UUID | None = None
    """The last lead that was looked at."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Leads by what became of them; words of `outreach.replanning.Kind`."""
    done_at: datetime | None = None


_COLUMNS = ", ".join(Job.__dataclass_fields__)

# A second edit while the first is worked off starts over, with the counts of its own.
_ASK = text("""
INSERT INTO replanning_jobs (campaign_id, reason, from_version, to_version, as_of, asked_by,
                             asked_at)
VALUES (:campaign_id, :reason, :from_version, :to_version, :as_of, :asked_by, :asked_at)
ON CONFLICT (campaign_id) DO UPDATE SET
  reason = excluded.reason, to_version = excluded.to_version, as_of = excluded.as_of,
  asked_by = excluded.asked_by, asked_at = excluded.asked_at, position = NULL,
  counts = '{}', done_at = NULL,
  from_version = CASE WHEN replanning_jobs.done_at IS NULL THEN replanning_jobs.from_version
                      ELSE excluded.from_version END
""")

_OPEN = text("""
SELECT campaign_id FROM replanning_jobs WHERE done_at IS NULL ORDER BY as_of, campaign_id
""")
_FIND = text(f"SELECT {_COLUMNS} FROM replanning_jobs WHERE campaign_id = :id")
# The campaign's key first: whoever plans will need it, and who edits holds the campaign before
# it asks for this row.
_LOCK_CAMPAIGN = text("SELECT id FROM campaigns WHERE id = :id FOR KEY SHARE")
_LOCK = text(f"""
SELECT {_COLUMNS} FROM replanning_jobs WHERE campaign_id = :id AND done_at IS NULL
FOR UPDATE SKIP LOCKED
""")
_IMPORTING = text("""
SELECT EXISTS (SELECT FROM imports
               WHERE campaign_id = :id AND status = 'running' AND started_at <= :asked_at)
""")
_ADVANCE = text("""
UPDATE replanning_jobs SET position = :position, counts = cast(:counts AS jsonb),
  done_at = :done_at
WHERE campaign_id = :id
""")


async def ask(tx: AsyncConnection, job: Job) -> None:
    """Let the open attempts of a campaign be looked at anew. The caller holds the campaign."""
    names = ("campaign_id", "reason", "from_version", "to_version", "as_of", "asked_by", "asked_at")
    await tx.execute(_ASK, {name: getattr(job, name) for name in names})


async def list_open(tx: AsyncConnection) -> list[UUID]:
    """The campaigns with work left, longest waiting first."""
    return list((await tx.execute(_OPEN)).scalars())


async def find(tx: AsyncConnection, campaign_id: UUID) -> Job | None:
    """The newest job of a campaign, done or not."""
    return _job((await tx.execute(_FIND, {"id": campaign_id})).one_or_none())


async def lock(tx: AsyncConnection, campaign_id: UUID) -> Job | None:
    """Hold the job; None when it is done or somebody else works on it."""
    await tx.execute(_LOCK_CAMPAIGN, {"id": campaign_id})
    return _job((await tx.execute(_LOCK, {"id": campaign_id})).one_or_none())


async def must_wait(tx: AsyncConnection, job: Job) -> bool:
    """Whether a list is still coming in by the document from before the edit."""
    values = {"id": job.campaign_id, "asked_at": job.asked_at}
    return bool((await tx.execute(_IMPORTING, values)).scalar_one())


async def advance(tx: AsyncConnection, job: Job) -> None:
    """Note how far it is, in the transaction that brought it so far."""
    values = {
        "id": job.campaign_id,
        "position": job.position,
        "counts": json.dumps(dict(job.counts)),
        "done_at": job.done_at,
    }
    await tx.execute(_ADVANCE, values)


def _job(row: Row[tuple[object, ...]] | None) -> Job | None:
    return Job(**row._mapping) if row is not None else None
