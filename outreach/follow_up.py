"""An attempt has ended: what follows?"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.daypart import daypart
from outreach.decisions import (
    AwaitReply,
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
from outreach.follow_up_rules import Rule, Spread, SuppressScope, When
from outreach.lead import STATUS_AFTER, Status
from outreach.outcome import UNREACHED, Outcome

# The answers are part of this door.
__all__ = [
    "AwaitReply",
    "CallBackAt",
    "CancelAll",
    "CreateTask",
    "Decision",
    "Effect",
    "EndedAttempt",
    "GOES_ON",
    "LeaveMessage",
    "Notify",
    "Retry",
    "SetStatus",
    "Stop",
    "Suppress",
    "SwitchChannel",
    "decide",
    "decide_no_reply",
    "may_leave_message",
    "no_reply_after",
]

CALLBACK_TOLERANCE: Final = timedelta(minutes=15)
CALLBACK_HORIZON: Final = timedelta(days=366)
NO_REPLY_AFTER: Final = timedelta(days=3)
"""How long an unanswered message is waited for where no rule says."""
CALLBACKS_MAX: Final = 3
"""How often one rule calls a lead back at a time they named; then a person looks at it."""
NOT_PLACED_WAIT: Final = timedelta(minutes=1)
NOT_PLACED_WAIT_MAX: Final = timedelta(hours=1)

GOES_ON: Final = UNREACHED | {
    Outcome.INVALID_NUMBER,
    Outcome.VOICEMAIL,
    Outcome.VOICEMAIL_LEFT,
    Outcome.SCREENED,
    Outcome.MACHINE,
    Outcome.HANGUP_EARLY,
    Outcome.UNDELIVERED,
}
"""Outcomes after which the campaign's next step is tried when the rules have nothing left."""


def decide(
    history: Sequence[EndedAttempt],
    campaign: Campaign,
    facts: Mapping[str, FieldValue | datetime],
    score: int | None = None,
    zone: str | None = None,
) -> Decision:
    """Choose what follows the latest of a lead's attempts (oldest first, never empty).

    An opt-out beats every rule and is final; else the first rule that matches decides. `facts` are
    the verified values of the conversation, `score` is 0..100, `zone` the likeliest of the
    person's zones (only for the part of the day).
    """
    if any(attempt.outcome is Outcome.OPTED_OUT for attempt in history):
        return _opted_out()
    latest = history[-1]
    if latest.outcome is Outcome.NOT_PLACED:
        return _again(history)
    for rule in campaign.rules:
        if _matches(rule.when, latest, facts, score):
            return _follow(rule, history, campaign, facts, zone)
    return _no_rule(history, campaign)


def decide_no_reply(
    history: Sequence[EndedAttempt], campaign: Campaign, silent_since: datetime, now: datetime
) -> Decision:
    """Choose what follows when nobody answered since `silent_since` on the latest channel."""
    if any(attempt.outcome is Outcome.OPTED_OUT for attempt in history):
        return _opted_out()
    channel = history[-1].channel if history else ChannelName.WHATSAPP
    for rule in campaign.rules:
        after = rule.when.no_reply_for
        if after is None or rule.when.channel not in (None, channel):
            continue
        if now < silent_since + after:
            return AwaitReply(until=silent_since + after, reason=f"{rule.id}: waits for an answer.")
        return _after_silence(rule, history, channel, now)
    if now < silent_since + NO_REPLY_AFTER:
        return AwaitReply(until=silent_since + NO_REPLY_AFTER, reason="Waits for an answer.")
    onward = _next_channel(history, campaign)
    if onward is not None:
        return SwitchChannel(
            channel=onward, not_before=now, rule_id=None, reason="No answer: the next step."
        )
    return Stop(status=Status.UNREACHABLE, reason="No answer, and no step is left.")


def no_reply_after(campaign: Campaign, channel: ChannelName) -> timedelta:
    """How long a message is left alone before `decide_no_reply` is asked."""
    for rule in campaign.rules:
        if rule.when.no_reply_for and rule.when.channel in (None, channel):
            return rule.when.no_reply_for
    return NO_REPLY_AFTER


def may_leave_message(history: Sequence[EndedAttempt], campaign: Campaign) -> bool:
    """Whether a machine that answers the next call is left the message."""
    for rule in campaign.rules:
        if Outcome.VOICEMAIL in rule.when.outcome and rule.then.leave_message is not None:
            return _leaves(rule.then.leave_message, history)
    return False


def _opted_out() -> Stop:
    return Stop(
        status=Status.UNSUBSCRIBED,
        reason="The person asked not to be contacted.",
        effects=(Suppress(scope=SuppressScope.ALL_CHANNELS), CancelAll()),
    )


