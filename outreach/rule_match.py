"""Does a rule speak of this attempt?"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from outreach.decisions import EndedAttempt
from outreach.fields import FieldValue
from outreach.follow_up_rules import When
from outreach.outcome import Outcome

Facts: TypeAlias = Mapping[str, FieldValue | datetime]
"""The verified values of the conversations, by field."""


def matches(
    when: When,
    latest: EndedAttempt,
    facts: Facts,
    score: int | None,
) -> bool:
    """Whether all that the rule names holds of the latest attempt."""
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
