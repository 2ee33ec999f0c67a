"""`outreach leads import`: a list becomes leads; every row gets its verdict."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.commands.row_lines import lines_of
from orchestrator.commands.undo_import import undo_command
from orchestrator.config import Config
from orchestrator.engine.import_leads import import_leads
from orchestrator.engine.imports.request import (
    KNOWN,
    FileConsent,
    ImportReport,
    ImportRequest,
    Only,
)
from orchestrator.engine.imports.request import Progress as Done
from orchestrator.erasure_key import marks_of
from orchestrator.law.reading import read_rulebook
from orchestrator.store import open_store
from outreach.errors import Rejected
from outreach.telling.codes import why
from outreach.telling.rows import rows

FOUND_PROBLEMS = 1
FORMS: Final[Mapping[str, tuple[str, str]]] = {
    "--map": (
        "COLUMN=FIELD",
        "'Mobile No=phone'; the column as the list writes it, then the field",
    ),
    "--only": ("COLUMN=VALUE", "segment=phone"),
}
"""What an option is made of, and an example."""


def import_command(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE.csv]", help="The list.", show_default=False)
    ] = None,
    campaign: Annotated[
        str | None, typer.Option("--campaign", metavar="NAME", help="Whom the leads are for.")
    ] = None,
    consent: Annotated[
        str | None, typer.Option(metavar="BASIS", help="Consent of all rows that state none.")
    ] = None,
    proof: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Where that consent can be looked up.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD", help="What a column is; may be repeated."),
    ] = None,
    only: Annotated[
        str | None, typer.Option(metavar="COLUMN=VALUE", help="Just the rows with this cell.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen.")] = False,
    errors: Annotated[
        Path | None, typer.Option(metavar="OUT.csv", help="The rows that were not taken, and why.")
    ] = None,
    undo: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Take an import back, within a day, untouched."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make leads of a list; safe to repeat. Status 1: rows were refused."""
    settings = read_config(config)
    if undo is not None:
        undo_command(undo, settings, Output(as_json))
        return
    request = ImportRequest(
        file=_named(file),
        campaign=_needed(campaign),
        actor=OPERATOR,
        consent=_consent(consent, proof),
        mapping=dict(_pair(one, "--map") for one in columns or ()),
        only=Only(*_pair(only, "--only")) if only else None,
        dry_run=dry_run,
        errors=errors,
        rulebook=read_rulebook(settings.compliance.hours, settings.compliance.jurisdictions),
        marks=marks_of(settings),
    )
    report = run(_import(settings, request, as_json))
    _tell(report, request, Output(as_json))
    if report.has_problems:
        raise typer.Exit(FOUND_PROBLEMS)


async def _import(config: Config, request: ImportRequest, as_json: bool) -> ImportReport:
    async with open_store(config) as store:
        with _bar(hidden=as_json) as show:
            return await import_leads(store.engine, request, show)


@contextmanager
def _bar(*, hidden: bool) -> Iterator["Bar"]:
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=hidden or not console.is_terminal
    ) as progress:
        yield Bar(progress)


class Bar:
    """Shows how far an import is, on stderr and for people alone."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("reading", total=None)

    def __call__(self, done: Done) -> None:
        words = f"{done.rows_read:,} rows, {done.imported:,} leads, {done.rejected:,} not taken"
        self._progress.update(
            self._task, total=done.bytes_total, completed=done.bytes_done, description=words
        )


def _tell(report: ImportReport, request: ImportRequest, output: Output) -> None:
    if output.as_json:
        output.data({**asdict(report), "dry_run": request.dry_run})
        return
    verb = "would be imported" if request.dry_run else "imported"
    output.say(f"{report.rows_read} rows read, {report.imported} leads {verb}.")
    if report.import_id is not None and report.imported:
        output.say(f"Within a day: `outreach leads import --undo {report.import_id}`.")
    known = report.rejected.get(KNOWN, 0)
    if known:
        output.say(f"{known} rows that the campaign has already were left as they are.")
    wrong = {rows(code): n for code, n in report.rejected.items() if code != KNOWN}
    _count(output, "Rows not taken", wrong)
    held = {why(reason): n for reason, n in report.blocked.items()}
    _count(output, "Leads that are not contacted for now", held)
    if report.unknown_columns:
        output.say(f"Columns that mean nothing here: {', '.join(report.unknown_columns)}.")
    _tell_rejections(report, request.file, output)
    if request.errors is not None:
        output.say(f"All rows that were not taken are in {request.errors}.")


def _count(output: Output, title: str, counts: Mapping[str, int]) -> None:
    if not counts:
        return
    output.say(f"{title} ({sum(counts.values())}):")
    for words, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        output.say(f"  {count:>7} {words}")


def _tell_rejections(report: ImportReport, file: Path, output: Output) -> None:
    """The first rows that are wrong, by row and by the line on which an editor shows it."""
    numbers = {one.row_number for one in report.first_rejections}
    lines = lines_of(file, report.encoding, report.delimiter, numbers) if numbers else {}
    for one in report.first_rejections:
        line = f" (line {lines[one.row_number]})" if one.row_number in lines else ""
        output.say(f"  row {one.row_number}{line}: {one.message} {one.suggestion}")
    wrong = sum(report.rejected.values()) - report.rejected.get(KNOWN, 0)
    more = wrong - len(report.first_rejections)
    if more > 0:
        output.say(f"  … and {more} more; --errors OUT.csv writes all of them.")


def _named(file: Path | None) -> Path:
    if file is None:
        raise Rejected(
            code="list_missing",
            message="An import needs the list.",
            fix="Name its file, or take an import back with --undo ID.",
            where="FILE.csv",
        )
    return file


def _needed(campaign: str | None) -> str:
    if campaign is None:
        raise Rejected(
            code="campaign_missing",
            message="An import needs the campaign that the leads are for.",
            fix="Add --campaign NAME; `outreach campaign list` names them.",
            where="--campaign",
        )
    return campaign


def _consent(basis: str | None, proof: str | None) -> FileConsent | None:
    if basis is None and proof is None:
        return None
    if not basis or not proof:
        raise Rejected(
            code="consent_needs_proof",
            message="Consent for a whole file takes both its basis and its proof.",
            fix="Add --consent BASIS --proof TEXT, such as --consent express --proof 'form 12'.",
        )
    return FileConsent(basis=basis, proof=proof)


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise Rejected(
            code="bad_option",
            message=f"{text!r} is not of the form {FORMS[option][0]}.",
            fix=f"Write it like {option} {FORMS[option][1]}.",
            where=option,
        )
    return name.strip(), value.strip()
