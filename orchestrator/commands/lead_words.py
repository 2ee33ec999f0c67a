"""What a lead or something that happened to it is, in the words of people."""

import json
from datetime import datetime

from orchestrator.commands.output import in_words, plain
from outreach.reason import WORDS, Reason
from storage.lead_rows import Happened, LeadRow


def told(value: object) -> str:
    """A sentence for a lead or an event, a cell for any other value."""
    match value:
        case LeadRow():
            return _lead(value)
        case Happened():
            return _event(value)
        case dict() | list():
            return json.dumps(value, default=plain, ensure_ascii=False)
        case datetime():
            return value.isoformat()
    return in_words(value)


def reason_in_words(code: str) -> str:
    """The sentence of a reason; a code that is none stays as it is."""
    return WORDS[Reason(code)] if code in set(Reason) else code


def _lead(row: LeadRow) -> str:
    if row.work == "planned" and row.due_at is not None:
        return f"{row.status}; the next {row.channel} attempt is due {in_words(row.due_at)}."
    reason = reason_in_words(row.work_reason) if row.work_reason else ""
    again = f" Looked at again {in_words(row.recheck_at)}." if row.recheck_at else ""
    return f"{row.status}, {row.work}. {reason}{again}".rstrip()


def _event(event: Happened) -> str:
    codes = [str(event.data[key]) for key in ("reason", "moved_by") if event.data.get(key)]
    sentences = [reason_in_words(code) for code in codes]
    rest = {k: v for k, v in event.data.items() if k not in ("reason", "moved_by")}
    facts = ", ".join(f"{key} {value}" for key, value in rest.items())
    return " ".join(part for part in (*sentences, facts) if part)
