"""What attempts cost, part by part; the sum stands beside it for budgets and figures."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.charges import Charge, Cost, Part
from outreach.prices import Used


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is known of one attempt's cost."""

    phone: str
    """E.164"""
    of_platform: bool
    """Another platform makes the call, and pays the carrier."""
    charges: Mapping[Part, Charge]
    cost: Cost | None


_LOCK = text("""
SELECT a.phone, a.charges, a.cost_micros, a.cost_currency,
       coalesce(s.provider LIKE 'hosted:%', false) AS of_platform
FROM attempts a LEFT JOIN senders s ON s.id = a.sender_id
WHERE a.id = :id FOR NO KEY UPDATE OF a
""")
_WRITE = text("""
WITH written AS (
  UPDATE attempts SET charges = cast(:charges AS jsonb), cost_micros = :micros,
                      cost_currency = :currency
  WHERE id = :id)
UPDATE calls SET cost_micros = :micros, cost_currency = :currency WHERE id = :id
""")
_MESSAGE = text("""
UPDATE messages SET cost_micros = :micros, cost_currency = :currency
WHERE id = :id AND cost_micros IS NULL RETURNING id
""")
_OF_LEAD = text("""
SELECT id, cost_micros AS micros, cost_currency AS currency FROM attempts
WHERE lead_id = :lead AND cost_micros IS NOT NULL AND cost_currency IS NOT NULL
""")


async def lock(tx: AsyncConnection, attempt_id: UUID) -> Account | None:
    """Hold the attempt; None when there is no such attempt."""
    row = (await tx.execute(_LOCK, {"id": attempt_id})).first()
    if row is None:
        return None
    known = row.cost_micros is not None and row.cost_currency is not None
    return Account(
        phone=row.phone,
        of_platform=row.of_platform,
        charges={Part(part): load(one) for part, one in row.charges.items()},
        cost=Cost(micros=row.cost_micros, currency=row.cost_currency) if known else None,
    )


async def write(
    tx: AsyncConnection, attempt_id: UUID, charges: Mapping[Part, Charge], cost: Cost | None
) -> None:
    """Keep these charges and their sum. The caller holds the attempt."""
    values = {
        "id": attempt_id,
        "charges": json.dumps({part: dump(one) for part, one in charges.items()}),
        "micros": cost.micros if cost else None,
        "currency": cost.currency if cost else None,
    }
    await tx.execute(_WRITE, values)


async def charge_message(tx: AsyncConnection, message_id: UUID, cost: Cost) -> bool:
    """Write down what a message costs; False when it has been charged before."""
    values = {"id": message_id, "micros": cost.micros, "currency": cost.currency}
    return (await tx.execute(_MESSAGE, values)).first() is not None


async def of_lead(tx: AsyncConnection, lead_id: UUID) -> dict[UUID, Cost]:
    """By attempt, of those whose cost is known."""
    rows = await tx.execute(_OF_LEAD, {"lead": lead_id})
    return {row.id: Cost(micros=row.micros, currency=row.currency) for row in rows}


def dump(charge: Charge) -> dict[str, Any]:
    """A charge as JSON."""
    return {"used": charge.used.told(), "micros": charge.micros, "currency": charge.currency}


def load(stored: Mapping[str, Any]) -> Charge:
    """The same charge again."""
    return Charge(used=Used(**stored["used"]), micros=stored["micros"], currency=stored["currency"])
