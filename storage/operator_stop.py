"""The one row that stops everything; the gate reads it in its transaction, nothing caches it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# FOR UPDATE waits for every gate that is deciding just now; later ones see the new value.
_LOCK = text("SELECT stopped FROM operator_stop FOR UPDATE")
_STATE = text("SELECT stopped, changed_at, changed_by FROM operator_stop")
_TURN = text("UPDATE operator_stop SET stopped = :stopped, changed_at = :now, changed_by = :by")


async def turn(tx: AsyncConnection, *, stopped: bool, by: str, now: datetime) -> bool:
    """Set the stop or lift it; False when nothing changes."""
    before: bool = (await tx.execute(_LOCK)).scalar_one()
    if before is stopped:
        return False
    await tx.execute(_TURN, {"stopped": stopped, "by": by, "now": now})
    return True


async def is_stopped(tx: AsyncConnection) -> bool:
    """For pages; what decides reads it under a lock (storage/gating.py)."""
    return bool((await tx.execute(text("SELECT stopped FROM operator_stop"))).scalar_one())


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    stopped: bool
    changed_at: datetime | None
    changed_by: str | None
    """Who set or lifted it last, as in events."""


async def state(tx: AsyncConnection) -> Stop:
    """For pages: whether everything stands still, since when and by whom."""
    row = (await tx.execute(_STATE)).one()
    return Stop(**row._mapping)
