"""What may follow an attempt: the values in which the rules answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from outreach.channel import ChannelName
from outreach.daypart import Daypart
from outreach.follow_up_rules import Priority, SuppressScope
from outreach.lead import Status
from outreach.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedAttempt:
    """What the rules need of an attempt of this lead in this campaign."""

    channel: ChannelName
    outcome: Outcome
    ended_at: datetime
    rule_id: str | None = None
    """The rule that planned it; None for the first of a step and for what a person planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStatus:
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTask:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppress:
    scope: SuppressScope


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAll:
    """Everything planned for this person, in every campaign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveMessage:
    """The next attempt leaves its message if a machine answers."""


Effect: TypeAlias = SetStatus | Notify | CreateTask | Suppress | CancelAll | LeaveMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    channel: ChannelName
    not_before: datetime
    rule_id: str | None
    reason: str
    """One sentence for people."""
    priority: Priority = Priority.NORMAL
    daypart_to_avoid: Daypart | None = None
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackAt:
    """The person asked for it, so the policy's caps do not count."""

    channel: ChannelName
    at: datetime
    tolerance: timedelta
    rule_id: str
    reason: str
    priority: Priority = Priority.HIGH
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchChannel:
    channel: ChannelName
    not_before: datetime
    rule_id: str | None
    reason: str
    priority: Priority = Priority.NORMAL
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitReply:
    """A message is with the person; `decide_no_reply` is asked when nothing came by then."""

    until: datetime
    reason: str
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Nothing more is planned. `status` is what the lead should become; None leaves it."""

    status: Status | None
    reason: str
    effects: tuple[Effect, ...] = ()


Decision: TypeAlias = Retry | CallBackAt | SwitchChannel | AwaitReply | Stop
