"""Runs checks side by side, each within its bound, and says what each found."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from outreach.checkup import Check, Problem, Report
from outreach.errors import Rejected
from storage.database import first_line

log = structlog.get_logger(__name__)

WITHIN_S: Final = 12
"""A check that takes longer has found that something does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    name: str
    report: Report


async def examine(checks: Sequence[Check], within_s: float = WITHIN_S) -> list[Examined]:
    """What each check found, in their order; never raises for one of them."""
    return list(await asyncio.gather(*(_one(check, within_s) for check in checks)))


async def _one(check: Check, within_s: float) -> Examined:
    try:
        async with asyncio.timeout(within_s):
            report = await check.look()
    except TimeoutError:
        report = Report.of(_late(check.name, within_s))
    except Rejected as rejected:
        report = Report.of(problem_of(rejected))
    except ProgrammingError:
        # Tables that are not there: the check of the schema names the cause.
        report = Report(skipped="The database's schema is not this program's.")
    except (SQLAlchemyError, OSError) as error:
        said = f"The database failed while {check.name} was looked at: {first_line(error)}."
        fix = "See that it runs and that database.url leads to it, then ask again."
        report = Report.of(Problem(code="database_failed", message=said, fix=fix))
    # One check that is wrong itself must not keep the others' findings from whoever asked.
    except Exception as error:
        log.exception("a check failed", check=check.name)
        said = f"{check.name} could not be looked at ({type(error).__name__})."
        fix = "This is a bug of Outreach: report it with the log above."
        report = Report.of(Problem(code="check_failed", message=said, fix=fix))
    return Examined(name=check.name, report=report)


def problem_of(rejected: Rejected) -> Problem:
    """A refusal, as a check reports it."""
    place = f"{rejected.where}: " if rejected.where else ""
    return Problem(
        code=rejected.code,
        message=f"{place}{rejected.message}",
        fix=rejected.fix or "See the documentation of this key.",
    )


def _late(name: str, within_s: float) -> Problem:
    return Problem(
        code="check_timed_out",
        message=f"{name} did not answer within {within_s:g} s.",
        fix="See whether what it asks is overloaded or cut off by a firewall, then ask again.",
    )
