"""What a person said on the telephone, picked from the closed list of every sentence there is.

A test double, not speech recognition: any speech is heard as one of the cast's sentences.
"""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import numpy as np

from simulator import hearing_worker
from simulator.mulaw import Pcm
from simulator.speech import resampled

_PACKAGE_PARENT = str(Path(__file__).resolve().parents[1])
_LONGEST_S = 60
_SPEECH = 300.0
"""Root mean square of the loudest tenth of a second below which nobody speaks."""
_QUIET = 150
_FEWEST_WORDS = 2
"""Of a sentence broken off; a single word could be anything."""


class Ears:
    """Recognises the cast's sentences in one process of its own, one utterance at a time."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._worker: asyncio.subprocess.Process | None = None
        self._sentences = {
            tuple(hearing_worker.words(sentence)): sentence
            for sentence in hearing_worker.sentences()
        }

    @property
    def process_id(self) -> int | None:
        """The listening process; None before the first sentence."""
        return self._worker.pid if self._worker is not None else None

    async def warm_up(self) -> None:
        """Start the process now, so that the first caller does not wait for it."""
        async with self._lock:
            await self._started()

    async def hear(self, pcm: Pcm, rate_hz: int) -> str:
        """The sentence in this audio as the cast spells it; "" when there is no speech."""
        if not _is_speech(pcm, rate_hz):
            return ""
        heard = resampled(
            _without_silence(pcm, rate_hz)[: _LONGEST_S * rate_hz],
            rate_hz,
            hearing_worker.RATE_HZ,
        )
        async with self._lock:
            try:
                found = await self._ask(heard.astype("<i2").tobytes())
            except (OSError, EOFError):
                # The process died; a new one hears the same.
                await self._stop()
                found = await self._ask(heard.astype("<i2").tobytes())
        return self._sentence(found)

    async def close(self) -> None:
        """End the process."""
        async with self._lock:
            await self._stop()

    async def _ask(self, samples: bytes) -> str:
        worker = await self._started()
        if worker.stdin is None or worker.stdout is None:
            raise EOFError
        worker.stdin.write(hearing_worker.LENGTH.pack(len(samples)) + samples)
        await worker.stdin.drain()
        line = await worker.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        return line.decode().strip()

    async def _started(self) -> asyncio.subprocess.Process:
        if self._worker is None:
            paths = [_PACKAGE_PARENT, *filter(None, [os.environ.get("PYTHONPATH")])]
            self._worker = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                hearing_worker.__name__,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=os.environ
                | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"},
            )
        return self._worker

    async def _stop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        with contextlib.suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()
        if worker.stdin is not None:
            worker.stdin.close()

    def _sentence(self, found: str) -> str:
        """The sentence with these words, or the only one that begins with them."""
        spoken = tuple(found.split())
        if spoken in self._sentences:
            return self._sentences[spoken]
        if len(spoken) < _FEWEST_WORDS:
            return ""
        begun = [
            sentence
            for known, sentence in self._sentences.items()
            if known[: len(spoken)] == spoken
        ]
        return min(begun, key=len) if begun else found


def _without_silence(pcm: Pcm, rate_hz: int) -> Pcm:
    """From where the words begin to where they end: how long the line was quiet tells nothing."""
    loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) > _QUIET)
    margin = rate_hz // 50
    return pcm[max(0, loud[0] - margin) : loud[-1] + margin] if len(loud) else pcm


def _is_speech(pcm: Pcm, rate_hz: int) -> bool:
    """Whether something is loud in there and it is not one steady tone."""
    step = rate_hz // 10
    pieces = pcm[: len(pcm) // step * step].reshape(-1, step).astype(np.float64)
    if not len(pieces):
        return False
    loudest = pieces[np.argmax(np.square(pieces).mean(axis=1))]
    if np.sqrt(np.square(loudest).mean()) < _SPEECH:
        return False
    power = np.square(np.abs(np.fft.rfft(pcm.astype(np.float64))))
    return bool(np.sort(power)[-8:].sum() < 0.8 * power.sum())