def _again(history: Sequence[EndedAttempt]) -> Retry:
    """The provider never had it: no try is used, and the waits grow so that nothing spins."""
    latest = history[-1]
    in_a_row = 0
    for attempt in reversed(history):
        if attempt.outcome is not Outcome.NOT_PLACED:
            break
        in_a_row += 1
    wait = min(NOT_PLACED_WAIT * 2 ** min(in_a_row - 1, 10), NOT_PLACED_WAIT_MAX)
    return Retry(
        channel=latest.channel,
        not_before=latest.ended_at + wait,
        rule_id=latest.rule_id,
        reason="The provider never placed the last attempt.",
    )


def _matches(
    when: When,
    latest: EndedAttempt,
    facts: Mapping[str, FieldValue | datetime],
    score: int | None,
) -> bool:
    if when.no_reply_for is not None:
        return False
    if when.outcome and not _named(latest.outcome, when.outcome):
        return False
    if when.channel is not None and when.channel is not latest.channel:
        return False
    if any(_differs(facts.get(key), wanted) for key, wanted in when.extraction.items()):
        return False
    # Unknown is no: without a score nobody is known to reach it.
    return when.min_score is None or (score is not None and score >= when.min_score)


def _named(outcome: Outcome, outcomes: Sequence[Outcome]) -> bool:
    """A message that was left is a voicemail too."""
    left = outcome is Outcome.VOICEMAIL_LEFT and Outcome.VOICEMAIL in outcomes
    return outcome in outcomes or left


def _differs(value: FieldValue | datetime | None, wanted: FieldValue) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return value.strip().casefold() != wanted.strip().casefold()
    # In Python True == 1; a yes is not a number.
    return value is None or isinstance(value, bool) != isinstance(wanted, bool) or value != wanted


def _follow(
    rule: Rule,
    history: Sequence[EndedAttempt],
    campaign: Campaign,
    facts: Mapping[str, FieldValue | datetime],
    zone: str | None,
) -> Decision:
    latest, then = history[-1], rule.then
    effects = _effects(rule, history)
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
        return _no_rule(history, campaign, effects, f"{rule.id}: its retries are used up")
    if then.suppress is not None or then.status is not None:
        status = then.status or STATUS_AFTER.get(latest.outcome)
        return Stop(status=status, reason=f"{rule.id}: {latest.outcome}.", effects=effects)
    return _no_rule(history, campaign, effects, f"{rule.id}: {latest.outcome}")


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


def _no_rule(
    history: Sequence[EndedAttempt],
    campaign: Campaign,
    effects: tuple[Effect, ...] = (),
    why: str = "",
) -> Decision:
    """What is left when the rules are silent: the next step, patience or the end."""
    latest = history[-1]
    why = why or f"No rule for {latest.outcome}"
    if latest.outcome in (Outcome.DELIVERED, Outcome.READ):
        until = latest.ended_at + no_reply_after(campaign, latest.channel)
        return AwaitReply(until=until, reason="Waits for an answer.", effects=effects)
    if latest.outcome in GOES_ON:
        onward = _next_channel(history, campaign)
        if onward is not None:
            return SwitchChannel(
                channel=onward,
                not_before=latest.ended_at,
                rule_id=None,
                reason=f"{why}: the next step.",
                effects=effects,
            )
        bad = latest.outcome is Outcome.INVALID_NUMBER
        status = Status.WRONG_NUMBER if bad else Status.UNREACHABLE
        return Stop(status=status, reason=f"{why}.", effects=effects)
    return Stop(status=STATUS_AFTER.get(latest.outcome), reason=f"{why}.", effects=effects)


def _after_silence(
    rule: Rule, history: Sequence[EndedAttempt], channel: ChannelName, now: datetime
) -> Decision:
    effects, then = _effects(rule, history), rule.then
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


def _tries(rule: Rule, history: Sequence[EndedAttempt]) -> int:
    placed = (one for one in history if one.outcome is not Outcome.NOT_PLACED)
    return sum(one.rule_id == rule.id for one in placed)


def _next_channel(history: Sequence[EndedAttempt], campaign: Campaign) -> ChannelName | None:
    """The channel of the first step that this lead has not been tried on."""
    tried = {attempt.channel for attempt in history}
    return next((step.channel for step in campaign.steps if step.channel not in tried), None)


def _effects(rule: Rule, history: Sequence[EndedAttempt]) -> tuple[Effect, ...]:
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
    if then.leave_message is not None and _leaves(then.leave_message, history):
        effects.append(LeaveMessage())
    return tuple(effects)


def _leaves(policy: LeaveMessageRule, history: Sequence[EndedAttempt]) -> bool:
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
