"""What would happen to somebody if each attempt ended like this? The rules, played through."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.decisions import AwaitReply, CallBackAt, Decision, EndedAttempt, Retry, Stop
from outreach.decisions import SwitchChannel as Switch
from outreach.follow_up import decide
from outreach.outcome import OF_CALLS, OF_MESSAGES, Outcome

MOST: Final = 12
"""Attempts; a rule may repeat for longer than anybody reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One attempt of the play, and what the rules make of its end."""

    n: int
    channel: ChannelName
    ended_at: datetime
    decision: Decision


def play(campaign: Campaign, outcome: Outcome, begins_at: datetime) -> list[Played]:
    """The attempts until the rules stop, wait, or go on where nothing can end like this.

    Nothing is moved into legal hours: times are what the rules want. Empty where the first step
    cannot end so. Fields of the conversation are unknown.
    """
    channel, at = campaign.steps[0].channel, begins_at
    history: list[EndedAttempt] = []
    played: list[Played] = []
    rule_id: str | None = None
    while can_end(channel, outcome) and len(played) < MOST:
        history.append(EndedAttempt(channel=channel, outcome=outcome, ended_at=at, rule_id=rule_id))
        decision = decide(history, campaign, {})
        played.append(Played(n=len(history), channel=channel, ended_at=at, decision=decision))
        match decision:
            case Retry() | Switch():
                channel, at, rule_id = decision.channel, decision.not_before, decision.rule_id
            case CallBackAt():
                channel, at, rule_id = decision.channel, decision.at, decision.rule_id
            case AwaitReply() | Stop():
                break
    return played


def can_end(channel: ChannelName, outcome: Outcome) -> bool:
    if channel is ChannelName.VOICE:
        return outcome in OF_CALLS
    return outcome in OF_MESSAGES or outcome is Outcome.REPLIED
