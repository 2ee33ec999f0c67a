"""The first page: how today goes, what runs, what just happened, what waits for a person."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from outreach.events import Kind
from storage import accounts, activity, attention, clock, figures, progress, reports
from storage.database import transaction
from storage.figures import HourFigures
from web.console import Console
from web.telling import told
from web.visitor import VIEWER, Visitor

SHOWN: Final = (
    Kind.ATTEMPT_LIVE,
    Kind.ATTEMPT_RESULT,
    Kind.ATTEMPT_UNSURE,
    Kind.CALL_INBOUND,
    Kind.MESSAGE_SENT,
    Kind.MESSAGE_RECEIVED,
    Kind.LEAD_ADDED,
    Kind.CONVERSATION_TAKEN,
    Kind.SUPPRESSED,
    Kind.TASK_CREATED,
    Kind.NOTE_ADDED,
    Kind.CAMPAIGN_LAUNCHED,
    Kind.CAMPAIGN_PAUSED,
    Kind.CAMPAIGN_RESUMED,
    Kind.CAMPAIGN_CANCELLED,
    Kind.CAMPAIGN_COMPLETED,
    Kind.CAMPAIGN_HELD,
    Kind.IMPORT_ENDED,
    Kind.IMPORT_UNDONE,
    Kind.STOPPED,
    Kind.RESUMED,
    Kind.BREAKER_OPENED,
    Kind.BREAKER_CLOSED,
)
"""What is told on the first page; the rest stands with each lead."""
SHORTEST_CHART: Final = 24
"""Hours."""
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def add(router: APIRouter, console: Console) -> None:
    @router.get("/")
    async def home(request: Request, who: Annotated[Visitor, Depends(VIEWER)]) -> Response:
        async with transaction(console.ctx.database) as tx:
            now = await clock.now(tx)
            names = await accounts.names(tx)
            happened = await activity.recent(tx, [kind.value for kind in SHOWN])
            hours = _from_the_first_call(await figures.by_hour(tx, now - WEEK, now))
            chart = {
                "hours": [int(one.hour.timestamp()) for one in hours],
                "made": [one.made for one in hours],
                "reached": [one.reached for one in hours],
            }
            return await console.page(
                request,
                who,
                tx,
                "home.html",
                day=await figures.since(tx, now - DAY),
                week=await figures.since(tx, now - WEEK),
                chart=chart,
                campaigns=await progress.of_all(tx),
                activity=[told(one, names) for one in happened],
                waiting=await attention.waiting(tx, now),
                tasks=await attention.open_tasks(tx),
                blocked=await reports.count_blocked(tx),
                statuses=await reports.count_statuses(tx),
            )


def _from_the_first_call(hours: Sequence[HourFigures]) -> Sequence[HourFigures]:
    """Without the empty days before there was anything, but a day at least."""
    first = next((at for at, one in enumerate(hours) if one.made), len(hours))
    return hours[min(first, max(len(hours) - SHORTEST_CHART, 0)) :]
