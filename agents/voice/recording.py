"""A call on disk: a stereo WAV that grows while the call runs, the person left, the agent right."""

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from agents.voice.mulaw import RATE_HZ

_PER_MS = RATE_HZ // 1000
_WINDOW_MS = 4_000
_LONGEST_DELAY_MS = 20_000
"""How much later than the agent's the person's audio of the same moment may come."""
_SETTLED_MS = 1_000
"""Audio older than this is written: nothing late or cut away reaches further back."""
_BYTES_A_SAMPLE = 4
_LONGEST_MS = 6 * 60 * 60 * 1000


class TwoChannelRecording:
    """Places both voices on one clock and writes what is settled.

    In memory is what may change: seconds, and as much more as a busy host is late in hearing. The
    header is right after each write, so that a killed process leaves a file that plays.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("wb")
        self._file.write(_header(0))
        self._written_ms = 0
        self._ends_ms = 0
        self._window = np.zeros((_WINDOW_MS * _PER_MS, 2), dtype="<i2")

    def person(self, pcm: bytes, at_ms: float) -> None:
        self._place(0, pcm, at_ms)

    def agent(self, pcm: bytes, at_ms: float) -> None:
        self._place(1, pcm, at_ms)

    def cut_agent(self, at_ms: float) -> None:
        """What the agent would have said from here on was not played."""
        begin = max(0, round(at_ms) - self._written_ms) * _PER_MS
        self._window[begin:, 1] = 0

    def settle(self, heard_until_ms: float) -> None:
        """Write what can no longer change, the person having been heard until then."""
        due_ms = round(heard_until_ms) - _SETTLED_MS - self._written_ms
        if due_ms >= _SETTLED_MS:
            self._write(due_ms)

    def close(self, now_ms: float) -> None:
        """Finish the file; what lies after `now_ms` was never played."""
        self._ends_ms = min(self._ends_ms, round(now_ms))
        self._write(max(0, self._ends_ms - self._written_ms))
        self._file.close()

    def _place(self, channel: int, pcm: bytes, at_ms: float) -> None:
        samples = np.frombuffer(pcm, dtype="<i2")
        ends_ms = round(at_ms) + -(-len(samples) // _PER_MS)
        if ends_ms > min(self._written_ms + 2 * _LONGEST_DELAY_MS, _LONGEST_MS):
            return
        if ends_ms - self._written_ms > _LONGEST_DELAY_MS:
            self._write(ends_ms - self._written_ms - _SETTLED_MS)
        self._reach(ends_ms)
        begin = (round(at_ms) - self._written_ms) * _PER_MS
        samples = samples[max(0, -begin) :]
        begin = max(0, begin)
        self._window[begin : begin + len(samples), channel] = samples
        self._ends_ms = max(self._ends_ms, ends_ms)

    def _reach(self, ends_ms: int) -> None:
        missing = (ends_ms - self._written_ms) * _PER_MS - len(self._window)
        if missing > 0:
            more = np.zeros((missing, 2), dtype="<i2")
            self._window = np.concatenate((self._window, more))

    def _write(self, duration_ms: int) -> None:
        while duration_ms > 0:
            part_ms = min(duration_ms, len(self._window) // _PER_MS)
            count = part_ms * _PER_MS
            self._file.write(self._window[:count].tobytes())
            self._window = np.roll(self._window, -count, axis=0)
            self._window[len(self._window) - count :] = 0
            self._written_ms += part_ms
            duration_ms -= part_ms
        self._file.seek(0)
        self._file.write(_header(self._written_ms))
        self._file.seek(0, 2)


def _header(duration_ms: int) -> bytes:
    size = duration_ms * _PER_MS * _BYTES_A_SAMPLE
    return b"".join(
        (
            struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE"),
            struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, RATE_HZ, RATE_HZ * _BYTES_A_SAMPLE, 4, 16),
            struct.pack("<4sI", b"data", size),
        )
    )
