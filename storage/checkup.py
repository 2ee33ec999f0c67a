"""Is the database there, of this program's age, and in a state in which work goes on?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from outreach.checkup import Problem, Report
from storage import clock, migrate, operator_stop
from storage.database import transaction

LARGEST_SKEW: Final = timedelta(seconds=5)

_MACHINE = text("""
-- clock_timestamp() is machine time.
SELECT clock_timestamp() AS now
""")
_LIVING = text("""
-- clock_timestamp() is machine time.
SELECT unnest(roles) AS role, count(*) AS processes FROM processes
WHERE heartbeat_at > clock_timestamp() - cast(:silence AS interval) AND NOT draining
GROUP BY role
""")
_MEDIA_URLS = text("""
-- clock_timestamp() is machine time.
SELECT DISTINCT media_url FROM processes
WHERE voice_slots > 0 AND heartbeat_at > clock_timestamp() - cast(:silence AS interval)
""")
_TEMPLATES = text("""
SELECT DISTINCT ON (t.name) t.name, t.body ->> 'content_sid' AS content_sid
FROM campaigns c
JOIN documents d ON d.kind = 'campaign' AND d.name = c.name AND d.version = c.version
CROSS JOIN LATERAL jsonb_array_elements(d.body -> 'steps') AS step
JOIN documents t ON t.kind = 'template' AND t.name = step ->> 'template'
WHERE c.status NOT IN ('completed', 'cancelled', 'archived')
ORDER BY t.name, t.version DESC
""")
_UNUSED = text("""
SELECT channel, address, status, status_reason, recheck_at FROM senders
WHERE status <> 'active' ORDER BY channel, address
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaCheck:
    direct_url: str = field(repr=False)
    name: str = "database schema"

    async def look(self) -> Report:
        found = await migrate.current(self.direct_url)
        newest = migrate.newest()
        if found == newest:
            return Report(facts=(f"The schema is at revision {found}.",))
        if found is None or found in migrate.known():
            return Report.of(
                Problem(
                    code="schema_older",
                    message=f"The schema is at revision {found or 'none'}, this program is at"
                    f" {newest}.",
                    fix="Run `outreach db migrate`; `serve` does it too.",
                )
            )
        return Report.of(
            Problem(
                code="schema_newer",
                message=f"The schema is at revision {found}, which this program does not know.",
                fix="Run the version of the program that made it, or a newer one.",
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCheck:
    engine: AsyncEngine
    name: str = "emergency stop"

    async def look(self) -> Report:
        async with transaction(self.engine) as tx:
            stopped = await operator_stop.is_stopped(tx)
        if not stopped:
            return Report(facts=("Nothing is stopped.",))
        return Report.of(
            Problem(
                code="stopped_by_operator",
                message="The emergency stop is set: nobody is contacted.",
                fix="Run `outreach resume-all` when the reason is gone.",
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessesCheck:
    """Whether somebody does each kind of work."""

    engine: AsyncEngine
    wanted: Sequence[str]
    """Roles without which work of this configuration lies still."""
    silence: timedelta
    name: str = "processes"

    async def look(self) -> Report:
        async with transaction(self.engine) as tx:
            rows = await tx.execute(_LIVING, {"silence": self.silence})
            living = {row.role: row.processes for row in rows}
        problems = tuple(
            Problem(
                code=f"no_{role}_process",
                message=f"No living process has the role {role}: {WITHOUT[role]}",
                fix=f"Start `outreach serve`, or one with `--roles` that names {role}.",
            )
            for role in self.wanted
            if role not in living
        )
        facts = tuple(f"{role}: {count} at work" for role, count in sorted(living.items()))
        return Report(facts=facts, problems=problems)


WITHOUT: Final = {
    "web": "nobody sees the console.",
    "webhooks": "what providers report is lost.",
    "voice": "no call is started.",
    "scheduler": "nothing due is started.",
    "worker": "no conversation is read.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedSendersCheck:
    """Numbers that are parked or stopped, with what lifts it."""

    engine: AsyncEngine
    name: str = "parked numbers"

    async def look(self) -> Report:
        async with transaction(self.engine) as tx:
            rows = (await tx.execute(_UNUSED)).all()
        problems = tuple(
            Problem(
                code="sender_parked",
                message=f"{row.address} ({row.channel}) is {row.status}: {row.status_reason}.",
                fix=_lifts(row.status_reason, row.recheck_at),
            )
            for row in rows
        )
        return Report(problems=problems) if problems else Report(facts=("None is parked.",))


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseClockCheck:
    engine: AsyncEngine
    host_now: Callable[[], datetime]
    name: str = "clock, against the database"

    async def look(self) -> Report:
        async with transaction(self.engine) as tx:
            asked = self.host_now()
            told = (await tx.execute(_MACHINE)).scalar_one()
            heard = self.host_now()
            business = await clock.now(tx)
        late, early = told - heard, asked - told
        if max(late, early) > LARGEST_SKEW:
            side = "behind" if late > early else "ahead of"
            seconds = round(max(late, early).total_seconds())
            return Report.of(
                Problem(
                    code="clock_differs_from_database",
                    message=f"This machine's clock is {seconds} s {side} the database's.",
                    fix="Let NTP set the clocks of both machines (timedatectl set-ntp true).",
                )
            )
        shifted = abs(business - told) > timedelta(minutes=1)
        return Report(
            facts=(
                f"Business time is simulated: {business.isoformat(timespec='minutes')}."
                if shifted
                else "This machine and the database agree on the time.",
            )
        )


async def media_urls(tx: AsyncConnection, silence: timedelta) -> list[str]:
    """Where living voice processes of their own want media; empty where all use the public one."""
    rows = await tx.execute(_MEDIA_URLS, {"silence": silence})
    return sorted(url for url in rows.scalars() if url is not None)


async def templates_in_use(tx: AsyncConnection) -> dict[str, str | None]:
    """Twilio's id of each template that a campaign which is not over opens with, by its name."""
    rows = await tx.execute(_TEMPLATES)
    return {row.name: row.content_sid for row in rows}


def _lifts(reason: str | None, recheck_at: datetime | None) -> str:
    if reason == "credentials_refused":
        return "Correct twilio.auth_token and start `outreach serve` again."
    when = f" at {recheck_at:%Y-%m-%d %H:%M} UTC" if recheck_at is not None else ""
    return f"Mend the cause at the provider; it is tried again by itself{when}."
