"""`outreach campaign why`: what the leads of a campaign wait for, counted."""

from dataclasses import asdict
from typing import Annotated

import typer

from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.commands.standstill import STOPPED
from orchestrator.commands.standstill import standing as standing_of
from orchestrator.config import Config
from orchestrator.store import open_store
from outreach.errors import Rejected
from outreach.telling import standing as words
from outreach.telling.standing import Due, Line
from storage import campaigns, clock, operator_stop, standing
from storage.database import transaction

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The campaign's name.")]


def why_command(
    name: NameArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Why its leads are not contacted now: how many wait for what."""
    whole, lines = run(_why(read_config(config), name))
    output = Output(as_json)
    if as_json:
        output.data({"campaign": whole, "leads": [asdict(line) for line in lines]})
        return
    for sentence in whole:
        output.say(sentence)
    for line in lines:
        output.say(f"{line.leads:>8} {line.words}")
    if not lines:
        output.say("It has no leads yet.")


async def _why(config: Config, name: str) -> tuple[list[str], list[Line]]:
    """What holds for the whole campaign, and what holds for groups of its leads."""
    async with open_store(config) as store, transaction(store.engine) as tx:
        campaign = await campaigns.find(tx, name)
        if campaign is None:
            raise Rejected(
                code="unknown_campaign",
                message=f"There is no campaign {name}.",
                fix="See `outreach campaign list`.",
            )
        whole = [standing_of(campaign)]
        if await operator_stop.is_stopped(tx):
            whole.insert(0, STOPPED)
        planned = [
            Due(moved_by=one.moved_by, due_at=one.due_at, zone=one.zone, leads=one.leads)
            for one in await standing.planned(tx, campaign.id)
        ]
        lines = [
            *words.planned(planned, await clock.now(tx)),
            *[
                words.resting(one.work, one.reason, one.leads, one.recheck_at)
                for one in await standing.resting(tx, campaign.id)
            ],
        ]
        return whole, sorted(lines, key=lambda line: -line.leads)
