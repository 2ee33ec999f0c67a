"""What does a changed campaign do to an attempt that is planned, and to a lead that is blocked?

Pure, so that what is shown before an edit and what is done after it are one thing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, assert_never

from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.daypart import Daypart
from outreach.hours import WindowsMemo
from outreach.next_attempt import Asked, Nowhere, Person, Placed, Terms, place
from outreach.planning import BY_PLANNING, JITTER, Planned
from outreach.reason import Reason

Kind = Literal[
    "unchanged",
    "earlier",
    "later",
    "channel_changed",
    "blocked",
    "ended",
    "unblocked",
    "still_blocked",
]
"""What an edit does to a lead, in one word."""

BY_DOCUMENTS: Final = frozenset(
    {
        Reason.NO_CONTACT_POINT,
        Reason.INVALID_NUMBER,
        Reason.US_WHATSAPP_MARKETING,
        Reason.NO_TIMEZONE,
        Reason.NO_WINDOW,
        Reason.CAP_REACHED,
        Reason.RESTING,
        Reason.MISSING_VARIABLE,
        Reason.NO_CONSENT,
        Reason.CONSENT_REVOKED,
        Reason.SUPPRESSED,
        Reason.DO_NOT_CALL_LIST,
        Reason.CAMPAIGN_ENDED,
    }
)
"""Blocks that `place` finds again if they still hold."""
FIRST_STEP: Final = "first_step"
RETRY: Final = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A planned attempt as it stands. Times are aware."""

    channel: ChannelName
    due_at: datetime
    window_end_at: datetime | None
    wanted_at: datetime
    """When it was wanted before hours and caps moved it."""
    avoid: Daypart | None
    moved_by: str | None
    reason: str
    """Why it was planned."""
    exempt_from_caps: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A lead that is blocked, or ended because its campaign was over too soon."""

    reason: str
    channel: ChannelName | None
    """Of the attempt that was taken back; None: its first."""
    exempt_from_caps: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """It stays as it is; only the end of its window may be another."""

    window_end_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """It is due at another time or by another channel."""

    kind: Literal["earlier", "later", "channel_changed"]
    wanted_at: datetime
    placed: Placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """It is taken back."""

    nowhere: Nowhere

    @property
    def kind(self) -> Literal["blocked", "ended"]:
        return "ended" if ends_lead(self.nowhere.blocked.reason) else "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """The lead can be contacted again."""

    wanted_at: datetime
    placed: Placed


@dataclass(frozen=True, slots=True, kw_only=True)
class StillHeld:
    """Nothing that the documents say lets the lead be contacted; None leaves it as it is."""

    nowhere: Nowhere | None


Change = Kept | Moved | Stopped | Freed | StillHeld


def kind_of(change: Change) -> Kind:
    match change:
        case Kept():
            return "unchanged"
        case Moved() | Stopped():
            return change.kind
        case Freed():
            return "unblocked"
        case StillHeld():
            return "still_blocked"
        case _:
            assert_never(change)


def ends_lead(reason: Reason) -> bool:
    """Whether nothing more can come of a lead in its campaign after such a no."""
    return reason is Reason.CAMPAIGN_ENDED


def lifted_by(old: Campaign, new: Campaign) -> frozenset[Reason]:
    """The reasons that only the gate can decide, and that this edit may have lifted.

    Where the campaign says what it said, its agent or its template was published anew.
    """
    if old == new:
        return frozenset({Reason.TEMPLATE_NOT_APPROVED})
    lifted: set[Reason] = set()
    if old.budget != new.budget:
        lifted.add(Reason.BUDGET)
    if old.steps != new.steps:
        lifted |= {Reason.NO_SENDER, Reason.TEMPLATE_NOT_APPROVED, Reason.SENDER_PAUSED}
    return frozenset(lifted)


def reconsider(
    standing: Standing,
    person: Person,
    terms: Terms,
    lifted: frozenset[Reason] = frozenset(),
    memo: WindowsMemo | None = None,
) -> Kept | Moved | Stopped:
    """What becomes of a planned attempt under these terms.

    What somebody else moved (an answer, a person, a busy line) is not moved forward again.
    """
    free = standing.moved_by is None or standing.moved_by in BY_PLANNING | lifted
    asked = Asked(
        wanted_at=standing.wanted_at if free else standing.due_at,
        # Nobody was reached yet: the campaign begins with what it says now.
        channel=None if standing.reason == FIRST_STEP else standing.channel,
        exempt_from_caps=standing.exempt_from_caps,
        avoid=standing.avoid if free else None,
    )
    found = place(person, terms, asked, memo)
    if isinstance(found, Nowhere):
        return Stopped(nowhere=found)
    if found.step.channel is not standing.channel:
        return Moved(kind="channel_changed", wanted_at=asked.wanted_at, placed=found)
    planned = found.planned
    if _stands(standing, planned, terms.now):
        return Kept(window_end_at=planned.window_end_at)
    sooner = planned.due_at < standing.due_at
    return Moved(kind="earlier" if sooner else "later", wanted_at=asked.wanted_at, placed=found)


def look_again(
    held: Held,
    person: Person,
    terms: Terms,
    lifted: frozenset[Reason] = frozenset(),
    memo: WindowsMemo | None = None,
) -> Freed | StillHeld:
    """Whether a blocked lead can be contacted under these terms."""
    if held.reason not in BY_DOCUMENTS | lifted:
        return StillHeld(nowhere=None)
    asked = Asked(wanted_at=terms.now, channel=held.channel, exempt_from_caps=held.exempt_from_caps)
    found = place(person, terms, asked, memo)
    if isinstance(found, Placed):
        return Freed(wanted_at=terms.now, placed=found)
    return StillHeld(nowhere=None if found.blocked.reason == held.reason else found)


def _stands(standing: Standing, planned: Planned, now: datetime) -> bool:
    """Whether the present time is one that this plan would have given."""
    if standing.due_at <= now:
        # It waits for its turn; planning it anew would only say "now".
        return planned.due_at <= now
    spread = JITTER if standing.reason == RETRY else timedelta(0)
    within = planned.due_at <= standing.due_at <= planned.due_at + spread
    return within and standing.due_at < planned.window_end_at
