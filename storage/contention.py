"""What fails only because somebody else held a row: it is done again, at once."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sqlalchemy.exc import DBAPIError

PASSING: Final = frozenset({"55P03", "40P01", "40001"})
"""lock_not_available, deadlock_detected, serialization_failure (PostgreSQL, appendix A)."""
TRIES: Final = 4
"""With a lock_timeout of two seconds this stays inside the fifteen that a provider waits."""

Result = TypeVar("Result")


def is_passing(error: BaseException) -> bool:
    """Whether the same transaction may well succeed a moment later."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in PASSING


async def patiently(do: Callable[[], Awaitable[Result]]) -> Result:
    """Run a whole transaction, and run it again while others are in its way.

    `do` opens its own transaction, so that a failed try leaves nothing. The last try's error goes
    to the caller.
    """
    for _ in range(TRIES - 1):
        try:
            return await do()
        except DBAPIError as error:
            if not is_passing(error):
                raise
    return await do()
