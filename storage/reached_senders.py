"""Which of our numbers somebody reached us at."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.channel import ChannelName


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedSender:
    id: UUID
    address: str
    simulated: bool


_BY_ADDRESS = text("""
SELECT id, address, simulated FROM senders WHERE channel = :channel AND address = :address
ORDER BY status = 'active' DESC, id LIMIT 1
""")
_BY_ID = text("SELECT id, address, simulated FROM senders WHERE id = :id")


async def find_at(tx: AsyncConnection, channel: ChannelName, address: str) -> ReachedSender | None:
    """Our number `address` (E.164) on that channel; None when it is none of ours."""
    values = {"channel": channel.value, "address": address}
    row = (await tx.execute(_BY_ADDRESS, values)).first()
    return None if row is None else ReachedSender(**row._mapping)


async def get(tx: AsyncConnection, sender_id: UUID) -> ReachedSender:
    return ReachedSender(**(await tx.execute(_BY_ID, {"id": sender_id})).one()._mapping)
