"""What became of an order? Read from Twilio's lists, which lag and do not know our ids."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from aiohttp import ClientError
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException

from channels.base import Absent, NoAnswer

# What asking can run into: an error answer, a broken line, an answer that cannot be read, or a
# pool that is closed already (RuntimeError).
TROUBLE = (TwilioException, ClientError, OSError, ValueError, TypeError, KeyError, RuntimeError)

NEWEST = 50
"""How many records are looked at; Twilio lists the newest first."""

NOT_FOUND = 404

_JUST_NOW = datetime.max.replace(tzinfo=UTC)


class Listed(Protocol):
    """A call or a message as the SDK gives it."""

    sid: str | None
    date_created: datetime | None


Thing = TypeVar("Thing", bound=Listed)


def made_since(
    moment: datetime, listed: Sequence[Thing], others: Collection[str] = ()
) -> list[Thing]:
    """Those with an id that were made at or after `moment`, the oldest first, without `others`.

    Twilio's times are whole seconds, and a queued call has none yet: that counts as just now.
    """
    whole = moment.replace(microsecond=0)
    unknown = [one for one in listed if one.sid and one.sid not in others]
    recent = [one for one in unknown if (one.date_created or _JUST_NOW) >= whole]
    return sorted(recent, key=lambda one: (one.date_created or _JUST_NOW, one.sid))


def nothing_found(error: Exception) -> Absent | NoAnswer:
    """What trouble says that was met while asking."""
    if isinstance(error, TwilioRestException | TwilioServiceException):
        return Absent() if error.status == NOT_FOUND else NoAnswer(reason=f"http_{error.status}")
    if isinstance(error, TimeoutError):
        return NoAnswer(reason="no_answer_in_time")
    if isinstance(error, OSError | ClientError | RuntimeError):
        return NoAnswer(reason="provider_unreachable")
    return NoAnswer(reason="no_usable_answer")
