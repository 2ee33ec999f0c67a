"""Whether the person is speaking: Silero's network, one session per process, run inline.

One window takes 0.1 ms; handing it to a thread takes five times that (measured). The network is
pipecat's copy, the state per call is ours.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from agents.voice.mulaw import RATE_HZ, Pcm

_WINDOW = 256
_WINDOW_MS = 1000 * _WINDOW / RATE_HZ
_CONTEXT = 32
_SPEECH = 0.6
_SILENCE = 0.35
"""Between the two it stays what it was."""
_QUIETEST = 120.0
"""Root mean square below which nothing is speech: line noise sometimes convinces the network."""
_STARTS_AFTER_MS = 160
_BEGINS_BEFORE_MS = 256
"""The network is sure of the first words only some way into them."""
_AS_LOUD_AS = 0.15
"""Of the first words: sound of this loudness right before them is their beginning."""
_FORGETS_AFTER_MS = 2_000
"""After long silence the network's memory hides the next words, so it is cleared in quiet."""
_REMEMBERED = round((_STARTS_AFTER_MS + _BEGINS_BEFORE_MS) / _WINDOW_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    at_ms: float
    """Where the speech began, which is before it was certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStopped:
    at_ms: float
    """Where the pause began, which is before it was long enough."""


Activity = SpeechStarted | SpeechStopped


class Network(Protocol):
    """Silero's network, loaded."""

    def run(self, outputs: None, inputs: Mapping[str, object]) -> list[Any]: ...


def load_network() -> Network:
    """The session all calls of a process share."""
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = 1
    path = files("pipecat.audio.vad.data") / "silero_vad.onnx"
    network: Network = onnxruntime.InferenceSession(
        str(path), providers=["CPUExecutionProvider"], sess_options=options
    )
    return network


class VoiceActivity:
    """Follows one call's audio and says when speech starts and stops."""

    def __init__(self, network: Network, *, pause_ms: float) -> None:
        self._network = network
        self._pause_ms = pause_ms
        self._rate = np.array(RATE_HZ, dtype=np.int64)
        self._pending = np.zeros(0, dtype=np.int16)
        self._speaking = False
        self._changing_since_ms: float | None = None
        self._quiet_ms = 0.0
        self._loudness: deque[float] = deque(maxlen=_REMEMBERED)
        """Root mean square of the latest windows."""
        self._forget()

    def end(self, at_ms: float) -> SpeechStopped | None:
        """No audio follows after `at_ms`: the speech it broke off, if any."""
        if not self._speaking:
            return None
        self._speaking = False
        since_ms, self._changing_since_ms = self._changing_since_ms, None
        return SpeechStopped(at_ms=at_ms if since_ms is None else since_ms)

    def hear(self, pcm: bytes, at_ms: float) -> Activity | None:
        """Take 20 ms or so of audio that begins at `at_ms`; says what changed."""
        samples = np.frombuffer(pcm, dtype=np.int16)
        begins_ms = at_ms - 1000 * len(self._pending) / RATE_HZ
        self._pending = np.concatenate((self._pending, samples))
        changed: Activity | None = None
        while len(self._pending) >= _WINDOW:
            window, self._pending = self._pending[:_WINDOW], self._pending[_WINDOW:]
            changed = self._judge(self._likelihood(window), begins_ms) or changed
            begins_ms += _WINDOW_MS
        return changed

    def _judge(self, likelihood: float, begins_ms: float) -> Activity | None:
        against = likelihood >= _SPEECH if not self._speaking else likelihood < _SILENCE
        self._rest(likelihood)
        if not against:
            self._changing_since_ms = None
            return None
        if self._changing_since_ms is None:
            self._changing_since_ms = begins_ms
        since_ms = self._changing_since_ms
        needed_ms = self._pause_ms if self._speaking else _STARTS_AFTER_MS
        if begins_ms + _WINDOW_MS - since_ms < needed_ms:
            return None
        self._changing_since_ms = None
        self._speaking = not self._speaking
        if not self._speaking:
            return SpeechStopped(at_ms=since_ms)
        certain = round((begins_ms - since_ms) / _WINDOW_MS) + 1
        return SpeechStarted(at_ms=since_ms - _WINDOW_MS * self._before(certain))

    def _before(self, certain: int) -> int:
        """How many windows before those that are certainly speech belong to it."""
        loudness = list(self._loudness)
        least = max(_QUIETEST, _AS_LOUD_AS * max(loudness[-certain:]))
        before = 0
        for loud in reversed(loudness[:-certain]):
            if loud < least:
                break
            before += 1
        return before

    def _rest(self, likelihood: float) -> None:
        calm = not self._speaking and likelihood < 0.1
        self._quiet_ms = self._quiet_ms + _WINDOW_MS if calm else 0.0
        if self._quiet_ms >= _FORGETS_AFTER_MS:
            self._forget()

    def _forget(self) -> None:
        self._quiet_ms = 0.0
        self._state = np.zeros((2, 1, 128), dtype=np.float32)
        self._context = np.zeros((1, _CONTEXT), dtype=np.float32)

    def _likelihood(self, window: Pcm) -> float:
        sound = window.astype(np.float32)
        self._loudness.append(float(np.sqrt(np.mean(sound * sound))))
        quiet = self._loudness[-1] < _QUIETEST
        framed = np.concatenate((self._context, sound[None, :] / 32768.0), axis=1)
        out = self._network.run(None, {"input": framed, "state": self._state, "sr": self._rate})
        self._state = out[1]
        self._context = framed[:, -_CONTEXT:]
        return 0.0 if quiet else float(out[0].item())
