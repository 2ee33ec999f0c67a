"""What another platform said of a call: kept beside our own readings, and seen by no rule."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One platform's conclusions, or some of them; None and absent keys say nothing."""

    outcome: str | None = None
    summary: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.outcome is not None or self.summary is not None or bool(self.values)


_FIND = text("""
SELECT id FROM readings WHERE call_id = :call_id AND made_by = 'provider' ORDER BY id LIMIT 1
""")
_MAKE = text("""
INSERT INTO readings (id, call_id, attempt_id, lead_id, made_by, model, created_at)
SELECT :id, id, attempt_id, lead_id, 'provider', :source, :now FROM calls WHERE id = :call_id
""")
_ADD = text("""
UPDATE readings SET outcome = coalesce(cast(:outcome AS text), outcome),
                    summary = coalesce(cast(:summary AS text), summary)
WHERE id = :id
""")
# The status keeps it from the rules: they read what a quote of the person proves.
_VALUE = text("""
INSERT INTO extractions (id, reading_id, lead_id, field, value, status, created_at)
SELECT w.id, r.id, r.lead_id, w.field, w.value, 'said', :now
FROM readings r,
     unnest(cast(:ids AS uuid[]), cast(:fields AS text[]), cast(:values AS jsonb[]))
       AS w(id, field, value)
WHERE r.id = :reading_id
ON CONFLICT (reading_id, field) DO UPDATE SET value = excluded.value
""")


async def find(tx: AsyncConnection, call_id: UUID) -> UUID | None:
    """The row that holds what was said of this call."""
    found: UUID | None = (await tx.execute(_FIND, {"call_id": call_id})).scalar_one_or_none()
    return found


async def make(tx: AsyncConnection, id: UUID, call_id: UUID, source: str, now: datetime) -> None:
    """An empty row for what `source` says of this call; the caller holds the call."""
    await tx.execute(_MAKE, {"id": id, "call_id": call_id, "source": source, "now": now})


async def add(
    tx: AsyncConnection, id: UUID, said: Said, ids: Mapping[str, UUID], now: datetime
) -> None:
    """Add to it; a later word about the same thing counts. `ids` are for values not known yet."""
    await tx.execute(_ADD, {"id": id, "outcome": said.outcome, "summary": said.summary})
    if said.values:
        await tx.execute(
            _VALUE,
            {
                "reading_id": id,
                "ids": [ids[name] for name in said.values],
                "fields": list(said.values),
                "values": [json.dumps(value) for value in said.values.values()],
                "now": now,
            },
        )
