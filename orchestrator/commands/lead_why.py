"""`outreach leads why`: every decision about a lead, in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from orchestrator.commands.find_leads import LeadArgument, find_leads
from orchestrator.commands.lead_law import law_as_data, law_in_words
from orchestrator.commands.lead_words import told
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.commands.standstill import standstills
from orchestrator.config import Config
from orchestrator.engine.legality import Legality, legality
from orchestrator.erasure_key import marks_of
from orchestrator.law.reading import read_rulebook
from orchestrator.store import open_store
from outreach.telling.events import tell
from outreach.telling.setting import Setting
from storage.database import transaction
from storage.lead_history import Happened, history, names
from storage.lead_rows import LeadRow

COLUMNS = ("UTC", "their_time", "what_happened")


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A lead and what is known of it."""

    lead: LeadRow
    events: Sequence[Happened]
    names: Mapping[str, str]
    legality: Legality
    standstill: Sequence[str]
    """What keeps its campaign still."""

    @property
    def setting(self) -> Setting:
        return Setting(zones=self.lead.zones, names=self.names)


def why_command(
    lead: LeadArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Everything that was decided about a lead: what, why, and when on their clock and in UTC."""
    found = run(_why(read_config(config), lead))
    output = Output(as_json)
    if as_json:
        output.data([_as_data(past) for past in found])
        return
    for sentence in dict.fromkeys(one for past in found for one in past.standstill):
        output.say(sentence)
    for past in found:
        name = f"{past.lead.first_name} {past.lead.last_name}".strip() or "No name"
        output.say(f"{name} in {past.lead.campaign}: {told(past.lead)}")
        for sentence in law_in_words(past.legality, past.setting):
            output.say(sentence)
        output.rows(COLUMNS, [_row(one, past.setting) for one in past.events])


def _row(one: Happened, setting: Setting) -> dict[str, object]:
    return {
        "UTC": f"{one.at:%Y-%m-%d %H:%M:%S}",
        "their_time": setting.local(one.at),
        "what_happened": _told(one, setting),
    }


def _told(one: Happened, setting: Setting) -> str:
    return tell(one.kind, one.actor, one.data, setting)


def _as_data(past: Past) -> dict[str, object]:
    events = [
        {
            **asdict(one),
            "their_time": past.setting.local(one.at),
            "told": _told(one, past.setting),
        }
        for one in past.events
    ]
    return {
        "lead": asdict(past.lead),
        "standstill": past.standstill,
        "law": law_as_data(past.legality),
        "events": events,
    }


async def _why(config: Config, lead: str) -> list[Past]:
    rulebook = read_rulebook(config.compliance.hours, config.compliance.jurisdictions)
    async with open_store(config) as store, transaction(store.engine) as tx:
        marks = marks_of(config)
        rows = await find_leads(tx, lead)
        return [
            Past(
                lead=row,
                events=await history(tx, row.id, row.contact_id),
                names=await names(tx, row.id),
                legality=await legality(tx, rulebook, marks, row.id),
                standstill=await standstills(tx, [row.campaign]),
            )
            for row in rows
        ]
