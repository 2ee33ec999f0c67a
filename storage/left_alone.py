"""Must this number be left alone: is it suppressed, or that of a person who was erased?"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.marks import Marks
from storage import erased

_HELD = text("""
SELECT w.n FROM unnest(cast(:phones AS text[]), cast(:channels AS text[]),
                       cast(:campaigns AS uuid[])) WITH ORDINALITY AS w(phone, channel, campaign, n)
WHERE EXISTS (
    SELECT FROM suppressions
    WHERE lifted_at IS NULL AND kind = 'phone' AND value = w.phone AND scope IN ('all', w.channel)
      AND (campaign_id IS NULL OR campaign_id = w.campaign))
""")


async def holds(
    tx: AsyncConnection, marks: Marks, *, phone: str, channel: str, campaign_id: UUID | None = None
) -> bool:
    """Whether this number must not be reached on this channel now; None asks for no campaign."""
    (answer,) = await held(tx, marks, [(phone, channel, campaign_id)])
    return answer


async def held(
    tx: AsyncConnection, marks: Marks, asked: Sequence[tuple[str, str, UUID | None]]
) -> list[bool]:
    """The same of many: phone, channel and campaign of each; in the order asked."""
    if not asked:
        return []
    phones, channels, campaigns = zip(*asked, strict=True)
    values = {"phones": list(phones), "channels": list(channels), "campaigns": list(campaigns)}
    places = set((await tx.execute(_HELD, values)).scalars())
    gone = await erased.find(tx, marks, set(phones))
    return [place in places or phone in gone for place, phone in enumerate(phones, start=1)]
