"""What fails just now, for all processes: breakers, and the answers that they go by.

All of it is machine time. Locked after the senders, before the processes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.breaker import Breaker, State, Tally

Scope = Literal["sender", "provider"]


@dataclass(frozen=True, slots=True)
class Key:
    """What a breaker protects from: a number, or a provider on one channel."""

    scope: Scope
    name: str
    """A sender's id, or provider/channel."""


def of_sender(id: UUID) -> Key:
    return Key("sender", str(id))


def of_provider(provider: str, channel: str) -> Key:
    return Key("provider", f"{provider}/{channel}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A breaker as people and pages see it."""

    key: Key
    breaker: Breaker
    changed_at: datetime
    opened_by: Tally
    """The orders of the window that opened it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How a number's orders were answered in the window."""

    sender_id: UUID
    provider: Key
    tally: Tally


_COLUMNS = "scope, name, state, changed_at, until, openings, probes, calls, failures"

_LOCK = text(f"""
SELECT {_COLUMNS} FROM breakers WHERE state <> 'closed'
ORDER BY scope, name FOR NO KEY UPDATE
""")
_LOCK_ONE_WATCHER = text("SELECT pg_advisory_xact_lock(hashtextextended('breakers', 0))")
_LIST = text(f"SELECT {_COLUMNS} FROM breakers ORDER BY scope, name")

_PROBES = text("""
UPDATE breakers SET probes = breakers.probes + w.given
FROM unnest(cast(:scopes AS text[]), cast(:names AS text[]), cast(:given AS int[]))
  AS w(scope, name, given)
WHERE breakers.scope = w.scope AND breakers.name = w.name AND breakers.state = 'half_open'
""")

_PUT = text("""
-- clock_timestamp() is machine time.
INSERT INTO breakers (scope, name, state, changed_at, until, openings, probes, calls, failures)
VALUES (:scope, :name, :state, clock_timestamp(), :until, :openings, :probes, :calls, :failures)
ON CONFLICT (scope, name) DO UPDATE SET
  state = excluded.state, changed_at = excluded.changed_at, until = excluded.until,
  openings = excluded.openings, probes = excluded.probes,
  calls = CASE WHEN excluded.state = 'open' THEN excluded.calls ELSE breakers.calls END,
  failures = CASE WHEN excluded.state = 'open' THEN excluded.failures ELSE breakers.failures END
""")

_ADD = text("""
-- clock_timestamp() is machine time.
INSERT INTO provider_answers (sender_id, at, calls, failures)
SELECT w.id, date_bin(interval '10 seconds', clock_timestamp(), timestamptz '2000-01-01 00:00Z'),
       w.calls, w.failures
FROM unnest(cast(:ids AS uuid[]), cast(:calls AS int[]), cast(:failures AS int[]))
  AS w(id, calls, failures)
ORDER BY w.id
ON CONFLICT (sender_id, at) DO UPDATE SET
  calls = provider_answers.calls + excluded.calls,
  failures = provider_answers.failures + excluded.failures
""")

_TALLIES = text("""
-- clock_timestamp() is machine time.
SELECT s.id, s.provider, s.channel, coalesce(sum(p.calls), 0) AS calls,
       coalesce(sum(p.failures), 0) AS failures
FROM senders s LEFT JOIN provider_answers p
  ON p.sender_id = s.id AND p.at > clock_timestamp() - cast(:window AS interval)
GROUP BY s.id ORDER BY s.id
""")

# In the order in which answers are counted.
_FORGET = text("""
WITH held AS (
  SELECT sender_id, at FROM provider_answers WHERE sender_id = ANY(cast(:ids AS uuid[]))
  ORDER BY sender_id, at FOR UPDATE
)
DELETE FROM provider_answers p USING held WHERE (p.sender_id, p.at) = (held.sender_id, held.at)
""")
_PRUNE = text("""
-- clock_timestamp() is machine time.
DELETE FROM provider_answers WHERE at < clock_timestamp() - cast(:window AS interval)
""")
_MACHINE_NOW = text("SELECT clock_timestamp() -- machine time")


async def lock_not_closed(tx: AsyncConnection) -> dict[Key, Breaker]:
    """Hold every breaker that is open or half open; none as a rule."""
    return {shown.key: shown.breaker for shown in map(_shown, await tx.execute(_LOCK))}


async def list_all(tx: AsyncConnection) -> list[Shown]:
    """Every breaker that has ever opened, as it is now."""
    return [_shown(row) for row in await tx.execute(_LIST)]


async def give_probes(tx: AsyncConnection, given: Mapping[Key, int]) -> None:
    """Count orders that are let through half-open breakers; they are locked already."""
    if given:
        values = {
            "scopes": [key.scope for key in given],
            "names": [key.name for key in given],
            "given": list(given.values()),
        }
        await tx.execute(_PROBES, values)


async def lock_watch(tx: AsyncConnection) -> datetime:
    """Judge alone until the transaction ends; returns machine time."""
    await tx.execute(_LOCK_ONE_WATCHER)
    now: datetime = (await tx.execute(_MACHINE_NOW)).scalar_one()
    return now


async def put(tx: AsyncConnection, key: Key, breaker: Breaker, tally: Tally) -> None:
    """Store a breaker that has changed; `tally` is what opened it."""
    values = {
        "scope": key.scope,
        "name": key.name,
        "state": breaker.state.value,
        "until": breaker.until,
        "openings": breaker.openings,
        "probes": breaker.probes,
        "calls": tally.calls,
        "failures": tally.failures,
    }
    await tx.execute(_PUT, values)


async def add(tx: AsyncConnection, answers: Mapping[UUID, Tally]) -> None:
    """Count answers of the provider by number."""
    if answers:
        ids = sorted(answers)
        values = {
            "ids": ids,
            "calls": [answers[id].calls for id in ids],
            "failures": [answers[id].failures for id in ids],
        }
        await tx.execute(_ADD, values)


async def list_answers(tx: AsyncConnection, window: timedelta) -> list[Answered]:
    """How the orders of every number were answered lately."""
    return [
        Answered(
            sender_id=row.id,
            provider=of_provider(row.provider, row.channel),
            tally=Tally(calls=row.calls, failures=row.failures),
        )
        for row in await tx.execute(_TALLIES, {"window": window})
    ]


async def forget_answers(tx: AsyncConnection, sender_ids: Collection[UUID]) -> None:
    """Begin to count anew, because the breaker has changed."""
    if sender_ids:
        await tx.execute(_FORGET, {"ids": sorted(sender_ids)})


async def prune(tx: AsyncConnection, window: timedelta) -> None:
    await tx.execute(_PRUNE, {"window": window})


def _shown(row: Row[Any]) -> Shown:
    breaker = Breaker(
        state=State(row.state), until=row.until, openings=row.openings, probes=row.probes
    )
    return Shown(
        key=Key(row.scope, row.name),
        breaker=breaker,
        changed_at=row.changed_at,
        opened_by=Tally(calls=row.calls, failures=row.failures),
    )
