"""What a check-up of the installation finds: facts, problems, and how to mend each of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that will keep people from being reached, or will reach them wrongly."""

    code: str
    """Stable, lower_snake_case."""
    message: str
    """One sentence: what is wrong."""
    fix: str
    """One sentence: what to do about it; never empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one check has to say; without problems and not skipped, all is well."""

    facts: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    skipped: str = ""
    """Why it could not be looked at, where another check names the cause; empty if it was."""

    @classmethod
    def of(cls, *problems: Problem) -> Self:
        return cls(problems=problems)

    @classmethod
    def joined(cls, reports: Iterable["Report"]) -> "Report":
        """One report that says what all of these say."""
        several = list(reports)
        return cls(
            facts=tuple(fact for one in several for fact in one.facts),
            problems=tuple(problem for one in several for problem in one.problems),
            skipped=next((one.skipped for one in several if one.skipped), ""),
        )


class Check(Protocol):
    """One thing to look at. It changes nothing, wherever it looks."""

    @property
    def name(self) -> str:
        """What it looks at, in a word or two."""
        ...

    async def look(self) -> Report:
        """May take its time: whoever asks sets the bound. Raises what its means raise."""
        ...
