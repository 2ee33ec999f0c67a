"""`outreach campaign`: apply documents; launch, pause, resume, cancel, show and list campaigns."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.commands.campaign_apply import apply_command
from orchestrator.commands.campaign_forecast import forecast_command
from orchestrator.commands.campaign_show import show_command
from orchestrator.commands.campaign_why import why_command
from orchestrator.commands.confirm import confirm
from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions import campaigns as deeds
from orchestrator.engine.actions.apply import Applied
from orchestrator.engine.actions.duplicate import duplicate
from orchestrator.engine.actions.roles import Actor
from orchestrator.engine.context import Context
from orchestrator.store import open_store
from outreach.events import Kind
from outreach.lead import Work
from storage import campaigns, operator_stop, reports, tallies
from storage.database import transaction
from storage.old_lists import old_lists

app = typer.Typer(help="Campaigns: apply, launch, pause, resume, cancel.", no_args_is_help=True)
app.command("apply")(apply_command)
app.command("show")(show_command)
app.command("why")(why_command)
app.command("forecast")(forecast_command)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The campaign's name.")]

LISTED = ("name", "title", "status", "version", "launched_at", "started", "ended")

MixedOption = Annotated[
    bool,
    typer.Option("--allow-mixed", help="Contact real people where simulated ones were."),
]

Deed = Callable[[Context, AsyncConnection, str, Actor], Awaitable[str]]


@app.command("launch")
def launch_command(
    name: NameArgument,
    allow_mixed: MixedOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Begin, now or at the campaign's own start."""
    settings, output = read_config(config), Output(as_json)
    _do(partial(deeds.launch, allow_mixed=allow_mixed), name, settings, output)
    for warning in run(_old_lists(settings)):
        output.say(warning)


@app.command("pause")
def pause_command(
    name: NameArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Start nothing new; running calls go on to their end."""
    _do(deeds.pause, name, read_config(config), Output(as_json))


@app.command("resume")
def resume_command(
    name: NameArgument,
    allow_mixed: MixedOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on where it was paused."""
    _do(partial(deeds.resume, allow_mixed=allow_mixed), name, read_config(config), Output(as_json))


@app.command("cancel")
def cancel_command(
    name: NameArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """End it for good; what is planned is cancelled."""
    _do(deeds.cancel, name, read_config(config), Output(as_json))


@app.command("archive")
def archive_command(
    name: NameArgument,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask before leads that are still open end.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put away a draft, or a campaign that is over; `campaign list --all` still shows it."""
    settings = read_config(config)
    still_open = 0 if yes else run(_still_open(settings, name))
    if still_open:
        several = "leads that are" if still_open > 1 else "lead that is"
        confirm(
            f"{name} has {still_open} {several} not ended; archiving ends"
            f" {'them' if still_open > 1 else 'it'}, and there is no way back.",
            "Archive it?",
            f"Look at them with `outreach campaign show {name}`, then say --yes.",
            as_json=as_json,
        )
    _do(deeds.archive, name, settings, Output(as_json))


@app.command("duplicate")
def duplicate_command(
    name: NameArgument,
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new campaign's name.")],
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="[default: the old one, (copy)]")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Begin a draft with the same document, without the leads."""
    made = run(_duplicate(read_config(config), name, new, title))
    output = Output(as_json)
    if as_json:
        output.data({"name": made.name, "version": made.version, "status": "draft"})
    else:
        output.say(f"Campaign {made.name} is a draft with the document of {name}.")


@app.command("list")
def list_command(
    everything: Annotated[bool, typer.Option("--all", help="Archived ones too.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Campaigns that are not archived, oldest first."""
    rows = run(_list(read_config(config), everything))
    Output(as_json).rows(LISTED, rows)


def _do(deed: Deed, name: str, config: Config, output: Output) -> None:
    status, stopped = run(_deed(deed, name, config))
    if output.as_json:
        output.data({"name": name, "status": status, "stopped": stopped})
        return
    if stopped and status in ("running", "scheduled"):
        output.say(
            f"Campaign {name} is {status}, but everything is stopped: it contacts nobody until"
            " `outreach resume-all`."
        )
    else:
        output.say(f"Campaign {name} is {status}.")


async def _deed(deed: Deed, name: str, config: Config) -> tuple[str, bool]:
    """The campaign's new status, and whether everything is stopped all the same."""
    async with opened(config) as (ctx, tx):
        return await deed(ctx, tx, name, OPERATOR), await operator_stop.is_stopped(tx)


async def _old_lists(config: Config) -> list[str]:
    """A warning for each do-not-call list that should be got anew."""
    async with opened(config) as (ctx, tx):
        old = await old_lists(tx, ctx.rulebook, config.compliance.do_not_call_age)
    return [f"warning: {one.message} {one.fix}" for one in old]


async def _still_open(config: Config, name: str) -> int:
    """How many leads would end only because the campaign is archived."""
    async with open_store(config) as store, transaction(store.engine) as tx:
        campaign = await campaigns.find(tx, name)
        # Whoever cancelled a campaign has ended its leads already; one that runs is refused.
        if campaign is None or campaign.status not in ("draft", "completed"):
            return 0
        by_work = await reports.count_work(tx, campaign.id)
        return sum(count for work, count in by_work.items() if work != Work.ENDED)


async def _duplicate(config: Config, name: str, new: str, title: str | None) -> Applied:
    async with opened(config) as (ctx, tx):
        return await duplicate(ctx, tx, name, new, OPERATOR, title=title)


async def _list(config: Config, everything: bool) -> list[dict[str, object]]:
    async with open_store(config) as store, transaction(store.engine) as tx:
        rows = await campaigns.list_all(tx)
        shown = [one for one in rows if everything or one.status != "archived"]
        happened = await tallies.counts(tx, [one.id for one in shown])
        return [{**asdict(one), **_made(happened[one.id])} for one in shown]


def _made(happened: Mapping[Kind, int]) -> dict[str, int]:
    """How many attempts a provider took, and how many of all are over."""
    return {
        "started": happened.get(Kind.ATTEMPT_STARTED, 0),
        "ended": happened.get(Kind.ATTEMPT_ENDED, 0),
    }
