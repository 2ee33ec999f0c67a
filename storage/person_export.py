"""Everything about one person as it stands in the tables, for themselves to read."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.person import Known

_OF_LEADS: Final = "lead_id = ANY(cast(:leads AS uuid[]))"
_OF_CONTACTS: Final = "contact_id = ANY(cast(:contacts AS uuid[]))"
_OF_CALLS: Final = "call_id = ANY(cast(:calls AS uuid[]))"
_OF_TALKS: Final = "conversation_id = ANY(cast(:conversations AS uuid[]))"
_OF_READINGS: Final = (
    f"reading_id IN (SELECT id FROM readings WHERE {_OF_LEADS} OR {_OF_CALLS} OR {_OF_TALKS})"
)

ABOUT: Final = {
    "contacts": ("contacts", "id = ANY(cast(:contacts AS uuid[]))", "id"),
    "contact_points": ("contact_points", _OF_CONTACTS, "value"),
    "leads": ("leads", _OF_CONTACTS, "id"),
    "attempts": ("attempts", _OF_LEADS, "id"),
    "calls": ("calls", "id = ANY(cast(:calls AS uuid[]))", "id"),
    "turns": ("turns", _OF_CALLS, "call_id, number"),
    "recordings": ("recordings", _OF_CALLS, "id"),
    "conversations": ("conversations", _OF_CONTACTS, "id"),
    "messages": ("messages", _OF_TALKS, "id"),
    "readings": ("readings", f"{_OF_LEADS} OR {_OF_CALLS} OR {_OF_TALKS}", "id"),
    "extractions": ("extractions", _OF_READINGS, "id"),
    "consents": ("consents", _OF_CONTACTS, "recorded_at, id"),
    "suppressions": ("suppressions", "value = ANY(cast(:points AS text[]))", "id"),
    "pre_dial_answers": ("pre_dial_answers", "phone = ANY(cast(:points AS text[]))", "phone"),
    "meetings": ("meetings", _OF_CONTACTS, "id"),
    "tasks": ("tasks", f"{_OF_LEADS} OR {_OF_CONTACTS}", "id"),
    "notes": ("notes", f"{_OF_LEADS} OR {_OF_CONTACTS}", "id"),
    "touchpoints": ("touchpoints", f"{_OF_LEADS} OR {_OF_CONTACTS}", "id"),
    "lead_qualities": ("lead_qualities", _OF_LEADS, "lead_id"),
    "events": (
        "events",
        f"{_OF_LEADS} OR {_OF_CONTACTS} OR attempt_id = ANY(cast(:attempts AS uuid[]))",
        "tx, seq",
    ),
}
"""By the name of the part: table, which of its rows, and their order."""

OURS: Final = ["search", "token_hash", "token_until", "token_spent_at", "peaks", "tx"]
"""Columns that say nothing of the person: indexes, locks and pictures."""

_DELIVERIES = text("""
SELECT to_jsonb(i) FROM inbox i
WHERE lower(payload::text) LIKE ANY(cast(:patterns AS text[])) ORDER BY received_at, id
""")


async def export(tx: AsyncConnection, known: Known) -> dict[str, list[dict[str, object]]]:
    """The rows by their part; times as ISO 8601. Reads the whole inbox."""
    values = {**known.ids, "points": list(known.points), "ours": OURS}
    found: dict[str, list[dict[str, object]]] = {}
    for name, (table, where, order) in ABOUT.items():
        query = (
            f"SELECT to_jsonb(r) - cast(:ours AS text[]) FROM {table} r WHERE {where}"
            f" ORDER BY {order}"
        )
        found[name] = list((await tx.execute(text(query), values)).scalars())
    patterns = {"patterns": known.said["patterns"]}
    found["deliveries"] = list((await tx.execute(_DELIVERIES, patterns)).scalars())
    return found
