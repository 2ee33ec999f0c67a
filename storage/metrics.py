"""How things stand, in numbers for monitoring; each read by an index or few rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import abandonment, clock, rejections
from storage.claiming import CHANNELS, PRIORITIES

MOST_DUE: Final = 1_000
"""Due attempts are counted up to this many per running campaign, channel and priority."""
MOST_IN_FLIGHT: Final = 50_000
MOST_WAITING: Final = 10_000

Labelled = Mapping[tuple[str, ...], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The database at one moment. Ages are in seconds, None where there is nothing to be old."""

    due: Labelled
    """By channel."""
    oldest_due_s: float | None
    in_flight: Labelled
    """By channel and state."""
    leases_expired: int
    senders: Labelled
    """By channel and status."""
    parked: Labelled
    """By reason."""
    breakers: Labelled
    """By scope and state; those that are closed need not be named."""
    replies_waiting: int
    oldest_reply_s: float | None
    webhooks_pending: int
    webhooks_failed: int
    webhook_lag_s: float | None
    side_jobs: Labelled
    """By status."""
    answered: Labelled
    """Calls of running campaigns that people answered in 30 days, by campaign."""
    abandoned: Labelled
    """Those of them in which nobody of ours spoke in time."""
    rejections: int
    """Ever."""
    processes: Labelled
    """Living ones, by role."""
    voice_slots: int
    voice_slots_used: int
    stopped: bool


# As the claim reads: in the order of the index `attempts_due`, so that nothing else is touched.
_BY_INDEX = text("""
SELECT set_config('enable_sort', 'off', true), set_config('enable_incremental_sort', 'off', true),
       set_config('statement_timeout', '5s', true)
""")
_DUE = text("""
SELECT channel.name AS channel, sum(found.due)::bigint AS due,
       extract(epoch FROM cast(:now AS timestamptz) - min(found.oldest))::float8 AS oldest_s
FROM campaigns c
CROSS JOIN unnest(cast(:channels AS text[])) AS channel(name)
CROSS JOIN unnest(cast(:priorities AS smallint[])) AS priority(rank)
CROSS JOIN LATERAL (
  SELECT count(*) AS due, min(one.due_at) AS oldest FROM (
    SELECT a.due_at FROM attempts a
    WHERE a.state = 'planned'
      AND (a.campaign_id, a.channel, a.priority, a.due_at)
          >= (c.id, channel.name, priority.rank, '-infinity')
      AND (a.campaign_id, a.channel, a.priority, a.due_at)
          <= (c.id, channel.name, priority.rank, :now)
    ORDER BY a.campaign_id, a.channel, a.priority, a.due_at, a.id LIMIT :most) AS one
) AS found
WHERE c.status = 'running' AND (c.end_at IS NULL OR c.end_at > :now)
GROUP BY channel.name
""")
_IN_FLIGHT = text("""
SELECT channel, state, count(*) AS attempts FROM (
  SELECT channel, state FROM attempts
  WHERE state IN ('claimed', 'starting', 'started', 'live', 'unsure') LIMIT :most) AS one
GROUP BY channel, state
""")
_REST = text("""
-- clock_timestamp() is machine time.
SELECT
  (SELECT count(*) FROM (
     SELECT FROM attempts WHERE lease_until < clock_timestamp()
       AND state IN ('claimed', 'starting', 'started', 'live', 'unsure')
     LIMIT :most) AS one) AS leases_expired,
  (SELECT count(*) FROM (
     SELECT FROM conversations WHERE reply_due_at IS NOT NULL LIMIT :most) AS one)
    AS replies_waiting,
  (SELECT extract(epoch FROM cast(:now AS timestamptz) - reply_due_at)::float8 FROM conversations
   WHERE reply_due_at <= :now ORDER BY reply_due_at LIMIT 1) AS oldest_reply_s,
  (SELECT count(*) FROM (
     SELECT FROM inbox WHERE status = 'pending' LIMIT :most) AS one) AS webhooks_pending,
  (SELECT count(*) FROM (
     SELECT FROM inbox WHERE status = 'failed' LIMIT :most) AS one) AS webhooks_failed,
  (SELECT extract(epoch FROM cast(:now AS timestamptz) - min(received_at))::float8 FROM (
     SELECT received_at FROM inbox WHERE status = 'pending' LIMIT :most) AS one) AS webhook_lag_s,
  (SELECT stopped FROM operator_stop) AS stopped,
  (SELECT coalesce(sum(voice_slots), 0) FROM processes
   WHERE heartbeat_at > clock_timestamp() - cast(:silence AS interval) AND NOT draining)
    AS voice_slots,
  (SELECT count(*) FROM attempts
   WHERE state IN ('claimed', 'starting', 'started', 'live', 'unsure') AND channel = 'voice')
    AS voice_slots_used
""")
_BREAKERS = text("""
SELECT scope, state, count(*) AS breakers FROM breakers WHERE state <> 'closed'
GROUP BY scope, state
""")
_SENDERS = text("""
SELECT channel, status, coalesce(status_reason, 'none') AS reason, count(*) AS numbers
FROM senders GROUP BY channel, status, reason
""")
_PROCESSES = text("""
-- clock_timestamp() is machine time.
SELECT unnest(roles) AS role, count(*) AS processes FROM processes
WHERE heartbeat_at > clock_timestamp() - cast(:silence AS interval) GROUP BY role
""")
_SIDE_JOBS = text(
    "SELECT status::text AS status, count(*) AS jobs FROM procrastinate_jobs GROUP BY 1"
)


async def read(tx: AsyncConnection, silence: timedelta) -> Snapshot:
    """Look once; a process that was silent for longer than `silence` is not alive."""
    await tx.execute(_BY_INDEX)
    now = await clock.now(tx)
    probes = {
        "now": now,
        "channels": CHANNELS,
        "priorities": [int(priority) for priority in PRIORITIES],
        "most": MOST_DUE,
    }
    due = (await tx.execute(_DUE, probes)).all()
    in_flight = (await tx.execute(_IN_FLIGHT, {"most": MOST_IN_FLIGHT})).all()
    rest = {"now": now, "most": MOST_WAITING, "silence": silence}
    row: Mapping[str, Any] = (await tx.execute(_REST, rest)).one()._asdict()
    answered = await abandonment.kept(tx)
    numbers = (await tx.execute(_SENDERS)).all()
    return Snapshot(
        due={(one.channel,): one.due for one in due},
        oldest_due_s=max((one.oldest_s for one in due if one.oldest_s is not None), default=None),
        in_flight={(one.channel, one.state): one.attempts for one in in_flight},
        senders=_summed((one.channel, one.status, one.numbers) for one in numbers),
        parked=_summed((one.reason, one.numbers) for one in numbers if one.status != "active"),
        breakers={(one.scope, one.state): one.breakers for one in await tx.execute(_BREAKERS)},
        side_jobs={(one.status,): one.jobs for one in await tx.execute(_SIDE_JOBS)},
        answered={(name,): one.calls for name, one in answered.items()},
        abandoned={(name,): one.abandoned for name, one in answered.items()},
        rejections=await rejections.count(tx),
        processes={
            (one.role,): one.processes for one in await tx.execute(_PROCESSES, {"silence": silence})
        },
        **row,
    )


def _summed(rows: Iterable[tuple[Any, ...]]) -> Labelled:
    """Rows of labels and a number, added up where the labels are the same."""
    found: dict[tuple[str, ...], int] = {}
    for *labels, number in rows:
        found[tuple(labels)] = found.get(tuple(labels), 0) + number
    return found
