"""One lead on one screen: who it is, where it stands, what comes next on their own clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from orchestrator.commands.lead_words import told
from orchestrator.commands.output import Output, in_words
from outreach.charges import Cost, told_cost
from outreach.telling.codes import channel as in_plain
from outreach.telling.codes import outcome as in_outcome
from outreach.telling.events import tell
from outreach.telling.setting import Setting
from storage.lead_history import Happened
from storage.lead_rows import LeadRow
from storage.meetings import Meeting
from storage.worked_leads import Past


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A lead, with attempts that were made (oldest first) and meetings."""

    row: LeadRow
    made: Sequence[Past] = ()
    met: Sequence[Meeting] = ()
    campaign: Sequence[Happened] = ()
    """What happened to its campaign meanwhile, oldest first."""
    costs: Mapping[UUID, Cost] = field(default_factory=dict)
    """By attempt, where they are known."""
    has_prices: bool = False
    """Whether any are configured."""
    standstill: Sequence[str] = ()
    """What keeps its campaign still."""


def tell_lead(output: Output, shown: Shown) -> None:
    """Print it for a person; nothing that is empty."""
    row, met = shown.row, shown.met
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
    for line in _past(shown):
        output.say(line)


def _past(shown: Shown) -> list[str]:
    """Attempts, and what happened to the campaign between them."""
    zones = shown.row.zones
    told: list[tuple[datetime, list[str]]] = [
        (
            one.at,
            [
                f"  {'campaign':<12} {local(one.at, zones)}:",
                f"  {'':<12} {tell(one.kind, one.actor, one.data, Setting(zones=zones))}",
            ],
        )
        for one in shown.campaign
    ]
    told += [(past.ended_at, _made(past, shown)) for past in shown.made]
    return [line for _, lines in sorted(told, key=lambda one: one[0]) for line in lines]


def _made(past: Past, shown: Shown) -> list[str]:
    cost = told_cost(shown.costs.get(past.id), has_prices=shown.has_prices)
    return [
        f"  {in_plain(past.channel):<12} {local(past.ended_at, shown.row.zones)}:",
        f"  {'':<12} {in_outcome(past.outcome)} (attempt {past.id})",
        f"  {'':<12} Cost: {cost}.",
    ]


def local(at: datetime | None, zones: Sequence[str]) -> str:
    """A moment on the person's clock where one zone is known, and in UTC."""
    if at is None:
        return ""
    if len(zones) != 1:
        return in_words(at)
    here = at.astimezone(ZoneInfo(zones[0]))
    return f"{here:%a %d %b %H:%M} their time ({in_words(at)})"
