"""Reads the table of jurisdictions that ships with the program, and what a deployment adds."""

from collections.abc import Mapping
from importlib import resources
from typing import Final

import yaml

from orchestrator.law.calendars import holidays_of
from outreach.hours import WeeklyHours
from outreach.law.row import Row, Table
from outreach.law.rulebook import Rulebook
from outreach.law.tightening import Stricter, tighten

FILES: Final = ("united_states.yaml", "countries.yaml")


def read_rulebook(
    quiet_hours: tuple[WeeklyHours, ...] = (), stricter: Mapping[str, Stricter] | None = None
) -> Rulebook:
    """The rules of this deployment. Raises Rejected where it asks for less than the table."""
    rows = read_rows()
    return Rulebook(
        rows=rows,
        holidays_of=holidays_of,
        quiet_hours=quiet_hours,
        tightened=tighten(rows, stricter or {}),
    )


def read_rows() -> dict[str, Row]:
    """The table as it ships, by id."""
    rows: dict[str, Row] = {}
    for name in FILES:
        text = resources.files("outreach.law").joinpath(name).read_text(encoding="utf-8")
        for row in Table.model_validate(yaml.safe_load(text)).jurisdictions:
            if row.id in rows:
                raise ValueError(f"{name}: {row.id} stands in the table twice")
            rows[row.id] = row
    return rows
