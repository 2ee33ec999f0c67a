"""What the demo shows while it runs: the hour, the campaigns, and what happens just now."""

from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import campaigns, reports
from storage.campaigns import Campaign
from storage.database import transaction

REDRAW_EVERY_S = 0.5
WORKS = ("planned", "in_flight", "waiting", "blocked", "ended")


@dataclass(slots=True, eq=False)
class Display:
    """Redraws itself on a terminal; elsewhere it prints a line now and then."""

    database: AsyncEngine
    console: Console
    live: Live = field(init=False)
    _drawn_at: float = 0.0
    _told_day: str = ""

    def __post_init__(self) -> None:
        self.live = Live(console=self.console, auto_refresh=False, transient=True)

    async def look(self, now: datetime) -> None:
        """Show how things stand at business time `now`, at most twice a second."""
        clock = self.console.get_time()
        if clock - self._drawn_at < REDRAW_EVERY_S:
            return
        self._drawn_at = clock
        if self.console.is_terminal:
            self.live.update(await self._picture(now), refresh=True)
        elif f"{now:%a %d %b}" != self._told_day:
            self._told_day = f"{now:%a %d %b}"
            self.console.print(f"It is {self._told_day} {now:%H:%M} UTC in the demo.")

    async def _picture(self, now: datetime) -> RenderableType:
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("campaign", min_width=18)
        for work in WORKS:
            table.add_column(work.replace("_", " "), justify="right", min_width=9)
        table.add_column("outcomes", max_width=60)
        async with transaction(self.database) as tx:
            for campaign in await campaigns.list_all(tx):
                counts = await reports.count_work(tx, campaign.id)
                outcomes = await reports.count_outcomes(tx, campaign.id)
                cells = [str(counts.get(work, 0)) for work in WORKS]
                table.add_row(_name(campaign), *cells, _short(outcomes))
        head = f"[bold]{now:%A %d %B, %H:%M}[/] UTC, simulated; calls run in real time"
        return Group(head, "", table)


def _name(campaign: Campaign) -> str:
    return campaign.name if campaign.status == "running" else f"{campaign.name} ({campaign.status})"


def _short(outcomes: dict[str, dict[str, int]]) -> str:
    total: dict[str, int] = {}
    for counts in outcomes.values():
        for outcome, count in counts.items():
            total[outcome] = total.get(outcome, 0) + count
    most = sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))[:6]
    return ", ".join(f"{outcome.replace('_', ' ')} {count}" for outcome, count in most)
