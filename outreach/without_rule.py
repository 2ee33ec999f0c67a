"""What follows when a campaign's rules have nothing left to say: patience, a step or the end."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.decisions import AwaitReply, Decision, Effect, EndedAttempt, Stop, SwitchChannel
from outreach.lead import STATUS_AFTER, Status
from outreach.outcome import UNREACHED, Outcome

NO_REPLY_AFTER: Final = timedelta(days=3)
"""How long an unanswered message is waited for where no rule says."""

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


def without_rule(
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
        onward = next_channel(history, campaign)
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


def no_reply_after(campaign: Campaign, channel: ChannelName) -> timedelta:
    """How long a message is left alone before `decide_no_reply` is asked."""
    for rule in campaign.rules:
        if rule.when.no_reply_for and rule.when.channel in (None, channel):
            return rule.when.no_reply_for
    return NO_REPLY_AFTER


def next_channel(history: Sequence[EndedAttempt], campaign: Campaign) -> ChannelName | None:
    """The channel of the first step that this lead has not been tried on."""
    tried = {attempt.channel for attempt in history}
    return next((step.channel for step in campaign.steps if step.channel not in tried), None)
