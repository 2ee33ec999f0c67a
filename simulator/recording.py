"""What was said on a call: a two-channel WAV that grows on disk while they talk."""

import wave
from pathlib import Path

import numpy as np

from simulator.mulaw import Pcm, decode

RATE_HZ = 8000
_FLUSH_BYTES = RATE_HZ * 4


class TwoChannelWav:
    """8 kHz stereo: channel 1 is the person, channel 2 what they heard from us.

    A second of sound is held in memory at most; the header is right after `close`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._wav = wave.open(str(path), "wb")  # noqa: SIM115 (open for the whole call)
        self._wav.setnchannels(2)
        self._wav.setsampwidth(2)
        self._wav.setframerate(RATE_HZ)
        self._held = bytearray()
        self._samples = 0
        self._closed = False

    @property
    def duration_s(self) -> float:
        return self._samples / RATE_HZ

    def write_ulaw(self, person: bytes, agent: bytes) -> None:
        """Append the same stretch of time of both sides, equally long."""
        self.write(decode(person), decode(agent))

    def write(self, person: Pcm, agent: Pcm) -> None:
        """Append the same stretch of time of both sides, equally long."""
        both = np.empty(2 * len(person), dtype="<i2")
        both[0::2] = person
        both[1::2] = agent
        self._samples += len(person)
        self._held += both.tobytes()
        if len(self._held) >= _FLUSH_BYTES:
            self._flush()

    def close(self) -> None:
        """Write what is held and the final header; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._flush()
        self._wav.close()

    def _flush(self) -> None:
        self._wav.writeframesraw(bytes(self._held))
        self._held.clear()
