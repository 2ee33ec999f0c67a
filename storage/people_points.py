"""What is learnt about numbers and addresses while they are used."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.channel import ChannelName

KIND = {ChannelName.VOICE: "phone", ChannelName.WHATSAPP: "whatsapp"}
BAD = {ChannelName.VOICE: "invalid", ChannelName.WHATSAPP: "not_on_whatsapp"}

_MARK = text("""
UPDATE contact_points SET status = :status
WHERE contact_id = :contact_id AND kind = :kind AND value = :value AND status <> :status
""")


async def mark_invalid(
    tx: AsyncConnection, contact_id: UUID, channel: ChannelName, value: str
) -> None:
    """Nobody is reached there on this channel."""
    await tx.execute(
        _MARK,
        {"contact_id": contact_id, "kind": KIND[channel], "value": value, "status": BAD[channel]},
    )


async def mend(tx: AsyncConnection, contact_id: UUID, channel: ChannelName, value: str) -> None:
    """It was called bad by mistake: it may be tried again."""
    await tx.execute(
        _MARK,
        {
            "contact_id": contact_id,
            "kind": KIND[channel],
            "value": value,
            "status": "unverified",
        },
    )


async def mark_valid(
    tx: AsyncConnection, contact_id: UUID, channel: ChannelName, value: str
) -> None:
    """Somebody answered there."""
    await tx.execute(
        _MARK,
        {"contact_id": contact_id, "kind": KIND[channel], "value": value, "status": "valid"},
    )
