"""What the rules decided, in sentences."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, assert_never

from outreach.decisions import (
    AwaitReply,
    CallBackAt,
    CancelAll,
    CreateTask,
    Decision,
    Effect,
    LeaveMessage,
    Notify,
    Retry,
    SetStatus,
    Stop,
    Suppress,
    SwitchChannel,
)
from outreach.telling.codes import channel, readable

MINUTE: Final = timedelta(minutes=1)
UNITS: Final = ((1440, "day"), (60, "hour"), (1, "minute"))
"""Minutes, the largest first."""


def decided(decision: Decision, ended_at: datetime) -> str:
    """What follows, counted from the end of the attempt."""
    match decision:
        case Retry():
            part = decision.daypart_to_avoid
            other = ", at another time of day" if part is not None else ""
            wait = span(decision.not_before - ended_at)
            return f"Another {channel(decision.channel)} {wait}{other}. {_why(decision)}"
        case SwitchChannel():
            wait = span(decision.not_before - ended_at)
            return f"A {channel(decision.channel)} {wait}. {_why(decision)}"
        case CallBackAt():
            return f"A {channel(decision.channel)} at the time they asked for. {_why(decision)}"
        case AwaitReply():
            return f"Nothing until they answer, or {span(decision.until - ended_at)}."
        case Stop(status=None):
            return f"Nothing more. {_why(decision)}"
        case Stop():
            return f"Nothing more; they become {readable(decision.status)}. {_why(decision)}"
    assert_never(decision)


def _why(decision: Decision) -> str:
    """The rules' own words, without the underscores of codes."""
    return decision.reason.replace("_", " ")


def beside(decision: Decision) -> list[str]:
    """What is done beside the next step."""
    return [said for effect in decision.effects for said in _effect(effect)]


def _effect(effect: Effect) -> Iterator[str]:
    match effect:
        case SetStatus():
            yield f"They become {readable(effect.status)}."
        case Notify():
            yield f"{effect.who} is told."
        case CreateTask():
            yield f"A task: {effect.text}"
        case Suppress():
            yield f"They are never contacted again on {readable(effect.scope)}."
        case CancelAll():
            yield "Everything planned for them is cancelled, in every campaign."
        case LeaveMessage():
            yield "A machine that answers is left the message."
        case _:
            assert_never(effect)


def span(wait: timedelta) -> str:
    """Such as "after 2 days" or "at once"."""
    return "at once" if wait < MINUTE else f"after {lasting(wait)}"


def lasting(wait: timedelta) -> str:
    """Such as "2 days" or "90 minutes"."""
    minutes = wait // MINUTE
    size, word = next(pair for pair in UNITS if minutes % pair[0] == 0)
    count = minutes // size
    return f"{count} {word}{'' if count == 1 else 's'}"
