"""Slow side work that failed or whose worker died: Procrastinate's own tables, machine time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# machine time: a heartbeat is the real clock's.
_ORPHAN = """
  (j.status = 'doing' AND NOT EXISTS (
     SELECT FROM procrastinate_workers w
     -- machine time
     WHERE w.id = j.worker_id AND w.last_heartbeat > clock_timestamp() - :silence))
"""

# A worker that is stopped before its job is done calls the job aborted; for us it has failed.
_UNDONE = text("UPDATE procrastinate_jobs SET status = 'failed' WHERE status = 'aborted'")

# Each further try waits four times as long. Nothing else tries a failed or orphaned job again.
_RETRY = text(f"""
-- clock_timestamp() is machine time.
WITH waiting AS (
  SELECT j.id, t.tries, t.last_at FROM procrastinate_jobs j
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE e.type = 'started') AS tries, max(e.at) AS last_at
    FROM procrastinate_events e WHERE e.job_id = j.id) t
  WHERE (j.status = 'failed' AND NOT j.args ? 'given_up') OR {_ORPHAN}
)
SELECT procrastinate_retry_job_v2(id, NULL, NULL, NULL, NULL) FROM waiting
WHERE tries < :most
  AND last_at <= clock_timestamp() - cast(:wait AS interval) * power(4, greatest(tries - 1, 0))
""")
_GIVE_UP = text(f"""
-- clock_timestamp() is machine time.
UPDATE procrastinate_jobs j
SET status = 'failed', args = j.args || jsonb_build_object('given_up', true)
WHERE ((j.status = 'failed' AND NOT j.args ? 'given_up') OR {_ORPHAN})
  AND :most <= (SELECT count(*) FROM procrastinate_events e
                WHERE e.job_id = j.id AND e.type = 'started')
RETURNING j.task_name, j.args - 'given_up' AS ids
""")
_BUSY = text("""
SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status IN ('todo', 'doing'))
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """A job that failed as often as it may; its row stays."""

    task_name: str
    ids: Mapping[str, str]


async def retry(tx: AsyncConnection, *, most: int, wait: timedelta, silence: timedelta) -> int:
    """Let failed jobs run again after growing waits, and those of dead workers; how many."""
    await tx.execute(_UNDONE)
    values = {"most": most, "wait": wait, "silence": silence}
    return len((await tx.execute(_RETRY, values)).all())


async def give_up(tx: AsyncConnection, *, most: int, silence: timedelta) -> list[GivenUp]:
    """The jobs that have failed, or whose worker has died, that often; each told once."""
    rows = await tx.execute(_GIVE_UP, {"most": most, "silence": silence})
    return [GivenUp(task_name=row.task_name, ids=row.ids) for row in rows]


async def is_busy(tx: AsyncConnection) -> bool:
    """Whether any job runs or waits to."""
    return bool((await tx.execute(_BUSY)).scalar_one())
