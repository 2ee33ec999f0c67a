"""What a campaign's document says and nothing obeys yet, in sentences for its author."""

from collections.abc import Iterator

from outreach.campaign import Campaign
from outreach.follow_up_rules import LeaveMessage, Rule
from outreach.outcome import Outcome


def without_effect(campaign: Campaign) -> tuple[str, ...]:
    """A sentence for each thing that a rule asks for in vain; empty where all of it counts."""
    return tuple(said for rule in campaign.rules for said in _in_vain(rule))


def _in_vain(rule: Rule) -> Iterator[str]:
    when, then = rule.when, rule.then
    if when.min_score is not None:
        yield (
            f"rule {rule.id}: min_score has no effect yet, because conversations get no score;"
            " the rule never applies."
        )
    if then.leave_message in (LeaveMessage.NEVER, LeaveMessage.ONCE_PER_CAMPAIGN):
        yield (
            f"rule {rule.id}: leave_message has no effect yet; a voicemail is left the agent's"
            " message each time."
        )
    goes_on = then.retry or then.channel or then.schedule_at or then.else_channel
    if Outcome.MEETING_BOOKED in when.outcome and goes_on:
        yield f"rule {rule.id}: nothing is planned after a booked meeting; it always stops."
