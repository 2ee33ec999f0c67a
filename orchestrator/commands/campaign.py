"""`outreach campaign`: apply documents; launch, pause, resume, cancel, show and list campaigns."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.commands.campaign_why import why_command
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output, complain
from orchestrator.config import Config
from orchestrator.documents import dump_yaml, read_document
from orchestrator.engine.actions import campaigns as deeds
from orchestrator.engine.actions.apply import Applied, apply
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.context import Context
from orchestrator.store import open_store
from orchestrator.wiring import open_context
from outreach.documents import Document
from outreach.errors import Rejected
from outreach.events import Kind
from storage import campaigns, reports, tallies
from storage.campaigns import Campaign
from storage.database import transaction

app = typer.Typer(help="Campaigns: apply, launch, pause, resume, cancel.", no_args_is_help=True)
app.command("why")(why_command)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The campaign's name.")]

LISTED = ("name", "title", "status", "version", "launched_at", "started", "ended")

MixedOption = Annotated[
    bool,
    typer.Option("--allow-mixed", help="Contact real people where simulated ones were."),
]

OPERATOR = Actor(name="cli", role=Role.OWNER)
"""Whoever may run a command on this machine may do everything."""

Deed = Callable[[Context, AsyncConnection, str, Actor], Awaitable[str]]


@app.command("apply")
def apply_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="YAML documents.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish documents: agents, templates and campaigns, in whatever order they are given."""
    documents = in_order(read_all(files))
    applied = run(apply_all(read_config(config), documents))
    output = Output(as_json)
    if as_json:
        output.data([asdict(one) for one in applied])
        return
    for one in applied:
        news = f"is now at version {one.version}" if one.changed else "says so already"
        output.say(f"{one.kind} {one.name} {news}.")


@app.command("launch")
def launch_command(
    name: NameArgument,
    allow_mixed: MixedOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Begin, now or at the campaign's own start."""
    _do(partial(deeds.launch, allow_mixed=allow_mixed), name, read_config(config), Output(as_json))


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


@app.command("show")
def show_command(
    name: NameArgument,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="The document, ready to edit.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where a campaign stands: leads, attempts, follow-ups."""
    output = Output(as_json)
    if as_yaml:
        output.write(run(_document(read_config(config), name)))
        return
    shown = run(_show(read_config(config), name))
    if as_json:
        output.data(shown)
    else:
        output.rows(("what", "value"), [{"what": k, "value": v} for k, v in shown.items()])


@app.command("list")
def list_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """All campaigns, oldest first."""
    rows = run(_list(read_config(config)))
    Output(as_json).rows(LISTED, rows)


def read_all(files: Sequence[Path]) -> list[Document]:
    """Read the files; every mistake in any of them is printed before the command ends."""
    documents: list[Document] = []
    problems: list[Rejected] = []
    for file in files:
        read = read_document(file)
        if isinstance(read, tuple):
            problems += read
        else:
            documents.append(read)
    for problem in problems[:-1]:
        complain(problem)
    if problems:
        raise problems[-1]
    return documents


def in_order(documents: Sequence[Document]) -> list[Document]:
    """Agents and templates before the campaigns that name them."""
    return sorted(documents, key=lambda one: one.kind == "campaign")


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[tuple[Context, AsyncConnection]]:
    """Everything one deed needs, in one transaction."""
    async with (
        open_store(config) as store,
        open_context(config, store) as ctx,
        transaction(store.engine) as tx,
    ):
        yield ctx, tx


async def apply_all(config: Config, documents: Sequence[Document]) -> list[Applied]:
    """Publish all of them or, where one is refused, none."""
    async with opened(config) as (ctx, tx):
        return [await apply(ctx, tx, one, OPERATOR) for one in documents]


def _do(deed: Deed, name: str, config: Config, output: Output) -> None:
    status = run(_deed(deed, name, config))
    if output.as_json:
        output.data({"name": name, "status": status})
    else:
        output.say(f"Campaign {name} is {status}.")


async def _deed(deed: Deed, name: str, config: Config) -> str:
    async with opened(config) as (ctx, tx):
        return await deed(ctx, tx, name, OPERATOR)


async def _show(config: Config, name: str) -> dict[str, object]:
    async with open_store(config) as store, transaction(store.engine) as tx:
        campaign = await _named(tx, name)
        follow_ups = await reports.count_follow_ups(tx, campaign.id)
        return {
            "name": campaign.name,
            "title": campaign.title,
            "status": campaign.status,
            "status_reason": campaign.status_reason,
            "version": campaign.version,
            "agent": campaign.agent_name,
            "leads": await reports.count_statuses(tx, campaign.id),
            "work": await reports.count_work(tx, campaign.id),
            "blocked": await reports.count_blocked(tx, campaign.id),
            "attempts": await reports.count_outcomes(tx, campaign.id),
            "follow_ups": asdict(follow_ups),
            "happened": (await tallies.counts(tx, [campaign.id]))[campaign.id],
        }


async def _document(config: Config, name: str) -> str:
    async with opened(config) as (ctx, tx):
        campaign = await _named(tx, name)
        return dump_yaml(await ctx.library.campaign(tx, name, campaign.version))


async def _list(config: Config) -> list[dict[str, object]]:
    async with open_store(config) as store, transaction(store.engine) as tx:
        found = await campaigns.list_all(tx)
        happened = await tallies.counts(tx, [one.id for one in found])
        return [{**asdict(one), **_made(happened[one.id])} for one in found]


def _made(happened: Mapping[Kind, int]) -> dict[str, int]:
    """How many attempts a provider took, and how many of all are over."""
    return {
        "started": happened.get(Kind.ATTEMPT_STARTED, 0),
        "ended": happened.get(Kind.ATTEMPT_ENDED, 0),
    }


async def _named(tx: AsyncConnection, name: str) -> Campaign:
    found = await campaigns.find(tx, name)
    if found is None:
        known = ", ".join(one.name for one in await campaigns.list_all(tx)) or "none yet"
        raise Rejected(
            "unknown_campaign",
            f"There is no campaign {name}.",
            f"Campaigns: {known}.",
        )
    return found
