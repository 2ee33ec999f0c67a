"""What one rule asks for after an attempt: its next step, and what it does beside it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.daypart import daypart
from outreach.decisions import (
    CallBackAt,
    CancelAll,
    CreateTask,
    Decision,
    Effect,
    EndedAttempt,
    LeaveMessage,
    Notify,
    Retry,
    SetStatus,
    Stop,
    Suppress,
    SwitchChannel,
)
from outreach.fields import FieldValue
from outreach.follow_up_rules import LeaveMessage as LeaveMessageRule
from outreach.follow_up_rules import Rule, Spread, SuppressScope
from outreach.lead import STATUS_AFTER, Status
from outreach.outcome import Outcome
from outreach.rule_match import Facts
from outreach.without_rule import without_rule

CALLBACK_TOLERANCE: Final = timedelta(minutes=15)
CALLBACK_HORIZON: Final = timedelta(days=366)
CALLBACKS_MAX: Final = 3
"""How often one rule calls a lead back at a time they named; then a person looks at it."""


def follow(
    rule: Rule,
    history: Sequence[EndedAttempt],
    campaign: Campaign,
    facts: Facts,
    zone: str | None,
) -> Decision:
    """What a rule that matches the latest attempt makes of it."""
    latest, then = history[-1], rule.then
    effects = effects_of(rule, history)
    if then.schedule_at is not None:
        if _tries(rule, history) >= CALLBACKS_MAX:
            return _enough(rule, effects)
        at = _asked_for(facts.get(then.schedule_at), latest.ended_at)
        # Who writes "call me tomorrow" wants the phone to ring.
        rings = ChannelName.VOICE in campaign.channels
        return CallBackAt(
            channel=ChannelName.VOICE if rings else latest.channel,
            at=at or latest.ended_at + timedelta(days=1),
            tolerance=then.tolerance or CALLBACK_TOLERANCE,
            rule_id=rule.id,
            reason=f"{rule.id}: "
            + ("they named a time." if at else "no time named: the next day."),
            priority=then.priority,
            effects=effects,
        )
    if then.channel is not None and not _has_switched(rule, then.channel, history):
        return _switch(rule, then.channel, latest.ended_at, effects)
    if then.retry is not None:
        used = _tries(rule, history)
        if used < then.retry.max:
            return _retry(rule, history, used, effects, zone)
    return _used_up(rule, history, campaign, effects)


def after_silence(
    rule: Rule, history: Sequence[EndedAttempt], channel: ChannelName, now: datetime
) -> Decision:
    """What a rule makes of a message that nobody answered."""
    effects, then = effects_of(rule, history), rule.then
    onward = then.else_channel.channel if then.else_channel else then.channel
    if onward is not None and not _has_switched(rule, onward, history):
        return _switch(rule, onward, now, effects)
    used = _tries(rule, history)
    if then.retry is not None and used < then.retry.max:
        return Retry(
            channel=channel,
            not_before=now,
            rule_id=rule.id,
            reason=f"{rule.id}: no answer, reminder {used + 1} of {then.retry.max}.",
            priority=then.priority,
            effects=effects,
        )
    status = then.exhausted.status if then.exhausted else then.status or Status.UNREACHABLE
    return Stop(status=status, reason=f"{rule.id}: no answer.", effects=effects)


def _retry(
    rule: Rule,
    history: Sequence[EndedAttempt],
    used: int,
    effects: tuple[Effect, ...],
    zone: str | None,
) -> Decision:
    retry, latest = rule.then.retry, history[-1]
    assert retry is not None
    wait = retry.after[min(used, len(retry.after) - 1)]
    spread = retry.spread is Spread.DIFFERENT_DAYPART and zone is not None
    return Retry(
        channel=latest.channel,
        not_before=latest.ended_at + wait,
        rule_id=rule.id,
        reason=f"{rule.id}: {latest.outcome}, retry {used + 1} of {retry.max}.",
        priority=rule.then.priority,
        daypart_to_avoid=daypart(latest.ended_at, zone) if spread and zone else None,
        effects=effects,
    )


def _used_up(
    rule: Rule,
    history: Sequence[EndedAttempt],
    campaign: Campaign,
    effects: tuple[Effect, ...],
) -> Decision:
    latest, then = history[-1], rule.then
    way = then.else_channel.channel if then.else_channel is not None else None
    if way is not None and not _has_switched(rule, way, history):
        return _switch(rule, way, latest.ended_at, effects)
    if then.exhausted is not None:
        more: tuple[Effect, ...] = (SetStatus(status=then.exhausted.status),)
        if then.exhausted.notify:
            more += (Notify(who=then.exhausted.notify),)
        if then.exhausted.task:
            more += (CreateTask(text=then.exhausted.task),)
        return Stop(
            status=then.exhausted.status,
            reason=f"{rule.id}: its retries are used up.",
            effects=effects + more,
        )
    if then.retry is not None:
        return without_rule(history, campaign, effects, f"{rule.id}: its retries are used up")
    # One channel is closed to us: the campaign goes on by another where nobody was reached.
    closes_one = then.suppress is SuppressScope.THIS_CHANNEL and then.status is None
    if closes_one:
        return without_rule(history, campaign, effects, f"{rule.id}: {latest.outcome}")
    if then.suppress is not None or then.status is not None:
        status = then.status or STATUS_AFTER.get(latest.outcome)
        return Stop(status=status, reason=f"{rule.id}: {latest.outcome}.", effects=effects)
    return without_rule(history, campaign, effects, f"{rule.id}: {latest.outcome}")


def _switch(
    rule: Rule, channel: ChannelName, at: datetime, effects: tuple[Effect, ...]
) -> SwitchChannel:
    return SwitchChannel(
        channel=channel,
        not_before=at,
        rule_id=rule.id,
        reason=f"{rule.id}: goes on by {channel}.",
        priority=rule.then.priority,
        effects=effects,
    )


def _enough(rule: Rule, effects: tuple[Effect, ...]) -> Stop:
    """Somebody who always asks for another time is left to a person."""
    task = CreateTask(text="They have asked for another time again and again. Please take over.")
    return Stop(
        status=Status.CALLBACK,
        reason=f"{rule.id}: {CALLBACKS_MAX} callbacks were made.",
        effects=(*effects, task),
    )


def _has_switched(rule: Rule, channel: ChannelName, history: Sequence[EndedAttempt]) -> bool:
    """Whether this rule has brought the lead to `channel` before; it does so once."""
    return any(
        one.rule_id == rule.id and one.channel is channel and one.outcome is not Outcome.NOT_PLACED
        for one in history
    )


def _tries(rule: Rule, history: Sequence[EndedAttempt]) -> int:
    placed = (one for one in history if one.outcome is not Outcome.NOT_PLACED)
    return sum(one.rule_id == rule.id for one in placed)


def effects_of(rule: Rule, history: Sequence[EndedAttempt]) -> tuple[Effect, ...]:
    """What a rule does beside the next step."""
    then = rule.then
    effects: list[Effect] = []
    if then.status is not None:
        effects.append(SetStatus(status=then.status))
    if then.notify is not None:
        effects.append(Notify(who=then.notify))
    if then.task is not None:
        effects.append(CreateTask(text=then.task))
    if then.suppress is not None:
        effects.append(Suppress(scope=then.suppress))
    if then.cancel_all:
        effects.append(CancelAll())
    if then.leave_message is not None and leaves(then.leave_message, history):
        effects.append(LeaveMessage())
    return tuple(effects)


def leaves(policy: LeaveMessageRule, history: Sequence[EndedAttempt]) -> bool:
    """Whether a machine is left the message now."""
    match policy:
        case LeaveMessageRule.NEVER:
            return False
        case LeaveMessageRule.ALWAYS:
            return True
        case LeaveMessageRule.ONCE_PER_CAMPAIGN:
            return all(attempt.outcome is not Outcome.VOICEMAIL_LEFT for attempt in history)


def _asked_for(value: FieldValue | datetime | None, ended_at: datetime) -> datetime | None:
    """The moment they named, if it can be meant: aware, ahead, within a year."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    return value.astimezone(UTC) if ended_at < value <= ended_at + CALLBACK_HORIZON else None
