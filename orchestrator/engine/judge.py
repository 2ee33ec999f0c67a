"""What a provider's error codes mean for a person and for us: data that the wiring brings."""

from dataclasses import dataclass
from typing import Protocol

from outreach.channel import ChannelName
from outreach.outcome import Outcome


class Verdict(Protocol):
    """What an error that came after the order was taken makes of the attempt."""

    @property
    def outcome(self) -> Outcome: ...

    @property
    def then(self) -> str:
        """retry | retry_tomorrow | retry_once | give_up | suppress | use_template |
        stop_campaign | stop_sender"""
        ...

    @property
    def reason(self) -> str:
        """A code, never free text."""
        ...


class Judge(Protocol):
    def after_callback(self, error_code: str | None, channel: ChannelName) -> Verdict: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    outcome: Outcome
    then: str = "retry_once"
    reason: str = "unknown_error"


@dataclass(frozen=True, slots=True)
class PlainJudge:
    """Knows no code of any provider."""

    def after_callback(self, error_code: str | None, channel: ChannelName) -> Verdict:
        voice = channel is ChannelName.VOICE
        return Unknown(outcome=Outcome.FAILED if voice else Outcome.UNDELIVERED)
