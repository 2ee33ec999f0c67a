"""What the person hears: the application's audio, played at the pace of a telephone.

Audio may arrive faster than it is spoken; it waits here. A mark comes back when everything before
it was played, and a `clear` drops what waits and brings back every pending mark at once (Media
Streams documentation).
"""

from collections import deque

from simulator.mulaw import FRAME_BYTES, SILENCE

_MOST_BYTES = 8000 * 300
"""Five minutes; what goes beyond is discarded, as the carrier's error 31930 does."""
_COMPACT_BYTES = 80_000


class Playback:
    """The buffer between the application and the person's ear."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._at = 0
        self._received = 0
        self._marks: deque[tuple[int, str]] = deque()
        self._due: list[str] = []
        self.played_bytes = 0
        self.clears = 0
        self.marks = 0
        self.discarded_bytes = 0

    @property
    def played_s(self) -> float:
        return self.played_bytes / 8000

    def add(self, ulaw: bytes) -> None:
        """Queue audio behind what waits."""
        if len(self._waiting) - self._at + len(ulaw) > _MOST_BYTES:
            self.discarded_bytes += len(ulaw)
            return
        self._waiting += ulaw
        self._received += len(ulaw)

    def mark(self, name: str) -> None:
        """Ask to be told when everything queued so far was played."""
        self.marks += 1
        self._marks.append((self._received, name))

    def clear(self) -> None:
        """Forget what waits."""
        self.clears += 1
        self._received -= len(self._waiting) - self._at
        self._waiting.clear()
        self._at = 0
        self._due += [name for _, name in self._marks]
        self._marks.clear()

    def next_frame(self) -> bytes | None:
        """The next 20 ms, or None for silence."""
        frame = bytes(self._waiting[self._at : self._at + FRAME_BYTES])
        self._at += len(frame)
        self.played_bytes += len(frame)
        if self._at > _COMPACT_BYTES:
            del self._waiting[: self._at]
            self._at = 0
        if not frame:
            return None
        return frame.ljust(FRAME_BYTES, bytes([SILENCE]))

    def reached_marks(self) -> list[str]:
        """Marks to send back now, each once."""
        while self._marks and self._marks[0][0] <= self.played_bytes:
            self._due.append(self._marks.popleft()[1])
        due, self._due = self._due, []
        return due
