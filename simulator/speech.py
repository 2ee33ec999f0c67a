"""The voices of the simulated world: text in, telephone audio out, remembered per text."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from simulator import espeak, mulaw
from simulator.mulaw import Pcm
from simulator.persona import Language

_PEAK = 14000
_QUIET = 200
_PAUSE = 600
"""Amplitude below which somebody pauses between words."""
_LONGEST_PAUSE = 10
"""Hundredths of a second."""
_REMEMBERED_SAMPLES = 16_000_000
"""32 MB, some twenty minutes of telephone speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One speaker: an espeak-ng voice per language, how fast and how high."""

    en: str
    words_per_minute: int
    pitch: int
    """0 to 99, espeak-ng's own scale."""


VOICES: Mapping[str, Voice] = MappingProxyType(
    {
        "agent": Voice(en="en-us+f3", words_per_minute=205, pitch=60),
        "robin": Voice(en="en-us", words_per_minute=165, pitch=45),
        "morgan": Voice(en="en-us+m3", words_per_minute=165, pitch=38),
        "camille": Voice(en="en-us", words_per_minute=160, pitch=50),
        "robot": Voice(en="en-us", words_per_minute=160, pitch=30),
    }
)
_OTHER_LANGUAGES: Mapping[Language, str] = MappingProxyType({"fr": "fr", "de": "de"})


class Voices:
    """Speaks texts; what was said once is remembered, up to a bound."""

    def __init__(self, *, remember_samples: int = _REMEMBERED_SAMPLES) -> None:
        self._remember_samples = remember_samples
        self._remembered: OrderedDict[tuple[str, str, Language, int], Pcm] = OrderedDict()
        self._held_samples = 0
        self._lock = threading.Lock()

    @property
    def remembered_samples(self) -> int:
        return self._held_samples

    async def pcm(
        self, text: str, *, voice: str = "agent", language: Language = "en", rate_hz: int = 24_000
    ) -> Pcm:
        """The text read aloud; an unknown voice name speaks as the agent."""
        key = (text, voice if voice in VOICES else "agent", language, rate_hz)
        known = self._recall(key)
        if known is not None:
            return known
        return await asyncio.to_thread(self._speak, key)

    async def ulaw(self, text: str, *, voice: str, language: Language = "en") -> bytes:
        """The text as telephone audio: mu-law at 8 kHz."""
        return mulaw.encode(await self.pcm(text, voice=voice, language=language, rate_hz=8000))

    def _recall(self, key: tuple[str, str, Language, int]) -> Pcm | None:
        with self._lock:
            known = self._remembered.get(key)
            if known is not None:
                self._remembered.move_to_end(key)
            return known

    def _speak(self, key: tuple[str, str, Language, int]) -> Pcm:
        text, name, language, rate_hz = key
        voice = VOICES[name]
        library = espeak.library()
        raw = library.speak(
            text,
            voice=_OTHER_LANGUAGES.get(language, voice.en),
            words_per_minute=voice.words_per_minute,
            pitch=voice.pitch,
        )
        fluent = _without_long_pauses(_trimmed(raw), library.rate_hz)
        spoken = _levelled(resampled(fluent, library.rate_hz, rate_hz))
        spoken.flags.writeable = False
        with self._lock:
            if key not in self._remembered:
                self._remembered[key] = spoken
                self._held_samples += len(spoken)
            while self._held_samples > self._remember_samples:
                _, forgotten = self._remembered.popitem(last=False)
                self._held_samples -= len(forgotten)
        return spoken


def resampled(pcm: Pcm, from_hz: int, to_hz: int) -> Pcm:
    """The same sound at another rate, by cutting or widening its spectrum."""
    if from_hz == to_hz or not len(pcm):
        return pcm
    # Multiples of a tenth of a second make both transforms fast and the ratio exact.
    blocks = -(-len(pcm) * 10 // from_hz)
    source = np.zeros(blocks * from_hz // 10, dtype=np.float64)
    source[: len(pcm)] = pcm
    length = blocks * to_hz // 10
    target = np.fft.irfft(np.fft.rfft(source)[: length // 2 + 1], n=length) * (to_hz / from_hz)
    kept = target[: round(len(pcm) * to_hz / from_hz)]
    return np.clip(np.rint(kept), -32768, 32767).astype(np.int16)


def _trimmed(pcm: Pcm) -> Pcm:
    """Without the silence around the words."""
    loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) > _QUIET)
    return pcm[loud[0] : loud[-1] + 1] if len(loud) else pcm[:0]


def _without_long_pauses(pcm: Pcm, rate_hz: int) -> Pcm:
    """With every pause cut to what does not end a turn: a line is one turn on the telephone."""
    step = rate_hz // 100
    whole = pcm[: len(pcm) // step * step].reshape(-1, step)
    quiet = np.abs(whole.astype(np.int32)).max(axis=1, initial=0) <= _PAUSE
    kept, run = [], 0
    for piece, is_quiet in zip(whole, quiet, strict=True):
        run = run + 1 if is_quiet else 0
        if run <= _LONGEST_PAUSE:
            kept.append(piece)
    return np.concatenate([*kept, pcm[len(whole) * step :]])


def _levelled(pcm: Pcm) -> Pcm:
    """At the loudness of a telephone."""
    peak = int(np.abs(pcm.astype(np.int32)).max(initial=0))
    return (pcm.astype(np.float64) * (_PEAK / peak)).astype(np.int16) if peak else pcm
