"""Is a number answered clearly less often than the others that a campaign calls from?

Networks mark numbers as spam without telling anybody; all that shows is that people stop
answering. The bound is Wilson's score interval, which holds for small samples too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final
from uuid import UUID

LEAST_CALLS: Final = 50
"""Of the number and of the others; fewer prove nothing."""
CLEARLY: Final = 0.6
"""A number is clearly below when it is answered at most this much as often as the others."""
SURE: Final = 2.576
"""Standard deviations: in one of two hundred looks chance alone would do as much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    calls: int
    answered: int
    """By a person."""

    @property
    def rate(self) -> float:
        return self.answered / self.calls if self.calls else 0.0


def worst(pool: Mapping[UUID, Answers]) -> UUID | None:
    """The number that should rest: clearly below all the others together; None where none is.

    One at a time: without the worst of them the others may look different.
    """
    below = [id for id in pool if _is_below(pool[id], _others(pool, id))]
    return min(below, key=lambda id: (pool[id].rate, id), default=None)


def _others(pool: Mapping[UUID, Answers], id: UUID) -> Answers:
    others = [answers for other, answers in pool.items() if other != id]
    return Answers(
        calls=sum(one.calls for one in others), answered=sum(one.answered for one in others)
    )


def _is_below(one: Answers, others: Answers) -> bool:
    if one.calls < LEAST_CALLS or others.calls < LEAST_CALLS:
        return False
    return one.rate <= CLEARLY * others.rate and _upper(one) < others.rate


def _upper(answers: Answers) -> float:
    """What the rate may really be at most."""
    n, share = answers.calls, answers.rate
    z2 = SURE * SURE
    middle = share + z2 / (2 * n)
    spread = SURE * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return (middle + spread) / (1 + z2 / n)
