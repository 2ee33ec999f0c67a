"""`outreach campaign apply`: documents become versions, after it was shown what they change."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from orchestrator.commands.campaign_preview import (
    Who,
    tell_differences,
    tell_documents,
    tell_moves,
)
from orchestrator.commands.confirm import confirm
from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output, complain
from orchestrator.config import Config
from orchestrator.documents import read_edition
from orchestrator.engine.actions.apply import Applied, apply
from orchestrator.engine.actions.preview import Preview, preview
from orchestrator.engine.doubts import doubts
from outreach.documents import Document, Edition
from outreach.errors import Rejected
from storage import clock, lead_rows
from storage.lead_rows import LeadRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown before anything is published."""

    foreseen: Preview
    people: Mapping[UUID, Who]
    doubts: tuple[str, ...]


def apply_command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="YAML documents.")],
    base: Annotated[
        int | None,
        typer.Option(
            "--base",
            metavar="N",
            min=1,
            help="The version that the file started from, where it does not say so itself.",
        ),
    ] = None,
    only_preview: Annotated[
        bool, typer.Option("--preview", help="Show what it would change, and change nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask before a running campaign is changed.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish documents: agents, templates and campaigns, in whatever order they are given."""
    editions = sorted(_based(read_editions(files), base), key=lambda one: _rank(one.document))
    settings, output = read_config(config), Output(as_json)
    shown = run(_preview(settings, editions))
    foreseen = shown.foreseen
    if not as_json:
        _tell(output, editions, shown, only_preview=only_preview)
    if only_preview:
        if as_json:
            output.data(_as_data(foreseen.applied, shown))
        return
    if not yes:
        _ask(foreseen, as_json=as_json)
    applied = run(_apply(settings, editions, foreseen))
    if as_json:
        output.data(_as_data(applied, shown))
        return
    for one in applied:
        news = f"is now at version {one.version}" if one.changed else "says so already"
        output.say(f"{one.kind} {one.name} {news}.")
    for doubt in shown.doubts:
        output.say(doubt)


def read_editions(files: Sequence[Path]) -> list[Edition]:
    """Read the files; every mistake in any of them is printed before the command ends."""
    editions: list[Edition] = []
    problems: list[Rejected] = []
    for file in files:
        read = read_edition(file)
        if isinstance(read, tuple):
            problems += read
        else:
            editions.append(read)
    for problem in problems[:-1]:
        complain(problem)
    if problems:
        raise problems[-1]
    return editions


def read_all(files: Sequence[Path]) -> list[Document]:
    """The documents alone, for who knows that they are new."""
    return [one.document for one in read_editions(files)]


def in_order(documents: Sequence[Document]) -> list[Document]:
    """Agents and templates before the campaigns that name them."""
    return sorted(documents, key=_rank)


def _rank(document: Document) -> int:
    return {"campaign": 1, "trigger": 2}.get(document.kind, 0)


def _based(editions: list[Edition], base: int | None) -> list[Edition]:
    if base is None:
        return editions
    if len(editions) > 1:
        raise Rejected(
            code="base_of_many",
            message="--base says the version of one file, and there are more.",
            fix="Apply them one by one, or write `version:` into each.",
            where="--base",
        )
    return [replace(one, based_on=base) for one in editions]


def _ask(foreseen: Preview, *, as_json: bool) -> None:
    """Raises Rejected where a running campaign would change and nobody can be asked."""
    running = [one for one in foreseen.foresights if one.status == "running" and one.changes]
    if not running:
        return
    names = ", ".join(one.campaign for one in running)
    changes = sum(one.changes for one in running)
    confirm(
        f"{names} {'run' if len(running) > 1 else 'runs'}, and {changes} of"
        f" {'their' if len(running) > 1 else 'its'} leads change.",
        "Apply it?",
        # Without --json it was shown just now.
        "Look at it with --preview, then say --yes." if as_json else "Say --yes to apply it.",
        as_json=as_json,
    )


def _tell(output: Output, editions: Sequence[Edition], shown: Shown, *, only_preview: bool) -> None:
    if only_preview:
        tell_documents(output, editions, shown.foreseen.applied)
    else:
        for one in shown.foreseen.applied:
            tell_differences(output, one)
    tell_moves(output, shown.foreseen.foresights, shown.people)
    for doubt in shown.doubts if only_preview else ():
        output.say(doubt)


async def _preview(config: Config, editions: Sequence[Edition]) -> Shown:
    async with opened(config) as (ctx, tx):
        foreseen = await preview(ctx, tx, editions, OPERATOR)
        ids = [lead.lead_id for one in foreseen.foresights for lead in one.first]
        return Shown(
            foreseen=foreseen,
            people={id: _who(await lead_rows.get(tx, id)) for id in ids},
            doubts=tuple(map(str, await doubts(tx, editions, ctx.rulebook, await clock.now(tx)))),
        )


def _who(row: LeadRow) -> Who:
    return Who(
        name=f"{row.first_name} {row.last_name}".strip(),
        number=row.phone or row.whatsapp or "",
    )


async def _apply(
    config: Config, editions: Sequence[Edition], foreseen: Preview
) -> tuple[Applied, ...]:
    """Publish all of them or, where one is refused, none; as it was shown."""
    as_of = min((one.as_of for one in foreseen.foresights), default=None)
    async with opened(config) as (ctx, tx):
        done = [
            await apply(ctx, tx, one.document, OPERATOR, based_on=one.based_on, as_of=as_of)
            for one in editions
        ]
        return tuple(done)


def _as_data(applied: Sequence[Applied], shown: Shown) -> dict[str, object]:
    return {
        "documents": [asdict(one) for one in applied],
        "campaigns": [asdict(one) for one in shown.foreseen.foresights],
        "warnings": shown.doubts,
    }
