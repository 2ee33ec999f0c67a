"""`outreach person`: what somebody may demand of whoever stores things about them."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output, plain
from orchestrator.config import Config
from orchestrator.engine.actions.erase_person import Erased, erase_person
from orchestrator.engine.actions.export_person import export_person
from orchestrator.engine.actions.hold_person import hold_person, release_person
from outreach.do_not_contact import BadPoint, Named, parse_point
from outreach.errors import Rejected

app = typer.Typer(help="Rights of a person: export or erase all about them.", no_args_is_help=True)

PointArgument = Annotated[str, typer.Argument(metavar="PHONE|EMAIL", help="As +12025550123.")]
Exported = Mapping[str, Sequence[Mapping[str, object]]]


@app.command("export")
def export_command(
    point: PointArgument,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write here, readable to you alone."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Everything that is stored about a person, as JSON; recordings by the names of their files."""
    found = run(_export(read_config(config), _named(point)))
    if out is None:
        Output().data(found)
        return
    _write(out, found)
    rows = sum(map(len, found.values()))
    Output().say(f"{rows} rows are written to {out}.")


@app.command("erase")
def erase_command(
    point: PointArgument,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Really do it: there is no way back.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a person out of everything, and never contact or take them in again."""
    named = _named(point)
    if not confirm:
        raise Rejected(
            "not_confirmed",
            "Erasing has no way back.",
            "See what there is with `outreach person export`, then repeat this with --confirm.",
            "--confirm",
        )
    done = run(_erase(read_config(config), named))
    output = Output(as_json)
    if as_json:
        output.data(asdict(done))
        return
    output.say(
        f"Erased: {done.leads} leads, {done.recordings} recordings. They are never contacted or"
        " taken in again."
    )
    output.say("What is left elsewhere: backups, and what the providers keep (docs/compliance.md).")


@app.command("hold")
def hold_command(
    point: PointArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Keep everything about a person: neither retention nor erasing takes it until `release`."""
    changed = run(_hold(read_config(config), _named(point)))
    _turned(Output(as_json), changed, "It is held from now on.", "It was held already.")


@app.command("release")
def release_command(
    point: PointArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Lift the legal hold: retention and erasing go on."""
    changed = run(_release(read_config(config), _named(point)))
    _turned(Output(as_json), changed, "The hold is lifted.", "There was no hold.")


def _turned(output: Output, changed: bool, yes: str, no: str) -> None:
    if output.as_json:
        output.data({"changed": changed})
    else:
        output.say(yes if changed else no)


async def _hold(config: Config, named: Named) -> bool:
    async with opened(config) as (_, tx):
        return await hold_person(tx, named.kind, named.value, OPERATOR)


async def _release(config: Config, named: Named) -> bool:
    async with opened(config) as (_, tx):
        return await release_person(tx, named.kind, named.value, OPERATOR)


async def _export(config: Config, named: Named) -> Exported:
    async with opened(config) as (_, tx):
        return await export_person(tx, named.kind, named.value, OPERATOR)


async def _erase(config: Config, named: Named) -> Erased:
    async with opened(config) as (ctx, tx):
        return await erase_person(ctx, tx, named.kind, named.value, OPERATOR)


def _named(point: str) -> Named:
    match parse_point(point):
        case Named() as one:
            return one
        case BadPoint() as bad:
            raise Rejected(bad.code, f"{bad.text!r}: {bad.message}", bad.suggestion)


def _write(out: Path, found: Exported) -> None:
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(found, file, default=plain, indent=2, ensure_ascii=False)
        file.write("\n")
