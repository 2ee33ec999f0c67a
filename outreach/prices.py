"""What calls, messages, speech and the model cost, by the prices of this deployment."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Final

MICROS: Final = 1_000_000
"""Money is counted in millionths of its currency."""
_MINUTE_S: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What was used up; of some kinds perhaps nothing."""

    call_s: int = 0
    """Seconds on the phone network, as the provider tells them."""
    messages: int = 0
    heard_ms: int = 0
    """What was given to the recognizer."""
    spoken_characters: int = 0
    """What was given to the voice."""
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Used") -> "Used":
        return Used(**{one: getattr(self, one) + getattr(other, one) for one in KINDS})

    def told(self) -> dict[str, int]:
        """What is more than nothing, by its kind."""
        return {one: getattr(self, one) for one in KINDS if getattr(self, one)}


KINDS: Final = tuple(one.name for one in fields(Used))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """A price by where the person's number is, in millionths."""

    default: int
    by_prefix: Mapping[str, int]
    """Digits behind the plus, such as 44 or 1684; the longest that fits counts."""

    def of(self, phone: str) -> int:
        """For a number in E.164."""
        digits = phone.removeprefix("+")
        fitting = (digits[:length] for length in range(len(digits), 0, -1))
        return next((self.by_prefix[one] for one in fitting if one in self.by_prefix), self.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """In millionths of the currency."""

    currency: str
    """ISO 4217."""
    call_minute: Tariff
    call_step_s: int
    """The carrier counts calls in whole steps of so many seconds, the last one begun."""
    message: Tariff
    hearing_minute: int
    speaking_thousand: int
    """Of a thousand characters."""
    input_million: int
    """Of a million tokens."""
    output_million: int

    def micros(self, used: Used, phone: str) -> int:
        """What this costs in all, for a person with this number (E.164); rounded once, half up."""
        billed_s = -(-used.call_s // self.call_step_s) * self.call_step_s
        exact = (
            Fraction(billed_s * self.call_minute.of(phone), _MINUTE_S)
            + used.messages * self.message.of(phone)
            + Fraction(used.heard_ms * self.hearing_minute, _MINUTE_S * 1000)
            + Fraction(used.spoken_characters * self.speaking_thousand, 1000)
            + Fraction(used.input_tokens * self.input_million, 1_000_000)
            + Fraction(used.output_tokens * self.output_million, 1_000_000)
        )
        return int(exact + Fraction(1, 2))
