"""Does whoever is asked before each call answer at all?"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from channels.pre_dial import PreDial, Unanswered
from outreach.checkup import Problem, Report

NOBODY: Final = "+12025550100"
"""A number that is set aside for examples; whether it may be called is all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreDialCheck:
    asked: PreDial
    name: str = "pre-dial check"

    async def look(self) -> Report:
        try:
            async with asyncio.timeout(self.asked.within / timedelta(seconds=1)):
                verdict = await self.asked.asker.ask(NOBODY)
        except Unanswered as error:
            return Report.of(_silent(error.reason.replace("_", " ")))
        except TimeoutError:
            return Report.of(_silent("no answer in time"))
        said = "may be called" if verdict.allowed else "may not be called"
        return Report(facts=(f"It answers: an example number {said} ({verdict.reason}).",))


def _silent(why: str) -> Problem:
    return Problem(
        code="pre_dial_unanswered",
        message=f"The check before dialling does not answer ({why}): nobody is called.",
        fix="See that compliance.pre_dial is right and that the other side runs, or remove it.",
    )
