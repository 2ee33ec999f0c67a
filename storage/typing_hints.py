"""Who is typing: told to every process at once by NOTIFY, and kept nowhere."""

import json
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from typing import Final

from psycopg import AsyncConnection as RawConnection
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

CHANNEL: Final = "outreach_typing"
LONGEST_NAME: Final = 80
_NOTIFY = text("SELECT pg_notify(:channel, :hint)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    conversation: str
    user: str
    name: str
    """What colleagues call them."""


async def tell(tx: AsyncConnection, typing: Typing) -> None:
    """Heard by whoever listens when the transaction commits."""
    await tx.execute(_NOTIFY, {"channel": CHANNEL, "hint": json.dumps(asdict(typing))})


async def listen(engine: AsyncEngine) -> AsyncGenerator[Typing, None]:
    """What is told from now on, on a connection of the pool that is held meanwhile.

    Behind a transaction pooler nothing is ever heard. Raises what the driver raises when the
    connection is lost.
    """
    async with engine.connect() as held:
        plain = await held.execution_options(isolation_level="AUTOCOMMIT")
        raw = (await plain.get_raw_connection()).driver_connection
        assert isinstance(raw, RawConnection), "psycopg is the only driver"
        await raw.execute(f"LISTEN {CHANNEL}".encode())
        try:
            async for told in raw.notifies():
                if (typing := _read(told.payload)) is not None:
                    yield typing
        finally:
            await plain.invalidate()


def _read(payload: str) -> Typing | None:
    try:
        known = json.loads(payload)
        return Typing(
            conversation=str(known["conversation"]),
            user=str(known["user"]),
            name=str(known["name"])[:LONGEST_NAME],
        )
    except (ValueError, KeyError, TypeError):
        return None
