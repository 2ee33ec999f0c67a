"""What an edit does to a campaign's open leads; `edit_jobs` does what is foreseen here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.persons import Rules, read_persons
from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.daypart import Daypart
from outreach.hours import WindowsMemo
from outreach.reason import Reason
from outreach.replanning import (
    Change,
    Freed,
    Held,
    Kind,
    Moved,
    Standing,
    StillHeld,
    Stopped,
    kind_of,
    lifted_by,
    look_again,
    reconsider,
)
from storage import replanning
from storage.documents import Version
from storage.lead_facts import LeadFacts, PlannedRow
from storage.replanning import Page

SHOWN: Final = 20
NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A campaign by the documents from before and from after."""

    before: Campaign
    after: Rules

    @property
    def lifted(self) -> frozenset[Reason]:
        return lifted_by(self.before, self.after.campaign)

    @property
    def ended_may_go_on(self) -> bool:
        return self.before.schedule.end_at != self.after.campaign.schedule.end_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What becomes of one lead."""

    lead_id: UUID
    kind: Kind
    zone: str | None
    """The person's likeliest zone; times are UTC."""
    old_due_at: datetime | None
    new_due_at: datetime | None
    old_channel: ChannelName | None
    new_channel: ChannelName | None
    reason: str | None
    """Why it is blocked or ended, or what moved it from the wanted time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What an edit would do to a campaign."""

    campaign: str
    status: str
    as_of: datetime
    counts: Mapping[str, int]
    """Leads by `word`; the sum is every lead with something open."""
    first: tuple[Foreseen, ...]
    """The first that change."""

    @property
    def changes(self) -> int:
        return sum(count for word, count in self.counts.items() if word not in UNCHANGED)


UNCHANGED: Final = frozenset({"unchanged", "still_blocked"})


async def edit_from(ctx: Context, tx: AsyncConnection, version: int, after: Rules) -> Edit:
    """The edit that leads from a version of the campaign's document to these rules."""
    key = Version("campaign", after.row.name, version)
    before = (await ctx.library.fetch(tx, [key]))[key]
    assert isinstance(before, Campaign)
    return Edit(before=before, after=after)


async def foresee(ctx: Context, tx: AsyncConnection, edit: Edit, as_of: datetime) -> Foresight:
    """Decide for every open lead and write nothing."""
    counts: Counter[str] = Counter()
    first: list[Foreseen] = []
    memo: WindowsMemo = {}
    after: UUID | None = NOBODY
    while after is not None:
        asked = page_of(ctx, edit, after)
        ids = await replanning.page(tx, asked, lock=False)
        for lead, change in await decide(ctx, tx, edit, ids, as_of, memo):
            counts[word(change)] += 1
            if len(first) < SHOWN and kind_of(change) not in UNCHANGED:
                first.append(_foreseen(lead, change))
        after = ids[-1] if len(ids) == asked.limit else None
    return Foresight(
        campaign=edit.after.row.name,
        status=edit.after.row.status,
        as_of=as_of,
        counts=dict(counts),
        first=tuple(first),
    )


def page_of(ctx: Context, edit: Edit, after: UUID) -> Page:
    return Page(
        campaign_id=edit.after.row.id,
        after=after,
        limit=ctx.limits.replan_batch,
        ended=edit.ended_may_go_on,
    )


async def decide(
    ctx: Context,
    tx: AsyncConnection,
    edit: Edit,
    ids: Sequence[UUID],
    as_of: datetime,
    memo: WindowsMemo,
) -> list[tuple[LeadFacts, Change]]:
    terms, lifted = edit.after.terms(as_of), edit.lifted
    decided: list[tuple[LeadFacts, Change]] = []
    for lead, person in await read_persons(tx, ids, edit.after, as_of):
        change: Change
        if lead.planned is not None:
            change = reconsider(_standing(lead.planned), person, terms, lifted, memo)
        elif lead.in_flight:
            change = StillHeld(nowhere=None)
        else:
            change = look_again(_held(lead), person, terms, lifted, memo)
        decided.append((lead, change))
    return decided


def word(change: Change) -> str:
    """What a change is counted as: its kind, with the reason where it blocks somebody."""
    kind = kind_of(change)
    if kind == "blocked" and isinstance(change, Stopped):
        return f"{kind}:{change.nowhere.blocked.reason}"
    return kind


def _standing(planned: PlannedRow) -> Standing:
    return Standing(
        channel=planned.channel,
        due_at=planned.due_at,
        window_end_at=planned.window_end_at,
        wanted_at=planned.wanted_at,
        avoid=Daypart(planned.avoid) if planned.avoid else None,
        moved_by=planned.moved_by,
        reason=planned.reason,
        exempt_from_caps=planned.exempt_from_caps,
    )


def _held(lead: LeadFacts) -> Held:
    taken = lead.taken_back
    return Held(
        reason=lead.work_reason or "",
        channel=taken.channel if taken else None,
        exempt_from_caps=taken.exempt_from_caps if taken else False,
    )


def _foreseen(lead: LeadFacts, change: Change) -> Foreseen:
    placed = change.placed if isinstance(change, Moved | Freed) else None
    stopped = change.nowhere.blocked.reason if isinstance(change, Stopped) else None
    return Foreseen(
        lead_id=lead.id,
        kind=kind_of(change),
        zone=lead.zone,
        old_due_at=lead.planned.due_at if lead.planned else None,
        new_due_at=placed.planned.due_at if placed else None,
        old_channel=lead.planned.channel if lead.planned else None,
        new_channel=placed.step.channel if placed else None,
        reason=stopped or (placed.planned.moved_by if placed else None),
    )
