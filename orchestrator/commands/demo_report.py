"""What became of everybody in the demo: as JSON for machines, as tables for people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.imports.request import ImportReport
from storage import reports

WITNESSED: Final = (
    "duplicate_contacts",
    "contacts_outside_hours",
    "contacts_after_opt_out",
    "free_text_outside_window",
)
"""What the carrier counts by itself; each must be zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    rows_read: int
    imported: int
    rejected: Mapping[str, int]
    blocked: Mapping[str, int]
    attempts: Mapping[str, Mapping[str, int]]
    """By channel and outcome; ended ones."""
    leads: Mapping[str, int]
    """By status."""
    follow_ups: Mapping[str, int]
    oracle: Mapping[str, int]

    @property
    def is_clean(self) -> bool:
        """Whether the witness saw nothing that must not happen."""
        return not any(self.oracle.values())

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def collect(
    tx: AsyncConnection, imports: Sequence[ImportReport], oracle: Mapping[str, Any]
) -> DemoReport:
    """Count what stands in the database, beside what the witness saw."""
    rejected: Counter[str] = Counter()
    for one in imports:
        rejected.update(one.rejected)
    return DemoReport(
        rows_read=sum(one.rows_read for one in imports),
        imported=sum(one.imported for one in imports),
        rejected=dict(sorted(rejected.items())),
        blocked=await reports.count_blocked(tx),
        attempts=await reports.count_outcomes(tx),
        leads=await reports.count_statuses(tx),
        follow_ups=asdict(await reports.count_follow_ups(tx)),
        oracle={name: int(oracle[name]) for name in WITNESSED},
    )


def in_tables(report: DemoReport) -> RenderableType:
    """The report as a person reads it."""
    taken = f"{report.imported} of {report.rows_read} rows imported"
    outcomes = {
        f"{channel}: {outcome}": count
        for channel, counts in report.attempts.items()
        for outcome, count in counts.items()
    }
    return Group(
        "",
        _table(taken, {f"refused: {code}": count for code, count in report.rejected.items()}),
        _table("What came of the attempts", outcomes),
        _table("Where the leads stand", report.leads),
        _table("Blocked, and why", report.blocked),
        _table("Follow-ups", report.follow_ups),
        _table("What the carrier saw (all must be 0)", report.oracle),
    )


def _table(title: str, counts: Mapping[str, int]) -> Table:
    table = Table(title=title, title_justify="left", box=None, show_header=False, pad_edge=False)
    table.add_column(min_width=34)
    table.add_column(justify="right")
    for name, count in counts.items():
        table.add_row(name.replace("_", " "), str(count))
    return table
