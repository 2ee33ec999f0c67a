"""Speech-like sound made by arithmetic: Silero takes it for a voice, and nothing is recorded."""

import numpy as np
from numpy.typing import NDArray

_VOWELS = ((700, 1200), (300, 2200), (500, 900), (400, 1900), (650, 1700))


def voice(seconds: float, *, rate_hz: int = 8000, pitch_hz: float = 120.0) -> bytes:
    """A voice that goes through vowels, as 16-bit samples."""
    at = np.arange(round(rate_hz * seconds)) / rate_hz
    pitch = pitch_hz * (1 + 0.1 * np.sin(2 * np.pi * 0.9 * at))
    phase = 2 * np.pi * np.cumsum(pitch) / rate_hz
    source = np.sum([np.sin(k * phase) / k for k in range(1, 25)], axis=0)
    out = np.zeros(len(source))
    step = round(rate_hz * 0.12)
    for number, begin in enumerate(range(0, len(source), step)):
        out[begin : begin + step] = _vowel(source[begin : begin + step], number, rate_hz)
    return (out / np.abs(out).max() * 9000).astype("<i2").tobytes()


def tone(seconds: float, *, hz: float = 1000.0, rate_hz: int = 8000) -> bytes:
    """One steady pitch, as 16-bit samples."""
    at = np.arange(round(rate_hz * seconds)) / rate_hz
    return (9000 * np.sin(2 * np.pi * hz * at)).astype("<i2").tobytes()


def _vowel(source: NDArray[np.float64], number: int, rate_hz: int) -> NDArray[np.float64]:
    first, second = _VOWELS[number % len(_VOWELS)]
    hz = np.fft.rfftfreq(len(source), 1 / rate_hz)
    shape = 0.05 + 1 / (1 + ((hz - first) / 120) ** 2) + 0.7 / (1 + ((hz - second) / 160) ** 2)
    voiced = np.fft.irfft(np.fft.rfft(source) * shape, len(source))
    return np.asarray(voiced * np.hanning(len(source)) ** 0.3)


def loudness(pcm: NDArray[np.int16], rate_hz: int = 8000) -> NDArray[np.float64]:
    """Root mean square of each 10 ms."""
    step = rate_hz // 100
    whole = pcm[: len(pcm) // step * step].astype(np.float64).reshape(-1, step)
    return np.asarray(np.sqrt(np.mean(whole * whole, axis=1)))


def spans_ms(pcm: NDArray[np.int16], *, gap_ms: int = 300) -> list[tuple[int, int]]:
    """Where there is sound; pauses shorter than `gap_ms` belong to it."""
    spans: list[tuple[int, int]] = []
    for tick in np.flatnonzero(loudness(pcm) > 200):
        begin = int(tick) * 10
        if spans and begin - spans[-1][1] <= gap_ms:
            spans[-1] = (spans[-1][0], begin + 10)
        else:
            spans.append((begin, begin + 10))
    return spans
