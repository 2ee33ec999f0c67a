"""`outreach suppress`: never contact these numbers and addresses again."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.commands.suppress_group import named_group, suppress_whole_group, tell
from orchestrator.commands.suppress_list import app as lists
from orchestrator.config import Config
from orchestrator.engine.actions.suppress import Reach, suppress_point
from orchestrator.engine.actions.unsuppress import unsuppress_point
from orchestrator.store import open_store
from orchestrator.text_file import read_text
from orchestrator.wiring import open_context
from outreach.do_not_contact import BadPoint, Named, parse_list, parse_point
from outreach.errors import Rejected
from storage import clock
from storage.database import transaction

WHOM: Final = "whom"


class Whom(TyperGroup):
    """`suppress +1202…` needs no word for what it does; `suppress list` has commands of its own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args[0] if args else ""
        known = named in self.commands or named == "--help"
        return super().parse_args(ctx, args if known else [WHOM, *args])


app = typer.Typer(cls=Whom, help="Never contact somebody again; public do-not-call lists.")
app.add_typer(lists, name="list")

REASON = "do_not_contact"
FOUND_PROBLEMS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    added: int
    known: int
    """Were on the list already; whatever was planned for them is taken back all the same."""


@app.command(WHOM)
def suppress(
    point: Annotated[
        str | None, typer.Argument(metavar="PHONE|EMAIL", help="As +12025550123.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="One number or address per line; # comments."),
    ] = None,
    lift: Annotated[
        bool, typer.Option("--lift", help="Take them off the list again instead.")
    ] = False,
    company: Annotated[
        str | None, typer.Option("--company", metavar="NAME", help="Everybody of this company.")
    ] = None,
    country: Annotated[
        str | None, typer.Option("--country", metavar="CC", help="Everybody in it, such as FR.")
    ] = None,
    campaign: Annotated[
        str | None,
        typer.Option("--campaign", metavar="NAME", help="A company or country in this one alone."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Never contact them again, in any campaign; what is planned for them is cancelled at once.

    The word `whom` may be left away.
    """
    group = named_group(company, country)
    if group is not None:
        _refuse_both(point, file)
        changed, taken = run(suppress_whole_group(read_config(config), group, campaign, lift=lift))
        tell(Output(as_json), changed, taken, lift=lift)
        return
    if campaign is not None:
        raise Rejected(
            "suppress_whom",
            "--campaign goes with --company or --country; a person is suppressed everywhere.",
            "Leave it away, or take their lead out with `outreach leads remove`.",
            "--campaign",
        )
    named, bad, source = _asked_for(point, file)
    if lift:
        lifted = run(lift_all(read_config(config), named))
        if as_json:
            Output(as_json).data({"lifted": lifted})
        else:
            Output(as_json).say(f"{lifted} taken off the list, {len(named) - lifted} not on it.")
            if lifted:
                Output(as_json).say("Who withdrew a consent is contacted only after a new one.")
        return
    done = run(suppress_all(read_config(config), named, source))
    output = Output(as_json)
    if as_json:
        output.data({**asdict(done), "bad": [asdict(one) for one in bad]})
    else:
        output.say(f"{done.added} added, {done.known} known already, {len(bad)} not understood.")
        for one in bad:
            output.say(f"{source}:{one.line}: {one.text!r}: {one.message} {one.suggestion}")
    if bad:
        sys.exit(FOUND_PROBLEMS)


async def suppress_all(config: Config, named: Sequence[Named], source: str) -> Suppressed:
    """Put each on the list in a transaction of its own: who is done is done, come what may."""
    added = 0
    async with open_store(config) as store, open_context(config, store) as ctx:
        for one in named:
            async with transaction(store.engine) as tx:
                reach = Reach(source=source, reason=REASON, by=OPERATOR)
                now = await clock.now(tx)
                added += await suppress_point(ctx, tx, one.kind, one.value, reach, now)
    return Suppressed(added=added, known=len(named) - added)


async def lift_all(config: Config, named: Sequence[Named]) -> int:
    """Take each off the list in a transaction of its own; returns how many were on it."""
    lifted = 0
    async with open_store(config) as store, open_context(config, store) as ctx:
        for one in named:
            async with transaction(store.engine) as tx:
                lifted += await unsuppress_point(ctx, tx, one.kind, one.value, OPERATOR)
    return lifted


def _refuse_both(point: str | None, file: Path | None) -> None:
    if point is not None or file is not None:
        raise Rejected(
            "suppress_whom",
            "Say a person, a list, a company or a country: one at a time.",
            "Run it once for each.",
        )


def _asked_for(point: str | None, file: Path | None) -> tuple[list[Named], list[BadPoint], str]:
    if (point is None) == (file is None):
        raise Rejected(
            "suppress_whom", "Say whom: one PHONE or EMAIL, or --file FILE.", "Give one of them."
        )
    if point is not None:
        match parse_point(point):
            case Named() as one:
                return [one], [], OPERATOR.name
            case BadPoint() as bad:
                raise Rejected(bad.code, f"{bad.text!r}: {bad.message}", bad.suggestion)
    assert file is not None
    named, unreadable = parse_list(read_text(file).splitlines())
    if not named and not unreadable:
        raise Rejected(
            "file_empty", f"{file} names nobody.", "Write one number or address per line."
        )
    return named, unreadable, file.name
