"""`outreach campaign apply`: documents become versions, after it was shown what they change."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import typer

from orchestrator.commands.confirm import confirm
from orchestrator.commands.opened import OPERATOR, opened
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output, complain
from orchestrator.config import Config
from orchestrator.documents import read_edition
from orchestrator.engine.actions.apply import Applied, apply, in_words
from orchestrator.engine.actions.preview import Preview, preview
from orchestrator.engine.edits import Foreseen, Foresight
from outreach.campaign import Campaign
from outreach.documents import Document, Edition
from outreach.errors import Rejected
from outreach.telling.codes import why
from outreach.without_effect import without_effect

WORDS: Final[Mapping[str, str]] = {
    "unchanged": "stay as they are",
    "earlier": "move to an earlier time",
    "later": "move to a later time",
    "channel_changed": "change the channel",
    "ended": "end, because the campaign is over too soon for them",
    "unblocked": "can be contacted again",
    "still_blocked": "stay blocked",
}
COLUMNS: Final = ("lead", "what", "old", "new", "why")


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
    foreseen = run(_preview(settings, editions))
    if not as_json:
        _tell_preview(output, foreseen)
    if only_preview:
        if as_json:
            output.data(_as_data(foreseen.applied, foreseen.foresights))
        return
    if not yes:
        _ask(foreseen, as_json=as_json)
    applied = run(_apply(settings, editions, foreseen))
    if as_json:
        output.data(_as_data(applied, foreseen.foresights))
    for one in () if as_json else applied:
        news = f"is now at version {one.version}" if one.changed else "says so already"
        output.say(f"{one.kind} {one.name} {news}.")
    for document in (one.document for one in editions):
        for said in without_effect(document) if isinstance(document, Campaign) else ():
            output.say(f"warning: {document.name}: {said}")


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
    return 1 if document.kind == "campaign" else 0


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
        "Look at it with --preview, then say --yes.",
        as_json=as_json,
    )


async def _preview(config: Config, editions: Sequence[Edition]) -> Preview:
    async with opened(config) as (ctx, tx):
        return await preview(ctx, tx, editions, OPERATOR)


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


def _tell_preview(output: Output, foreseen: Preview) -> None:
    for one in foreseen.applied:
        for difference in one.differences:
            output.say(f"{one.kind} {one.name}: {in_words(difference)}")
    for campaign in foreseen.foresights:
        if not campaign.counts:
            continue
        output.say(f"Leads of {campaign.campaign} with something open:")
        for word, count in sorted(campaign.counts.items(), key=lambda one: -one[1]):
            output.say(f"  {count:>7} {_said(word)}")
        if campaign.first:
            output.rows(COLUMNS, [_row(one) for one in campaign.first])


def _said(word: str) -> str:
    kind, _, reason = word.partition(":")
    return WORDS.get(kind, f"can no longer be contacted: {why(reason)}")


def _row(one: Foreseen) -> dict[str, object]:
    return {
        "lead": str(one.lead_id),
        "what": one.kind.replace("_", " "),
        "old": _local(one.old_due_at, one.old_channel, one.zone),
        "new": _local(one.new_due_at, one.new_channel, one.zone),
        "why": one.reason,
    }


def _local(at: datetime | None, channel: str | None, zone: str | None) -> str:
    if at is None:
        return "—"
    here = at.astimezone(ZoneInfo(zone or "UTC"))
    return f"{here:%a %d %b %H:%M} {zone or 'UTC'}, {channel}"


def _as_data(applied: Sequence[Applied], foresights: Sequence[Foresight]) -> dict[str, object]:
    return {
        "documents": [asdict(one) for one in applied],
        "campaigns": [asdict(one) for one in foresights],
    }
