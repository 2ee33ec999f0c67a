"""How a refusal crosses a door: the same four facts for the CLI, the API and a page."""

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Rejected(Exception):
    """Something a person asked for cannot be done as asked.

    The CLI prints it and exits 2, the API answers `application/problem+json`, a page shows it
    beside the field.
    """

    code: str
    """Stable, lower_snake_case; the `type` of the API's problem."""
    message: str
    """One sentence: what is wrong."""
    fix: str = ""
    """One sentence: what to do about it; empty where nothing can be said."""
    where: str = ""
    """File, line and key, or the field's name; empty where the message says it all."""
    details: tuple[str, ...] = ()
    """What helps to decide, line by line, such as the keys that two documents differ in."""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        fix = f" {self.fix}" if self.fix else ""
        return f"{place}{self.message}{fix}"
