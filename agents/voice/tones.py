"""Steady tones on the line: the beep after which a machine records, and what fax machines send."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from agents.voice.mulaw import RATE_HZ

_LOUD = 300.0
"""Root mean square below which nothing is a tone."""
_PURE = 0.85
"""Of the loudness, what lies at one pitch; a voice spreads it over its overtones."""
_LOWEST_HZ, _HIGHEST_HZ = 350.0, 2600.0
_BEEP_MS = (100.0, 1_500.0)
_FAX_HZ = (1_100.0, 2_100.0)
_FAX_MS = 1_500.0
_SAME_HZ = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    kind: Literal["beep", "fax"]
    """A beep is told when it is over, a fax machine while it goes on."""


class Tones:
    """Follows one call's audio and says when a tone means something."""

    def __init__(self) -> None:
        self._hz: float | None = None
        self._lasts_ms = 0.0

    def hear(self, pcm: bytes) -> Tone | None:
        """Take 20 ms or so of audio."""
        samples = np.frombuffer(pcm, dtype=np.int16).astype(np.float32)
        hz = _pitch(samples)
        if hz is not None and self._hz is not None and abs(hz - self._hz) <= _SAME_HZ:
            before_ms = self._lasts_ms
            self._lasts_ms += 1000 * len(samples) / RATE_HZ
            is_fax = any(abs(hz - fax) <= _SAME_HZ for fax in _FAX_HZ)
            long_enough = before_ms < _FAX_MS <= self._lasts_ms
            return Tone(kind="fax") if is_fax and long_enough else None
        was_ms, self._lasts_ms = self._lasts_ms, 0.0
        self._hz = hz
        if hz is not None:
            self._lasts_ms = 1000 * len(samples) / RATE_HZ
        return Tone(kind="beep") if _BEEP_MS[0] <= was_ms <= _BEEP_MS[1] else None


def _pitch(samples: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> float | None:
    """The one pitch of these samples, in hertz; None where there are many or it is quiet."""
    if len(samples) < 80 or float(np.sqrt(np.mean(samples * samples))) < _LOUD:
        return None
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    peak = int(np.argmax(power))
    share = float(power[max(0, peak - 2) : peak + 3].sum() / power.sum())
    hz = peak * RATE_HZ / len(samples)
    return hz if share >= _PURE and _LOWEST_HZ <= hz <= _HIGHEST_HZ else None
