"""What people allowed and took back: rows that are only added, of which the newest counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    id: UUID
    contact_id: UUID
    state: str
    """granted | revoked"""
    purpose: str
    channel: str
    basis: str
    source: str
    """Where it was given or taken back: call:ID, message:ID, user:ID, an import's name."""
    recorded_at: datetime
    recorded_by: str
    wording: str | None = None
    proof: str | None = None
    given_at: datetime | None = None


Word = tuple[bool, str]
"""Whether something that was said grants, and its basis."""


def words_of(rows: Iterable[Sequence[str]]) -> tuple[Word, ...]:
    """From rows of state and basis."""
    return tuple((state == "granted", basis) for state, basis in rows)


_ADD = text("""
INSERT INTO consents (id, contact_id, state, purpose, channel, basis, wording, proof, source,
                      given_at, recorded_at, recorded_by)
VALUES (:id, :contact_id, :state, :purpose, :channel, :basis, :wording, :proof, :source,
        :given_at, :recorded_at, :recorded_by)
""")


async def add(tx: AsyncConnection, consent: Consent) -> None:
    """Write a grant or a withdrawal down beside what was said before."""
    await tx.execute(
        _ADD,
        {
            "id": consent.id,
            "contact_id": consent.contact_id,
            "state": consent.state,
            "purpose": consent.purpose,
            "channel": consent.channel,
            "basis": consent.basis,
            "wording": consent.wording,
            "proof": consent.proof,
            "source": consent.source,
            "given_at": consent.given_at,
            "recorded_at": consent.recorded_at,
            "recorded_by": consent.recorded_by,
        },
    )


_OF_CONTACT = text("""
SELECT id, contact_id, state, purpose, channel, basis, source, recorded_at, recorded_by, wording,
       proof, given_at
FROM consents WHERE contact_id = :contact ORDER BY recorded_at DESC, id DESC LIMIT 200
""")


async def of_contact(tx: AsyncConnection, contact_id: UUID) -> list[Consent]:
    """What somebody allowed and took back, the newest first."""
    rows = await tx.execute(_OF_CONTACT, {"contact": contact_id})
    return [Consent(**row._mapping) for row in rows]
