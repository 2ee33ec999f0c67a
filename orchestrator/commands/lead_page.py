"""One lead on one screen: who it is, where it stands, what comes next on their own clock."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from orchestrator.commands.lead_words import told
from orchestrator.commands.output import Output, in_words
from outreach.telling.codes import channel as in_plain
from outreach.telling.codes import outcome as in_outcome
from storage.lead_rows import LeadRow
from storage.meetings import Meeting
from storage.worked_leads import Past


def tell_lead(
    output: Output, row: LeadRow, made: Sequence[Past] = (), met: Sequence[Meeting] = ()
) -> None:
    """Print it for a person, with attempts that were made and meetings; nothing that is empty."""
    name = f"{row.first_name} {row.last_name}".strip() or "No name"
    output.say(f"{name}, lead {row.id} of {row.campaign}")
    output.say(told(row))
    if row.due_at is not None:
        output.say(f"Next: {row.channel} on {local(row.due_at, row.zones)}.")
    for one in met:
        if one.cancelled_at is None:
            output.say(f"Meeting: {local(one.starts_at, row.zones)}, booked by {one.booked_by}.")
    facts: Mapping[str, object] = {
        "phone": row.phone,
        "whatsapp": row.whatsapp if row.whatsapp != row.phone else None,
        "email": row.email,
        "company": row.company,
        "title": row.title,
        "country": row.country,
        "language": row.language,
        "time zones": ", ".join(row.zones),
        "owner": row.owner,
        "not before": row.not_before,
        **row.fields,
        "import": row.import_id and f"{row.import_id}, row {row.row_number}",
        "contact": row.contact_id,
        "created": row.created_at,
    }
    for word, value in facts.items():
        if value not in (None, ""):
            output.say(f"  {word:<12} {in_words(value)}")
    for past in made:
        output.say(f"  {in_plain(past.channel):<12} {local(past.ended_at, row.zones)}:")
        output.say(f"  {'':<12} {in_outcome(past.outcome)} (attempt {past.id})")


def local(at: datetime | None, zones: Sequence[str]) -> str:
    """A moment on the person's clock where one zone is known, and in UTC."""
    if at is None:
        return ""
    if len(zones) != 1:
        return in_words(at)
    here = at.astimezone(ZoneInfo(zones[0]))
    return f"{here:%a %d %b %H:%M} their time ({in_words(at)})"
