"""When a person on the line speaks, waits and hangs up, decided 20 ms at a time."""

import asyncio
import base64
from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulator import mulaw
from simulator.media_stream import MediaStream
from simulator.persona import Persona
from simulator.recording import TwoChannelWav
from simulator.speech import Voices

_FRAME_S = 0.02
_SILENT_FRAME = bytes([mulaw.SILENCE]) * mulaw.FRAME_BYTES
_LOUDNESS = np.abs(mulaw.decode(bytes(range(256))).astype(np.float32))
_VOICED = 150.0
"""Mean amplitude of a frame above which somebody speaks."""


def _frames(seconds: float) -> int:
    return round(seconds / _FRAME_S)


_PICKUP = _frames(0.4)
_END_OF_TURN = _frames(0.7)
_A_WORD = _frames(0.2)
_INTERRUPT_AFTER = _frames(0.8)
_GOODBYE = _frames(2.5)
_HEARD_OUT = _frames(8)
_LONGEST_CALL = _frames(60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """Something to say, ready for the wire."""

    frames: tuple[tuple[str, bytes], ...]
    """Each 20 ms as base64 and as mu-law."""
    talks_over: bool = False
    hangs_up_after: bool = False
    counts: bool = True
    """Whether it is one of the persona's lines (a greeting is not)."""


_SILENCE = (base64.b64encode(_SILENT_FRAME).decode(), _SILENT_FRAME)


class Person:
    """One persona during one call."""

    def __init__(
        self, persona: Persona, greeting: Utterance | None, lines: deque[Utterance]
    ) -> None:
        self._patience = _frames(persona.patience_s)
        self._only_records = persona.beep
        self._greeting = greeting
        self._lines = lines
        self._speaking: deque[tuple[str, bytes]] = deque()
        self._hangs_up = False
        self._frame = 0
        self._agent_voiced = 0
        """Frames of speech heard since the person last stopped speaking."""
        self._agent_silent = 0
        self._quiet = 0
        """Frames since anybody spoke."""
        self._since_spoke = 0
        self.lines_said = 0

    @classmethod
    async def prepare(cls, persona: Persona, voices: Voices) -> "Person":
        """The persona with all its sentences spoken in advance."""
        greeting: Utterance | None = None
        opening = b""
        if persona.greeting:
            opening = await voices.ulaw(
                persona.greeting, voice=persona.voice, language=persona.greeting_language
            )
        if persona.beep:
            opening += bytes([mulaw.SILENCE]) * 2400 + tone(1000, 0.5)
        if persona.answers_as == "fax":
            opening = tone(2100, 2.6)
        if opening:
            greeting = Utterance(frames=_wire(opening), counts=False)
        lines = deque(
            [
                Utterance(
                    frames=_wire(
                        await voices.ulaw(line.text, voice=persona.voice, language=line.language)
                    ),
                    talks_over=line.talks_over,
                    hangs_up_after=line.hangs_up_after,
                )
                for line in persona.lines
            ]
        )
        return cls(persona, greeting, lines)

    def next_frame(self, heard: bytes | None) -> tuple[str, bytes] | None:
        """What they say in the 20 ms in which they hear this; None means they hang up."""
        self._frame += 1
        self._since_spoke += 1
        self._listen(heard)
        if self._speaking:
            return self._go_on()
        if self._hangs_up or self._frame > _LONGEST_CALL:
            return None
        if self._greeting is not None:
            if self._frame < _PICKUP:
                return _SILENCE
            greeting, self._greeting = self._greeting, None
            return self._start(greeting)
        if self._lines and self._my_turn(self._lines[0]):
            return self._start(self._lines.popleft())
        if not self._lines and self._had_enough():
            return None
        return _SILENCE

    def _listen(self, heard: bytes | None) -> None:
        if heard is not None and is_voiced(heard):
            self._agent_voiced += 1
            self._agent_silent = 0
            self._quiet = 0
        else:
            self._agent_silent += 1
            self._quiet += 1

    def _my_turn(self, line: Utterance) -> bool:
        if line.talks_over and self._agent_voiced >= _INTERRUPT_AFTER:
            return True
        return self._agent_finished(_END_OF_TURN) or self._quiet >= self._patience

    def _had_enough(self) -> bool:
        """Nothing left to say: they leave after our goodbye, and do not listen for ever."""
        if self._only_records:
            return self._quiet >= self._patience
        heard_out = self._agent_voiced >= _A_WORD and self._since_spoke >= _HEARD_OUT
        return heard_out or self._agent_finished(_GOODBYE) or self._quiet >= self._patience

    def _agent_finished(self, silence: int) -> bool:
        return self._agent_voiced >= _A_WORD and self._agent_silent >= silence

    def _start(self, utterance: Utterance) -> tuple[str, bytes]:
        self._speaking.extend(utterance.frames)
        self._hangs_up = utterance.hangs_up_after
        self.lines_said += utterance.counts
        return self._go_on()

    def _go_on(self) -> tuple[str, bytes]:
        # Whatever the agent says meanwhile is no answer to this line.
        self._agent_voiced = 0
        self._quiet = 0
        self._since_spoke = 0
        return self._speaking.popleft() if self._speaking else _SILENCE


async def play(
    stream: MediaStream, person: Person, recording: TwoChannelWav | None
) -> Literal["app", "callee"]:
    """Run the call in real time; returns who ended it."""
    loop = asyncio.get_running_loop()
    started_at = loop.time()
    tick = 0
    while not stream.closed_by_app:
        heard = stream.playback.next_frame()
        said = person.next_frame(heard)
        if said is None:
            return "callee"
        payload, ulaw = said
        await stream.send_media(payload)
        await stream.send_marks()
        if recording is not None:
            recording.write_ulaw(ulaw, _SILENT_FRAME if heard is None else heard)
        tick += 1
        # From the start of the call, never from the last frame: delays do not add up.
        await asyncio.sleep(max(0.0, started_at + tick * _FRAME_S - loop.time()))
    return "app"


def is_voiced(ulaw: bytes) -> bool:
    """Whether somebody speaks in this frame."""
    return bool(_LOUDNESS[np.frombuffer(ulaw, dtype=np.uint8)].mean() > _VOICED)


def tone(hz: int, seconds: float) -> bytes:
    """A pure tone as telephone audio."""
    at = np.arange(round(8000 * seconds)) / 8000
    return mulaw.encode((8000 * np.sin(2 * np.pi * hz * at)).astype(np.int16))


def _wire(ulaw: bytes) -> tuple[tuple[str, bytes], ...]:
    return tuple((base64.b64encode(frame).decode(), frame) for frame in mulaw.frames(ulaw))
