"""All that is known of a person: which rows, in which tables, and by what they would be found."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.phone import Phone, parse_phone
from storage import suppressions

SPECIAL: Final = re.compile(r"([\\%_])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person, by number or address, whether or not anybody has a row for them."""

    contacts: tuple[UUID, ...]
    leads: tuple[UUID, ...]
    attempts: tuple[UUID, ...]
    calls: tuple[UUID, ...]
    conversations: tuple[UUID, ...]
    points: tuple[str, ...]
    """Numbers (E.164) and addresses (lower case) that are theirs and nobody else's."""
    names: tuple[tuple[str, str], ...]
    """First and last name, both in lower case and neither empty."""
    references: tuple[str, ...]
    """What providers call their calls and messages."""

    @property
    def ids(self) -> dict[str, list[UUID]]:
        """As the statements bind them."""
        return {
            "contacts": list(self.contacts),
            "leads": list(self.leads),
            "attempts": list(self.attempts),
            "calls": list(self.calls),
            "conversations": list(self.conversations),
        }

    @property
    def said(self) -> dict[str, list[str]]:
        """What a delivery or a row of a list that speaks of them holds, as the statements bind it:
        `patterns` for LIKE, in lower case; `numbers` digits alone; the others as they are.
        """
        numbers = [one for one in self.points if "@" not in one]
        addresses = [one for one in self.points if "@" in one]
        ids = [str(id) for id in (*self.attempts, *self.calls, *self.conversations)]
        words = [number.removeprefix("+") for number in numbers]
        words += [*addresses, *ids, *(one.lower() for one in self.references)]
        return {
            "patterns": [f"%{SPECIAL.sub(_ESCAPED, word)}%" for word in words],
            "numbers": [_without_country(number) for number in numbers],
            "addresses": addresses,
            "first_names": [first for first, _ in self.names],
            "last_names": [last for _, last in self.names],
        }


_ESCAPED: Final = r"\\\1"


def _without_country(number: str) -> str:
    """How lists write a number of their own country: `(202) 555-0123` has no +1."""
    phone = parse_phone(number)
    digits = number.removeprefix("+")
    if isinstance(phone, Phone):
        return digits.removeprefix(str(phone.calling_code))
    return digits


# Nobody is taken for this person because a colleague shares an address with them.
_POINTS = text("""
WITH theirs AS (
  SELECT value FROM contact_points WHERE contact_id = ANY(cast(:contacts AS uuid[]))
  UNION SELECT phone FROM leads WHERE contact_id = ANY(cast(:contacts AS uuid[]))
  UNION SELECT whatsapp FROM leads WHERE contact_id = ANY(cast(:contacts AS uuid[]))
  UNION SELECT lower(email) FROM leads WHERE contact_id = ANY(cast(:contacts AS uuid[]))
  UNION SELECT phone FROM attempts WHERE lead_id = ANY(cast(:leads AS uuid[]))
  UNION SELECT phone FROM conversations WHERE contact_id = ANY(cast(:contacts AS uuid[]))
)
SELECT value FROM theirs WHERE value IS NOT NULL ORDER BY value
""")
_CALLS = text("""
SELECT id FROM calls
WHERE contact_id = ANY(cast(:contacts AS uuid[])) OR lead_id = ANY(cast(:leads AS uuid[]))
   OR attempt_id = ANY(cast(:attempts AS uuid[])) ORDER BY id
""")
_NAMES = text("""
SELECT DISTINCT lower(first_name) AS first, lower(last_name) AS last FROM (
  SELECT first_name, last_name FROM leads WHERE contact_id = ANY(cast(:contacts AS uuid[]))
  UNION SELECT first_name, last_name FROM contacts WHERE id = ANY(cast(:contacts AS uuid[]))) n
WHERE first_name <> '' AND last_name <> '' ORDER BY 1, 2
""")
_REFERENCES = text("""
SELECT provider_ref FROM attempts
WHERE id = ANY(cast(:attempts AS uuid[])) AND provider_ref IS NOT NULL
UNION SELECT provider_ref FROM calls
WHERE id = ANY(cast(:calls AS uuid[])) AND provider_ref IS NOT NULL
UNION SELECT provider_ref FROM messages
WHERE conversation_id = ANY(cast(:conversations AS uuid[])) AND provider_ref IS NOT NULL
UNION SELECT provider_ref FROM recordings
WHERE call_id = ANY(cast(:calls AS uuid[])) AND provider_ref IS NOT NULL
ORDER BY 1
""")
_OF: Final = {
    "leads": "SELECT id FROM leads WHERE contact_id = ANY(cast(:contacts AS uuid[])) ORDER BY id",
    "attempts": "SELECT id FROM attempts WHERE lead_id = ANY(cast(:leads AS uuid[])) ORDER BY id",
    "conversations": "SELECT id FROM conversations"
    " WHERE contact_id = ANY(cast(:contacts AS uuid[])) ORDER BY id",
}


async def find(tx: AsyncConnection, kind: str, value: str) -> Known:
    """Whoever is reached by this phone (E.164) or address (lower case)."""
    contacts = sorted(await suppressions.owners_of(tx, kind, value))
    ids: dict[str, list[UUID]] = {"contacts": contacts}
    for name, query in _OF.items():
        ids[name] = list((await tx.execute(text(query), ids)).scalars())
    ids["calls"] = list((await tx.execute(_CALLS, ids)).scalars())
    points = [value, *(await tx.execute(_POINTS, ids)).scalars()]
    names = await tx.execute(_NAMES, ids)
    return Known(
        contacts=tuple(contacts),
        leads=tuple(ids["leads"]),
        attempts=tuple(ids["attempts"]),
        calls=tuple(ids["calls"]),
        conversations=tuple(ids["conversations"]),
        points=tuple(await _theirs_alone(tx, points, contacts)),
        names=tuple((row.first, row.last) for row in names),
        references=tuple((await tx.execute(_REFERENCES, ids)).scalars()),
    )


async def _theirs_alone(
    tx: AsyncConnection, points: Sequence[str], contacts: Sequence[UUID]
) -> list[str]:
    found = []
    for point in dict.fromkeys(points):
        kind = "email" if "@" in point else "phone"
        owners = await suppressions.owners_of(tx, kind, point)
        if set(owners) <= set(contacts):
            found.append(point)
    return found
