"""The numbers we speak from: which may be used now, how fast, and how often today."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.answer_rate import Answers
from outreach.channel import ChannelName
from outreach.events import Kind
from outreach.pace import Pace
from storage.events import ENGINE, Event, record

HOSTED: Final = "hosted:"
"""How the provider of a platform's numbers begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    id: UUID
    channel: ChannelName
    provider: str
    address: str
    simulated: bool
    pace: Pace
    used_today: int = 0
    """How often it was given to an attempt since midnight in `limits.day_zone`."""

    @property
    def is_hosted(self) -> bool:
        """Its calls are held by another platform, not by a process of ours."""
        return self.provider.startswith(HOSTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A number as people see it."""

    id: UUID
    channel: ChannelName
    provider: str
    address: str
    simulated: bool
    status: str
    status_reason: str | None
    recheck_at: datetime | None
    """When a parked number is used again by itself; None: when a person says so."""
    used_today: int
    in_flight: int


_LOCK_ACTIVE = text("""
SELECT id, channel, provider, address, simulated, emission, burst, tat,
       CASE WHEN used_on = :day THEN used_today ELSE 0 END AS used_today
FROM senders
WHERE status = 'active' AND channel = ANY(cast(:channels AS text[]))
ORDER BY id FOR NO KEY UPDATE
""")

_SPEND = text("""
UPDATE senders SET tat = w.tat, used_on = :day,
  used_today = w.times + CASE WHEN used_on = :day THEN used_today ELSE 0 END
FROM unnest(cast(:ids AS uuid[]), cast(:tats AS timestamptz[]), cast(:times AS int[]))
  AS w(id, tat, times)
WHERE senders.id = w.id
""")

_GIVE_BACK = text("""
WITH held AS (
  SELECT id FROM senders WHERE id = ANY(cast(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE
)
UPDATE senders SET used_today = greatest(senders.used_today - w.times, 0)
FROM unnest(cast(:ids AS uuid[]), cast(:times AS int[])) AS w(id, times), held
WHERE senders.id = w.id AND held.id = w.id AND senders.used_on = :day
""")

_HOLD_BACK = text("""
-- clock_timestamp() is machine time.
WITH held AS (
  SELECT id FROM senders WHERE id = ANY(cast(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE
)
UPDATE senders SET tat = greatest(senders.tat, clock_timestamp() + w.span)
FROM unnest(cast(:ids AS uuid[]), cast(:spans AS interval[])) AS w(id, span), held
WHERE senders.id = w.id AND held.id = w.id
""")

_PARK = text("""
UPDATE senders SET status = 'parked', status_reason = :reason, recheck_at = :recheck_at
WHERE id = :id AND status = 'active'
""")

_DUE = text("""
SELECT id FROM senders WHERE status = 'parked' AND recheck_at <= :now
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
""")

_UNPARK = text("""
UPDATE senders SET status = 'active', status_reason = NULL, recheck_at = NULL,
                   active_since = :now
WHERE id = ANY(cast(:ids AS uuid[])) AND status = 'parked'
RETURNING id
""")

_LIST = text("""
SELECT s.id, s.channel, s.provider, s.address, s.simulated, s.status, s.status_reason,
       s.recheck_at, CASE WHEN s.used_on = :day THEN s.used_today ELSE 0 END AS used_today,
       (SELECT count(*) FROM attempts a WHERE a.sender_id = s.id AND a.channel = s.channel
        AND a.state IN ('claimed', 'starting', 'started', 'live', 'unsure')) AS in_flight
FROM senders s ORDER BY s.channel, s.address, s.provider
""")

_IDS_OF = text("""
SELECT id FROM senders WHERE address = :address
  AND (cast(:channel AS text) IS NULL OR channel = :channel)
ORDER BY id
""")

# Calls whose end is known, by campaign, because two campaigns call different people.
_ANSWERS = text("""
SELECT a.campaign_id, a.sender_id, count(*) AS calls,
       count(*) FILTER (WHERE a.answered_by = 'human') AS answered
FROM campaigns c
JOIN attempts a ON a.campaign_id = c.id AND a.starting_at > :since
JOIN senders s ON s.id = a.sender_id AND s.status = 'active'
WHERE c.status = 'running' AND a.channel = 'voice' AND a.state = 'ended'
  AND a.outcome IS DISTINCT FROM 'not_placed' AND a.reason <> 'called_us'
  AND (s.active_since IS NULL OR a.starting_at > s.active_since)
GROUP BY a.campaign_id, a.sender_id
""")

_REGISTER = text("""
INSERT INTO senders (id, channel, provider, address, simulated, emission, burst)
VALUES (:id, :channel, :provider, :address, :simulated, :emission, :burst)
ON CONFLICT (channel, provider, address) DO UPDATE
  SET simulated = excluded.simulated, emission = excluded.emission, burst = excluded.burst,
      status = CASE WHEN senders.status_reason = 'credentials_refused' THEN 'active'
                    ELSE senders.status END,
      recheck_at = CASE WHEN senders.status_reason = 'credentials_refused' THEN NULL
                        ELSE senders.recheck_at END,
      status_reason = nullif(senders.status_reason, 'credentials_refused')
RETURNING id
""")


async def lock_active(
    tx: AsyncConnection, channels: Collection[ChannelName], day: date
) -> list[Sender]:
    """Hold every number of these channels that may be used now, in the order of their ids."""
    values = {"channels": [channel.value for channel in channels], "day": day}
    rows = await tx.execute(_LOCK_ACTIVE, values)
    return [
        Sender(
            id=row.id,
            channel=ChannelName(row.channel),
            provider=row.provider,
            address=row.address,
            simulated=row.simulated,
            pace=Pace(emission=row.emission, burst=row.burst, spent_until=row.tat),
            used_today=row.used_today,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a claim has used of a number."""

    spent_until: datetime | None
    """Up to when its pace is used up (machine time)."""
    times: int


async def spend(tx: AsyncConnection, uses: Mapping[UUID, Use], day: date) -> None:
    """Store what was used of numbers that are locked already."""
    if uses:
        values = {
            "ids": list(uses),
            "tats": [use.spent_until for use in uses.values()],
            "times": [use.times for use in uses.values()],
            "day": day,
        }
        await tx.execute(_SPEND, values)


async def give_back(tx: AsyncConnection, times: Mapping[UUID, int], day: date) -> None:
    """Uncount what was given to attempts that never reached the provider."""
    if times:
        values = {"ids": list(times), "times": list(times.values()), "day": day}
        await tx.execute(_GIVE_BACK, values)


async def hold_back(tx: AsyncConnection, spans: Mapping[UUID, timedelta]) -> None:
    """Send nothing from these numbers for so long (machine time): their provider asks for it."""
    if spans:
        await tx.execute(_HOLD_BACK, {"ids": list(spans), "spans": list(spans.values())})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Why and how long a number is not used."""

    reason: str
    until: datetime | None = None
    """Business time; None: until a person says so."""
    by: str = ENGINE


async def park(tx: AsyncConnection, id: UUID, rest: Rest, now: datetime) -> bool:
    """Use a number no more until its rest is over; False when it was not in use."""
    values = {"id": id, "reason": rest.reason, "recheck_at": rest.until}
    if not (await tx.execute(_PARK, values)).rowcount:
        return False
    data = {"sender": str(id), "reason": rest.reason, "until": rest.until}
    event = Event(kind=Kind.SENDER_PARKED, at=now, actor=rest.by, data=data)
    await record(tx, [event])
    return True


async def unpark(
    tx: AsyncConnection, ids: Collection[UUID], now: datetime, by: str = ENGINE
) -> list[UUID]:
    """Use parked numbers again; returns those that were parked. Their answers count anew."""
    rows = await tx.execute(_UNPARK, {"ids": sorted(ids), "now": now})
    found = sorted(rows.scalars())
    await record(
        tx,
        [
            Event(kind=Kind.SENDER_UNPARKED, at=now, actor=by, data={"sender": str(id)})
            for id in found
        ],
    )
    return found


async def unpark_due(tx: AsyncConnection, now: datetime) -> int:
    """Use parked numbers again whose time has come; returns how many."""
    due = list((await tx.execute(_DUE, {"now": now})).scalars())
    return len(await unpark(tx, due, now)) if due else 0


async def list_all(tx: AsyncConnection, day: date) -> list[Shown]:
    """Every number there is, by channel and number."""
    return [
        Shown(**{**row._mapping, "channel": ChannelName(row.channel)})
        for row in await tx.execute(_LIST, {"day": day})
    ]


async def ids_of(
    tx: AsyncConnection, address: str, channel: ChannelName | None = None
) -> list[UUID]:
    """The numbers with this address, on one channel or (None) on all."""
    values = {"address": address, "channel": channel}
    return list((await tx.execute(_IDS_OF, values)).scalars())


async def answers_since(tx: AsyncConnection, since: datetime) -> dict[UUID, dict[UUID, Answers]]:
    """How often each number in use was called from and answered, by running campaign."""
    found: dict[UUID, dict[UUID, Answers]] = {}
    for row in await tx.execute(_ANSWERS, {"since": since}):
        answers = Answers(calls=row.calls, answered=row.answered)
        found.setdefault(row.campaign_id, {})[row.sender_id] = answers
    return found


async def register(tx: AsyncConnection, sender: Sender) -> UUID:
    """Make sure that this number is known; its id is kept where it was known before.

    What was parked for refused credentials is free again: they may have been corrected.
    """
    values = {
        "id": sender.id,
        "channel": sender.channel.value,
        "provider": sender.provider,
        "address": sender.address,
        "simulated": sender.simulated,
        "emission": sender.pace.emission,
        "burst": sender.pace.burst,
    }
    id: UUID = (await tx.execute(_REGISTER, values)).scalar_one()
    return id


async def count(tx: AsyncConnection) -> int:
    """How many numbers are known, in use or not."""
    return int((await tx.execute(text("SELECT count(*) FROM senders"))).scalar_one())
