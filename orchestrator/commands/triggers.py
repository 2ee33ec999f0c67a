"""`outreach triggers`: what happens of itself when a company moves; and what would, as a trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.commands.campaign_apply import apply_command, read_editions
from orchestrator.commands.opened import opened
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.context import Context
from orchestrator.engine.journeys.trial import Would, trial
from orchestrator.engine.journeys.triggers import newest_triggers
from outreach.accounts.trigger_document import Trigger
from outreach.errors import Rejected

app = typer.Typer(help="What happens when a company moves.", no_args_is_help=True)
COLUMNS = ("company", "stage", "cause", "people", "rests")


@app.command("apply")
def apply_triggers(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="YAML documents.")],
    base: Annotated[
        int | None,
        typer.Option("--base", metavar="N", min=1, help="The version that the file started from."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say whom it would set off for today, and store nothing."),
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish triggers, or say what they would do."""
    documents = [one.document for one in read_editions(files)]
    wanted = [one for one in documents if isinstance(one, Trigger)]
    if len(wanted) != len(documents):
        raise Rejected(
            "not_a_trigger",
            "One of the files is no trigger.",
            "`outreach campaign apply` publishes documents of every kind.",
        )
    if not dry_run:
        apply_command(files, base=base, yes=True, config=config, as_json=as_json)
        return
    _show(Output(as_json), run(_try(read_config(config), wanted)))


@app.command("list")
def list_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """All triggers, by name."""
    rows = run(_list(read_config(config)))
    output = Output(as_json)
    if not rows and not as_json:
        output.say("There is no trigger; `outreach triggers apply FILE` makes one.")
        return
    output.rows(("name", "version", "enabled", "title"), rows)


@app.command("test")
def trial_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The trigger.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whom a trigger would set off for today, and do nothing."""
    _show(Output(as_json), run(_try_stored(read_config(config), name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    trigger: Trigger
    would: Sequence[Would]


async def _list(config: Config) -> list[Mapping[str, object]]:
    async with opened(config) as (ctx, tx):
        return [
            {
                "name": one.name,
                "version": version,
                "enabled": "yes" if one.enabled else "no",
                "title": one.title,
            }
            for version, one in await newest_triggers(ctx, tx)
        ]


async def _try(config: Config, wanted: Sequence[Trigger]) -> list[Tried]:
    async with opened(config) as (ctx, tx):
        return [await _tried(ctx, tx, one) for one in wanted]


async def _try_stored(config: Config, name: str) -> list[Tried]:
    async with opened(config) as (ctx, tx):
        known = [one for _, one in await newest_triggers(ctx, tx) if one.name == name]
        if not known:
            raise Rejected(
                "unknown_trigger",
                f"There is no trigger {name}.",
                "`outreach triggers list` shows those that there are.",
            )
        return [await _tried(ctx, tx, known[0])]


async def _tried(ctx: Context, tx: AsyncConnection, trigger: Trigger) -> Tried:
    return Tried(trigger=trigger, would=await trial(tx, trigger))


def _show(output: Output, tried: Sequence[Tried]) -> None:
    if output.as_json:
        output.data([_as_data(one) for one in tried])
        return
    for one in tried:
        if not one.would:
            output.say(f"{one.trigger.name}: no company stands so that it would go off.")
            continue
        output.say(f"{one.trigger.name} would go off for {len(one.would)} companies:")
        output.rows(COLUMNS, [_as_row(would) for would in one.would])


def _as_row(would: Would) -> Mapping[str, object]:
    rests = "yes" if would.rests else "no"
    return {
        "company": would.name,
        "stage": would.stage,
        "cause": would.cause.code,
        "people": len(would.people),
        "rests": rests,
    }


def _as_data(tried: Tried) -> Mapping[str, object]:
    return {
        "trigger": tried.trigger.name,
        "would": [
            {
                "company": one.company_id,
                "name": one.name,
                "stage": one.stage,
                "cause": one.cause.code,
                "touchpoint": one.cause.touchpoint_id,
                "people": list(one.people),
                "rests": one.rests,
            }
            for one in tried.would
        ],
    }
