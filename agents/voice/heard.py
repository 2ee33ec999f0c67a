"""Which speech each turn of the person was made of, however late its words are understood."""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where speech lies, in the call's milliseconds."""

    begins_ms: float
    ends_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    text: str
    span: Span


class Heard:
    """Follows speech from the pause that ends it to the turn its words come in.

    A recognizer gives one transcript per pause, in order, and takes its time: until then the next
    words may have begun, and the turn may have been given up and come later or in two parts.
    """

    def __init__(self) -> None:
        self._begins_ms: float | None = None
        self._spoken: deque[Span] = deque()
        """Not understood yet."""
        self._understood: deque[_Piece] = deque()
        """In no turn yet."""
        self._last = Span(begins_ms=0.0, ends_ms=0.0)

    @property
    def speaking(self) -> bool:
        return self._begins_ms is not None

    @property
    def outstanding(self) -> bool:
        """Whether words may still come of what was spoken."""
        return self.speaking or bool(self._spoken) or bool(self._understood)

    def started(self, at_ms: float) -> None:
        self._begins_ms = at_ms

    def stopped(self, at_ms: float) -> None:
        begins_ms = at_ms if self._begins_ms is None else self._begins_ms
        self._begins_ms = None
        self._last = Span(begins_ms=begins_ms, ends_ms=at_ms)
        self._spoken.append(self._last)

    def understood(self, text: str) -> None:
        """The transcript of the oldest speech that has none; empty when it was no words."""
        span = self._spoken.popleft() if self._spoken else self._last
        if text.strip():
            self._understood.append(_Piece(text=text.strip(), span=span))

    def turn(self, text: str) -> Span:
        """The speech of a turn with these words, which is not looked at again.

        Words nobody was heard to say lie where somebody last spoke.
        """
        spans = self._spans(text.strip()) or [self._last]
        return Span(begins_ms=spans[0].begins_ms, ends_ms=spans[-1].ends_ms)

    def _spans(self, text: str) -> list[Span]:
        """A turn is its transcripts one after the other, and the next may be here already."""
        spans: list[Span] = []
        while text and self._understood:
            if text.startswith(self._understood[0].text):
                piece = self._understood.popleft()
                text = text.removeprefix(piece.text).lstrip()
                spans.append(piece.span)
            elif spans:
                break
            else:
                # Turns come in the order of their words: these were lost on their way.
                self._understood.popleft()
        return spans
