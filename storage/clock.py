"""What time it is for the business: the database's clock, shifted in a simulated world."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.errors import Rejected

# The only place that may read the time for business; every query is given `:now`.
NOW = text("SELECT clock_timestamp() + shift FROM clock")
SIMULATE = text(
    "UPDATE clock SET simulated = true"
    " WHERE simulated OR NOT EXISTS (SELECT FROM leads) RETURNING id"
)
MOVE = text("UPDATE clock SET shift = :to - clock_timestamp() WHERE simulated RETURNING shift")


async def now(tx: AsyncConnection) -> datetime:
    """Business time, aware UTC: passed to the rules, bound in queries as `:now`."""
    moment: datetime = (await tx.execute(NOW)).scalar_one()
    return moment.astimezone(UTC)


async def is_simulated(tx: AsyncConnection) -> bool:
    """Whether this database lives in a world of its own, whose clock may be moved."""
    return bool((await tx.execute(text("SELECT simulated FROM clock"))).scalar_one())


def machine_now() -> ColumnElement[datetime]:
    """The real time, in SQL: for leases, heartbeats and pace, never for what a person reads."""
    return func.clock_timestamp()


async def simulate(tx: AsyncConnection) -> None:
    """Let this database's clock be moved; for the demo and tests, and it stays so.

    Raises:
        Rejected: the database already has leads, whose past would be moved too.
    """
    done = await tx.execute(SIMULATE)
    if done.one_or_none() is None:
        raise Rejected(
            code="clock_is_real",
            message="This database already has leads that live in real time.",
            fix="Simulate in a new database.",
        )


async def move(tx: AsyncConnection, to: datetime) -> None:
    """Let business time go on from `to` (aware); it never goes back once it has been moved.

    Raises:
        Rejected: the database serves the real world, or `to` lies in its past.
    """
    # The row is locked first, so that two movers agree on what the past is.
    row = (
        await tx.execute(
            text("SELECT simulated, shift, clock_timestamp() + shift AS now FROM clock FOR UPDATE")
        )
    ).one()
    if not row.simulated:
        raise Rejected(
            code="clock_is_real",
            message="Business time cannot be moved: this database is not simulated.",
            fix="Only a database made by the demo or a test has a clock that moves.",
        )
    if row.shift and to < row.now:
        raise Rejected(
            code="clock_goes_back",
            message=f"Business time is {row.now.isoformat()} and cannot go back to"
            f" {to.isoformat()}.",
        )
    await tx.execute(MOVE, {"to": to})
