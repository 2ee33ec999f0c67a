"""What one attempt has cost: a charge for each part of it, however often and late it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, assert_never

from outreach.prices import MICROS, Prices, Used


class Part(StrEnum):
    """Closed. Each part of an attempt has one charge."""

    CARRIER = "carrier"
    PLATFORM = "platform"
    """Another platform ran the call, and told one price for all of it."""
    MESSAGES = "messages"
    CONVERSATION = "conversation"
    """Hearing, thinking and speaking on the phone."""
    CHAT = "chat"
    READING = "reading"


BEARING: Final = (Part.PLATFORM, Part.CARRIER, Part.MESSAGES)
"""Without one of these an attempt's cost is not known yet: the greater part is still to come."""
ADDED: Final = frozenset({Part.MESSAGES, Part.CHAT, Part.READING})
"""Parts of which each word tells more; the others are told again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    used: Used = field(default_factory=Used)
    micros: int | None = None
    """In millionths; None: measured where no prices were configured."""
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    micros: int
    currency: str


def charged(
    known: Charge | None, part: Part, used: Used, prices: Prices | None, phone: str
) -> Charge:
    """The charge of a part after this was told of it. `phone` is the person's (E.164).

    A call's seconds only grow, whatever order they are told in, and a repeat changes nothing.
    What is added is told once by whoever used it.
    """
    before = known.used if known is not None else Used()
    now = _together(part, before, used)
    # What was charged once stays as it was, whatever the prices have become since.
    if known is not None and known.micros is not None and now == before:
        return known
    if prices is None:
        return replace(known or Charge(), used=now)
    if known is not None and known.micros is not None and part in ADDED:
        more = prices.micros(used, phone) if known.currency == prices.currency else 0
        return replace(known, used=now, micros=known.micros + more)
    return Charge(used=now, micros=prices.micros(now, phone), currency=prices.currency)


def _together(part: Part, before: Used, told: Used) -> Used:
    match part:
        case Part.MESSAGES | Part.CHAT | Part.READING:
            return before + told
        case Part.CARRIER:
            return Used(call_s=max(before.call_s, told.call_s))
        case Part.CONVERSATION | Part.PLATFORM:
            return told
    assert_never(part)


def cost_of(charges: Mapping[Part, Charge]) -> Cost | None:
    """What all parts come to; None while the part that bears the cost is not known.

    Amounts in two currencies cannot be added: then the bearing part's counts.
    """
    bearing = (charges[part] for part in BEARING if part in charges)
    first = next((one for one in bearing if one.micros is not None), None)
    if first is None or first.currency is None:
        return None
    alike = (one.micros or 0 for one in charges.values() if one.currency == first.currency)
    return Cost(micros=sum(alike), currency=first.currency)


def told_cost(cost: Cost | None, *, has_prices: bool) -> str:
    """A cost as people read it; what nobody knows is never nought."""
    if cost is not None:
        amount = f"{cost.micros / MICROS:.4f}" if cost.micros else "0"
        return f"{amount} {cost.currency}"
    return "not known yet" if has_prices else "no prices configured"
