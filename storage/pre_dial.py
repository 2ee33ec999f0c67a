"""What was said about numbers before they were dialled, for as long as that holds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer that holds."""

    allowed: bool
    reason: str


_PHONES = text("""
SELECT DISTINCT a.phone FROM attempts a
WHERE a.id = ANY(cast(:ids AS uuid[])) AND a.state = 'claimed' AND a.channel = 'voice'
  AND NOT EXISTS (SELECT FROM pre_dial_answers s
                  WHERE s.phone = a.phone AND s.asked_at > :since)
ORDER BY a.phone
""")
_FIND = text("""
SELECT phone, allowed, reason FROM pre_dial_answers
WHERE phone = ANY(cast(:phones AS text[])) AND asked_at > :since
""")
_KEEP = text("""
INSERT INTO pre_dial_answers (phone, allowed, reason, asked_at)
SELECT w.phone, w.allowed, w.reason, :now
FROM unnest(cast(:phones AS text[]), cast(:allowed AS boolean[]), cast(:reasons AS text[]))
  AS w(phone, allowed, reason)
ORDER BY w.phone
ON CONFLICT (phone) DO UPDATE SET allowed = excluded.allowed, reason = excluded.reason,
                                  asked_at = excluded.asked_at
""")
_FORGET = text("DELETE FROM pre_dial_answers WHERE asked_at <= :before")


async def to_ask(tx: AsyncConnection, attempt_ids: Collection[UUID], since: datetime) -> list[str]:
    """The numbers of these claimed calls about which nothing was said since then."""
    rows = await tx.execute(_PHONES, {"ids": list(attempt_ids), "since": since})
    return list(rows.scalars())


async def find(tx: AsyncConnection, phones: Collection[str], since: datetime) -> dict[str, Said]:
    """What was said about these numbers since then."""
    rows = await tx.execute(_FIND, {"phones": list(phones), "since": since})
    return {row.phone: Said(allowed=row.allowed, reason=row.reason) for row in rows}


async def keep(tx: AsyncConnection, said: Mapping[str, Said], now: datetime) -> None:
    """By number."""
    answers: Sequence[Said] = list(said.values())
    values = {
        "phones": list(said),
        "allowed": [one.allowed for one in answers],
        "reasons": [one.reason for one in answers],
    }
    await tx.execute(_KEEP, {**values, "now": now})


async def forget(tx: AsyncConnection, before: datetime) -> int:
    """Let go of answers that hold no longer; returns how many."""
    return (await tx.execute(_FORGET, {"before": before})).rowcount
