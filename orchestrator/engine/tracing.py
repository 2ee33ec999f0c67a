"""One trace per attempt: each process adds the steps that it took, and they meet by the id."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

Said = str | int | float | bool
"""What a step may say of itself: codes, counts and lengths; nothing of a person."""

CLAIM: Final = "attempt.claim"
GATE: Final = "attempt.gate"
START: Final = "attempt.start"
WEBHOOK: Final = "attempt.webhook"
CONVERSATION: Final = "attempt.conversation"
READING: Final = "attempt.reading"
FOLLOW_UP: Final = "attempt.follow_up"


class Tracer(Protocol):
    """Takes steps that have ended. It neither waits for anybody nor raises."""

    def step(
        self, attempt_id: UUID, name: str, began_ns: int, said: Mapping[str, Said] | None = None
    ) -> None:
        """A step of this attempt, from `began_ns` (real time, `now_ns`) until now."""
        ...


@dataclass(frozen=True, slots=True)
class NoTraces:
    """Tracing is off."""

    def step(
        self, attempt_id: UUID, name: str, began_ns: int, said: Mapping[str, Said] | None = None
    ) -> None:
        return


@dataclass(slots=True)
class Saying:
    """What a step has to say of itself when it ends."""

    said: dict[str, Said] = field(default_factory=dict)


def now_ns() -> int:
    """The real time of this machine: for traces alone, it decides nothing."""
    return time.time_ns()


@contextmanager
def step(tracer: Tracer, attempt_id: UUID, name: str) -> Iterator[Saying]:
    """The block as one step; a failure is told by its type."""
    began, saying = now_ns(), Saying()
    try:
        yield saying
    except BaseException as error:
        saying.said["error"] = type(error).__name__
        raise
    finally:
        tracer.step(attempt_id, name, began, saying.said)
