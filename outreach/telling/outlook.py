"""A forecast in sentences, for the command line and the console alike."""

from collections.abc import Iterator
from datetime import datetime

from outreach.channel import ChannelName
from outreach.forecast import Cost, Forecast, Room
from outreach.prices import MICROS

CHANNELS = {ChannelName.VOICE: "call", ChannelName.WHATSAPP: "message"}


def sentences(found: Forecast, room: Room, cost: Cost | None, elsewhere: int) -> Iterator[str]:
    """When, how many, how long, how dear; times in UTC."""
    if not found.fewest:
        yield "Nobody is planned: nothing would happen."
        return
    yield _begin(found)
    yield (
        f"Everybody is tried once by {_utc(found.first_done_at)}."
        if found.first_done_at is not None
        else "Not everybody can be tried within three weeks: more calls at once, a faster pace or"
        " wider hours would help."
    )
    yield _attempts(found, room)
    if found.done_at is not None and found.expected > found.fewest:
        yield f"The retries among them are done by about {_utc(found.done_at)}."
    if cost is not None:
        yield (
            f"That costs about {_money(cost.expected)} {cost.currency}, and at most"
            f" {_money(cost.most)}, speech and model aside."
        )
    if elsewhere:
        people = "person is" if elsewhere == 1 else "people are"
        yield f"{elsewhere} {people} worked by another running campaign too."


def _begin(found: Forecast) -> str:
    if found.callable_now:
        return f"{found.callable_now} of {found.fewest} may be contacted now."
    if found.opens_at is None:
        return f"Nobody of {found.fewest} may be contacted within three weeks."
    return (
        f"Nobody of {found.fewest} may be contacted now; the first can be {_utc(found.opens_at)}."
    )


def _attempts(found: Forecast, room: Room) -> str:
    said = f"{found.fewest} attempts at least, {found.most} at most"
    if not found.expected_calls:
        return f"{said}, callbacks that people ask for aside."
    return (
        f"{said}, callbacks that people ask for aside; about {found.expected} if"
        f" {room.answered:.0%} answer. An answered call counts as {room.call_s:.0f} s, and"
        f" {room.calls_at_once} run at once."
    )


def _utc(at: datetime | None) -> str:
    return f"{at:%a %d %b %H:%M} UTC" if at is not None else "a time that nobody knows"


def _money(micros: int) -> str:
    return f"{micros / MICROS:,.2f}"
