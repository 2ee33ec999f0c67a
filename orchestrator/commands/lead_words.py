"""What a lead is and waits for, in the words of people."""

import json
from datetime import datetime

from orchestrator.commands.output import in_words, plain
from outreach.lead import Work
from outreach.telling.codes import channel, status, why
from outreach.telling.setting import Setting
from storage.lead_rows import LeadRow


def told(value: object) -> str:
    """A sentence for a lead, a cell for any other value."""
    match value:
        case LeadRow():
            return _lead(value)
        case dict() | list():
            return json.dumps(value, default=plain, ensure_ascii=False)
        case datetime():
            return value.isoformat()
    return in_words(value)


def _lead(row: LeadRow) -> str:
    setting = Setting(zones=row.zones)
    is_now = f"{status(row.status)}".capitalize()
    if row.work == Work.PLANNED and row.due_at is not None:
        due = setting.moment(row.due_at.isoformat())
        return f"{is_now}; a {channel(row.channel)} is due {due}."
    words = {
        Work.PLANNED: "Something is planned.",
        Work.IN_FLIGHT: "An attempt is under way.",
        Work.WAITING: "It waits.",
        Work.BLOCKED: "It is not contacted.",
        Work.ENDED: "Nothing more comes.",
    }
    parts = [f"{is_now}.", words[Work(row.work)], why(row.work_reason)]
    if row.recheck_at is not None:
        parts.append(f"Looked at again {setting.moment(row.recheck_at.isoformat())}.")
    return " ".join(part for part in parts if part)
