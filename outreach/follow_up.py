"""An attempt has ended: what follows?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from outreach.campaign import Campaign
from outreach.channel import ChannelName
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
from outreach.follow_up_rules import Rule, SuppressScope
from outreach.lead import STATUS_AFTER, Status
from outreach.outcome import CONVERSATIONS, Outcome
from outreach.rule_match import Facts, matches
from outreach.rule_steps import after_silence, effects_of, follow, leaves
from outreach.without_rule import NO_REPLY_AFTER, next_channel, no_reply_after, without_rule

# The answers are part of this door.
__all__ = [
    "AwaitReply",
    "CallBackAt",
    "CancelAll",
    "CreateTask",
    "Decision",
    "Effect",
    "EndedAttempt",
    "LeaveMessage",
    "Notify",
    "Retry",
    "SetStatus",
    "Stop",
    "Suppress",
    "SwitchChannel",
    "decide",
    "decide_no_reply",
    "deciding",
    "may_leave_message",
    "no_reply_after",
]

NOT_PLACED_WAIT: Final = timedelta(minutes=1)
NOT_PLACED_WAIT_MAX: Final = timedelta(hours=1)


def decide(
    history: Sequence[EndedAttempt],
    campaign: Campaign,
    facts: Facts,
    score: int | None = None,
    zone: str | None = None,
) -> Decision:
    """Choose what follows the latest of a lead's attempts (oldest first, never empty).

    An opt-out beats every rule and is final; else the first rule that matches decides. A booked
    meeting always stops: of its rule only what is done beside the next step counts. `facts` are
    the verified values of the conversation, `score` is the lead's quality, 0..100, `zone` the
    likeliest of the person's zones (only for the part of the day).
    """
    if any(attempt.outcome is Outcome.OPTED_OUT for attempt in history):
        return _opted_out()
    latest = history[-1]
    if latest.outcome is Outcome.NOT_PLACED:
        return _again(history)
    rule = next((one for one in campaign.rules if matches(one.when, latest, facts, score)), None)
    if latest.outcome is Outcome.MEETING_BOOKED:
        return _booked(history, rule)
    if rule is None:
        return without_rule(history, campaign)
    return follow(rule, history, campaign, facts, zone)


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
        return after_silence(rule, history, channel, now)
    if now < silent_since + NO_REPLY_AFTER:
        return AwaitReply(until=silent_since + NO_REPLY_AFTER, reason="Waits for an answer.")
    onward = next_channel(history, campaign)
    if onward is not None:
        return SwitchChannel(
            channel=onward, not_before=now, rule_id=None, reason="No answer: the next step."
        )
    return Stop(status=Status.UNREACHABLE, reason="No answer, and no step is left.")


def may_leave_message(history: Sequence[EndedAttempt], campaign: Campaign) -> bool:
    """Whether a machine that answers the next call is left the message."""
    for rule in campaign.rules:
        if Outcome.VOICEMAIL in rule.when.outcome and rule.then.leave_message is not None:
            return leaves(rule.then.leave_message, history)
    return False


def deciding(outcomes: Sequence[Outcome], known_anew: int) -> int:
    """Whose outcome the rules follow when that of attempt `known_anew` has changed.

    Places in a history, oldest first. An opt-out and a booking count whenever they are learnt;
    else the newest word of the person counts, and where they said nothing the latest try.
    """
    later = outcomes[known_anew + 1 :]
    if outcomes[known_anew] in (Outcome.OPTED_OUT, Outcome.MEETING_BOOKED):
        return known_anew
    if outcomes[known_anew] in CONVERSATIONS and not CONVERSATIONS.intersection(later):
        return known_anew
    return len(outcomes) - 1


def _booked(history: Sequence[EndedAttempt], rule: Rule | None) -> Stop:
    return Stop(
        status=(rule.then.status if rule else None) or STATUS_AFTER[Outcome.MEETING_BOOKED],
        reason="A meeting is booked.",
        effects=effects_of(rule, history) if rule else (),
    )


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
