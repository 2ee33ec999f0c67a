"""`outreach suppress list`: public do-not-call files, looked up before every contact."""

import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Annotated, Final

import typer

from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions.do_not_call import Imported, NewList, drop_list, import_list
from orchestrator.law.reading import read_rulebook
from outreach.do_not_call_numbers import Plan, Tally, numbers_of, plan_of
from outreach.errors import Rejected
from outreach.law.do_not_call import allowed_age
from storage import clock, do_not_call
from storage.do_not_call import List

app = typer.Typer(help="Public do-not-call lists, each with its versions.", no_args_is_help=True)

FOUND_PROBLEMS: Final = 1
CHUNK: Final = 1 << 20
"""Bytes of a file that are read at once."""
SHOWN: Final = ("name", "country", "numbers", "imported_at", "age_days", "is_old", "source")


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="One number a line.")],
    name: Annotated[str, typer.Option("--list", metavar="NAME", help="What the list is called.")],
    country: Annotated[
        str, typer.Option("--country", metavar="CC", help="Whose numbers they are, such as FR.")
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of the version that there is.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring in a list: numbers as E.164 or as dialled within the country. It holds at once."""
    code, tally = country.strip().upper(), Tally()
    new = NewList(name=_named(name), country=code, source=file.name, replace=replace)
    done = run(_import(read_config(config), new, file, plan_of(code), tally))
    output = Output(as_json)
    if as_json:
        output.data({**asdict(done), "bad": tally.bad, "shown": tally.shown})
    else:
        before = "" if done.before is None else f", {done.before} before"
        output.say(f"{done.numbers} numbers{before}; {tally.bad} lines not understood.")
        for line in tally.shown:
            output.say(f"  {line!r}")
    if tally.bad:
        sys.exit(FOUND_PROBLEMS)


@app.command("show")
def show_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The lists that hold, how old each is, and whether that is older than it may be."""
    found = run(_show(read_config(config)))
    output = Output(as_json)
    output.data(found) if as_json else output.rows(SHOWN, found)


@app.command("drop")
def drop_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `show` names it.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a list away: who was held back by it alone may be contacted again."""
    run(_drop(read_config(config), name))
    output = Output(as_json)
    output.data({"dropped": name}) if as_json else output.say(f"The list {name} is dropped.")


async def _import(config: Config, new: NewList, file: Path, plan: Plan, tally: Tally) -> Imported:
    with _opened_file(file) as stream:
        async with opened(config) as (ctx, tx):
            return await import_list(ctx, tx, new, _numbers(stream, plan, tally), OPERATOR)


async def _show(config: Config) -> list[dict[str, object]]:
    rulebook = read_rulebook(config.compliance.hours, config.compliance.jurisdictions)
    async with opened(config) as (_, tx):
        now, lists = await clock.now(tx), await do_not_call.current(tx)
    most = config.compliance.do_not_call_age
    return [_shown(one, now, allowed_age(one.country, rulebook, most)) for one in lists]


async def _drop(config: Config, name: str) -> None:
    async with opened(config) as (ctx, tx):
        await drop_list(ctx, tx, name, OPERATOR)


def _shown(one: List, now: datetime, allowed: timedelta) -> dict[str, object]:
    age = now - one.imported_at
    told = {"age_days": age.days, "is_old": age > allowed}
    return {**asdict(one), **told}


async def _numbers(stream: IO[bytes], plan: Plan, tally: Tally) -> AsyncIterator[bytes]:
    for lines in _lines(stream):
        if found := numbers_of(lines, plan, tally):
            yield b"\n".join((*found, b""))


def _lines(stream: IO[bytes]) -> Iterator[list[bytes]]:
    while lines := stream.readlines(CHUNK):
        yield lines


def _opened_file(file: Path) -> IO[bytes]:
    try:
        return file.open("rb")
    except OSError as error:
        raise Rejected(
            "file_unreadable",
            f"{file} cannot be read: {(error.strerror or str(error)).lower()}.",
            "Check the path.",
            str(file),
        ) from error


def _named(name: str) -> str:
    if not name.strip():
        raise Rejected("list_unnamed", "The list has no name.", "Name it.", "--list")
    return name.strip()
