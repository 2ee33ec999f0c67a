"""Who goes first among those that are due, so that nobody waits for ever.

Higher priority goes first, then whoever has been due longest. One place in five belongs to
whoever has been overdue longest, whatever its priority: a stream of better ones slows the others
down and never stops them.
"""

from typing import Final

ONE_IN: Final = 5
"""Of so many places one goes by age alone, as long as somebody is overdue."""


def places_by_age(passed_over: int, limit: int) -> int:
    """How many of the next `limit` places go to whoever is overdue longest.

    `passed_over` counts the places that went by priority since the last one that went by age.
    """
    return (passed_over + limit) // ONE_IN


def passed_over_after(passed_over: int, taken: int, by_age: int) -> int:
    """The count once `taken` places are filled, `by_age` of them by age.

    It does not grow beyond one turn: where nobody was overdue, nobody is owed more than that.
    """
    return max(0, min(ONE_IN, passed_over + taken - ONE_IN * by_age))
