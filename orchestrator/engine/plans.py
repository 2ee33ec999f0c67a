"""What one transaction plans, moves and takes back; the one way in which plans become rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from outreach.channel import ChannelName
from outreach.daypart import Daypart
from outreach.events import Kind
from outreach.lead import Work
from outreach.next_attempt import Placed
from outreach.planning import Blocked
from outreach.replanning import ends_lead
from outreach.steps import Skipped
from storage import attempts, leads, replanning
from storage.attempts import NewAttempt, Priority
from storage.events import ENGINE, Event, record
from storage.leads import WorkChange
from storage.replanning import Move


class Lead(Protocol):
    """Whose plans they are."""

    @property
    def id(self) -> UUID: ...
    @property
    def campaign_id(self) -> UUID: ...
    @property
    def contact_id(self) -> UUID: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What should be tried next for a lead."""

    channel: ChannelName
    wanted_at: datetime
    reason: str
    rule_id: str | None = None
    created_by: str = ENGINE
    priority: Priority = Priority.NORMAL
    exempt_from_caps: bool = False
    """A time the person asked for: our own policy gives way, the law does not."""
    avoid: Daypart | None = None
    jitter: bool = False


@dataclass(slots=True, kw_only=True)
class Plans:
    """Collects decisions; `write` makes them rows, set by set."""

    now: datetime
    actor: str = ENGINE
    reason: str = "planned"
    """Why attempts are moved, for their events: `edited`, `resumed`, `rescheduled` …"""
    new: list[NewAttempt] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    ends: dict[UUID, datetime] = field(default_factory=dict)
    """Attempts that stay, with new ends of their windows."""
    cancels: dict[str, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    """Attempts that are taken back, by reason."""
    work: list[WorkChange] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def plan(self, ctx: Context, lead: Lead, placed: Placed, wanted: Next) -> None:
        """A new attempt; the lead has room for it."""
        self.skip(lead, placed.skipped)
        planned = placed.planned
        self.new.append(
            NewAttempt(
                id=ctx.new_id(self.now),
                campaign_id=lead.campaign_id,
                lead_id=lead.id,
                contact_id=lead.contact_id,
                channel=placed.step.channel,
                phone=placed.step.point.address,
                due_at=planned.due_at,
                window_end_at=planned.window_end_at,
                reason=wanted.reason,
                rule_id=wanted.rule_id,
                created_by=wanted.created_by,
                priority=wanted.priority,
                exempt_from_caps=wanted.exempt_from_caps,
                moved_by=planned.moved_by,
                wanted_at=wanted.wanted_at,
                avoid=wanted.avoid,
            )
        )

    def hold(self, lead: Lead, blocked: Blocked) -> None:
        """The lead waits for what blocks it, or ends where nothing can come any more."""
        ended = ends_lead(blocked.reason)
        self.work.append(
            WorkChange(
                lead_id=lead.id,
                work=Work.ENDED if ended else Work.BLOCKED,
                reason=blocked.reason,
                recheck_at=None if ended else blocked.recheck_at,
            )
        )

    def skip(self, lead: Lead, skipped: Sequence[Skipped]) -> None:
        """Steps that could not be taken are told."""
        self.events += [
            Event(
                kind=Kind.STEP_SKIPPED,
                at=self.now,
                campaign_id=lead.campaign_id,
                lead_id=lead.id,
                contact_id=lead.contact_id,
                data={
                    "step": one.position,
                    "channel": one.channel.value,
                    "reason": one.reason.value,
                },
            )
            for one in skipped
        ]


async def write(tx: AsyncConnection, plans: Plans) -> frozenset[UUID]:
    """Make rows of it; the caller holds the leads. Returns the attempts that are new."""
    await record(tx, plans.events)
    for reason, ids in plans.cancels.items():
        await attempts.cancel(tx, ids, by=plans.actor, reason=reason, now=plans.now)
    await replanning.move_planned(
        tx, plans.moves, actor=plans.actor, reason=plans.reason, now=plans.now
    )
    await replanning.keep_planned(tx, plans.ends)
    made = await attempts.plan(tx, plans.new, plans.now)
    await leads.set_each_work(tx, plans.work, now=plans.now)
    return made
