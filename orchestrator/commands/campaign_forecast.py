"""`outreach campaign forecast`: who would be contacted when, how fast, and who would not."""

from dataclasses import asdict
from typing import Annotated

import typer

from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.forecasting import Outlook, look_ahead
from orchestrator.engine.library import Library
from orchestrator.erasure_key import marks_of
from orchestrator.law.reading import read_rulebook
from orchestrator.store import open_store
from outreach.errors import Rejected
from outreach.forecast import Hour
from outreach.telling import standing as words
from outreach.telling.codes import why
from outreach.telling.outlook import CHANNELS, sentences
from outreach.telling.setting import Setting
from storage import campaigns
from storage.coming import Coming
from storage.database import transaction

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The campaign's name.")]
WIDEST = 40
"""Characters of the longest bar."""


def forecast_command(
    name: NameArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """What the campaign would do from now on: who, when, how many an hour, until when."""
    found = run(_forecast(read_config(config), name))
    output = Output(as_json)
    if as_json:
        output.data(asdict(found))
        return
    for sentence in sentences(found.forecast, found.room, found.cost, found.elsewhere):
        output.say(sentence)
    for group in found.resting:
        line = words.resting(group.work, group.reason, group.leads, group.recheck_at)
        output.say(f"{line.leads:>8} {line.words}")
    if found.forecast.hours:
        output.say("\nAttempts by hour (UTC): # first, + expected again")
        busiest = max(hour.first + hour.later for hour in found.forecast.hours)
        for hour in found.forecast.hours:
            output.say(_hour(hour, busiest))
    if found.first:
        output.say("\nThe first")
        for one in found.first:
            output.say(_one(one))


async def _forecast(config: Config, name: str) -> Outlook:
    rulebook = read_rulebook(config.compliance.hours, config.compliance.jurisdictions)
    async with open_store(config) as store, transaction(store.engine) as tx:
        campaign = await campaigns.find(tx, name)
        if campaign is None:
            raise Rejected(
                code="unknown_campaign",
                message=f"There is no campaign {name}.",
                fix="See `outreach campaign list`.",
            )
        return await look_ahead(
            tx,
            campaign.id,
            rulebook=rulebook,
            marks=marks_of(config),
            prices=config.prices.table if config.prices else None,
            library=Library(),
        )


def _hour(hour: Hour, busiest: int) -> str:
    first = round(hour.first / busiest * WIDEST)
    both = round((hour.first + hour.later) / busiest * WIDEST)
    bar = "#" * first + "+" * (both - first)
    return f"  {hour.begins_at:%a %d %b %H:00} {hour.first + hour.later:>7} {bar}"


def _one(one: Coming) -> str:
    name = f"{one.first_name} {one.last_name}".strip() or "No name"
    there = Setting(zones=one.zones).local(one.due_at)
    moved = f"  {why(one.moved_by)}" if one.moved_by else ""
    return f"  {there:<28} {CHANNELS[one.channel]:<8} {one.address:<16} {name}{moved}"
