"""`outreach doctor`: what is wrong with this installation, and how to mend it."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from orchestrator.commands.options import ConfigOption, JsonOption, load_options, run
from orchestrator.commands.output import Output, escaped
from orchestrator.config_shown import effective
from orchestrator.doctor.assembly import check_up
from orchestrator.doctor.examine import Examined

PROBLEMS_FOUND = 1


def doctor(
    config: ConfigOption = None,
    values: Annotated[
        bool, typer.Option("--values", help="Also print every key, its value and its source.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Look at credentials, numbers, templates, database, public address, speech, model and clocks.

    Nothing is changed anywhere. Status 0: all is well, 1: problems, 2: wrong configuration.
    """
    loaded = load_options(config)
    examined = run(check_up(loaded.config))
    output = Output(as_json)
    keys = [{"key": one.key, "value": one.value, "source": one.source} for one in effective(loaded)]
    problems = sum(len(one.report.problems) for one in examined)
    if as_json:
        checks = [_as_data(one) for one in examined]
        output.data({"problems": problems, "checks": checks, "config": keys})
    else:
        _print(examined)
        if values:
            output.rows(("key", "value", "source"), keys)
        output.say(_in_all(problems))
    if problems:
        sys.exit(PROBLEMS_FOUND)


def _in_all(problems: int) -> str:
    match problems:
        case 0:
            return "All is well."
        case 1:
            return "1 problem."
        case _:
            return f"{problems} problems."


def _print(examined: Sequence[Examined]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for one in examined:
        report = one.report
        for problem in report.problems:
            console.print(f"[bold red]✗[/] {one.name}: {escaped(problem.message)}")
            console.print(f"    fix: {escaped(problem.fix)}")
        for fact in report.facts:
            console.print(f"[green]✓[/] {one.name}: {escaped(fact)}")
        if report.skipped:
            console.print(f"- {one.name}: not looked at. {escaped(report.skipped)}")


def _as_data(one: Examined) -> dict[str, object]:
    report = one.report
    return {
        "check": one.name,
        "ok": not report.problems and not report.skipped,
        "skipped": report.skipped or None,
        "facts": list(report.facts),
        "problems": [
            {"code": problem.code, "message": problem.message, "fix": problem.fix}
            for problem in report.problems
        ],
    }
