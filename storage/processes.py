"""Which processes are alive, what they do, and how many calls each may hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    id: UUID
    roles: Sequence[str]
    media_url: str | None = None
    """None: media comes to the public address, because there is one process."""
    internal_url: str | None = None
    voice_slots: int = 0


_BEAT = text("""
-- clock_timestamp() is machine time.
INSERT INTO processes (id, roles, started_at, heartbeat_at, media_url, internal_url, voice_slots)
VALUES (:id, cast(:roles AS text[]), clock_timestamp(), clock_timestamp(), :media_url,
        :internal_url, :voice_slots)
ON CONFLICT (id) DO UPDATE SET heartbeat_at = clock_timestamp()
""")

_LOCK_VOICE = text("""
-- clock_timestamp() is machine time.
SELECT id, voice_slots FROM processes
WHERE voice_slots > 0 AND NOT draining AND heartbeat_at > clock_timestamp() - :silence
ORDER BY id FOR NO KEY UPDATE
""")

_CALLS = text("""
SELECT id FROM attempts
WHERE state IN ('starting', 'started', 'live') AND channel = 'voice' AND voice_process = :id
""")

_DRAIN = text("UPDATE processes SET draining = true WHERE id = :id")
_LEAVE = text("DELETE FROM processes WHERE id = :id")
_FORGET = text("""
-- clock_timestamp() is machine time.
DELETE FROM processes WHERE heartbeat_at < clock_timestamp() - :silence
""")
_ALIVE = text("SELECT EXISTS (SELECT FROM processes WHERE id = :id)")


async def beat(tx: AsyncConnection, process: Process) -> None:
    """Say that this process is alive; the first time, what it is."""
    await tx.execute(
        _BEAT,
        {
            "id": process.id,
            "roles": list(process.roles),
            "media_url": process.media_url,
            "internal_url": process.internal_url,
            "voice_slots": process.voice_slots,
        },
    )


async def lock_slots(tx: AsyncConnection, silence: timedelta) -> dict[UUID, int]:
    """How many calls each living voice process can hold in all; they stay locked.

    An inbound call takes a slot of nobody: the process that answers it counts for itself.
    """
    return {row.id: row.voice_slots for row in await tx.execute(_LOCK_VOICE, {"silence": silence})}


async def drain(tx: AsyncConnection, id: UUID) -> None:
    """Give this process no further call."""
    await tx.execute(_DRAIN, {"id": id})


async def list_calls(tx: AsyncConnection, id: UUID) -> list[UUID]:
    """Attempts whose call this process holds or will hold once somebody answers."""
    return list((await tx.execute(_CALLS, {"id": id})).scalars())


async def leave(tx: AsyncConnection, id: UUID) -> None:
    await tx.execute(_LEAVE, {"id": id})


async def forget_silent(tx: AsyncConnection, silence: timedelta) -> int:
    """Remove processes that have not been heard of for so long; returns how many."""
    return (await tx.execute(_FORGET, {"silence": silence})).rowcount


async def is_known(tx: AsyncConnection, id: UUID) -> bool:
    return bool((await tx.execute(_ALIVE, {"id": id})).scalar_one())
