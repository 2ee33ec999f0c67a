"""pipecat's output for a phone line: speaks at the pace of speech and knows what was heard."""

import asyncio
from typing import Protocol

from pipecat.frames.frames import (
    AggregatedTextFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
    TTSAudioRawFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams

from agents.voice import mulaw
from agents.voice.clock import CallClock
from agents.voice.line import Line
from agents.voice.playback import Playback, Played
from agents.voice.recording import TwoChannelRecording

_LEAD_MS = 100.0
"""How far ahead of the ear audio is sent: enough for a late packet, little to take back."""
_LAST_MARK = "end"
_LAST_MARK_WITHIN_S = 1.5


class Speaker(Protocol):
    """Who wants to know what was said."""

    def agent_begins(self, text: str) -> None:
        """This sentence is being made; its audio follows."""
        ...

    def agent_speaks(self) -> None:
        """A packet of the agent's voice was sent."""
        ...

    def agent_said(self, sentences: list[Played]) -> None:
        """These sentences were spoken to their end."""
        ...

    def agent_cut(self, heard: list[Played], *, audible: bool) -> None:
        """The person interrupted; this was heard of what was being said, perhaps nothing.

        Not `audible`: it was still on its way, or there was nothing to say.
        """
        ...


class Mouth(BaseOutputTransport):
    """Sends packets no faster than they are played, and takes back what an interruption voids."""

    def __init__(
        self,
        line: Line,
        *,
        clock: CallClock,
        speaker: Speaker,
        recording: TwoChannelRecording | None,
    ) -> None:
        super().__init__(
            TransportParams(audio_out_enabled=True, audio_out_end_silence_secs=0), name="mouth"
        )
        self._line = line
        self._call_clock = clock
        self._speaker = speaker
        self._recording = recording
        self._playback = Playback()
        self._held = False
        """Whether the present words are spoken whatever the person says."""
        self._marks: dict[str, float] = {}
        """Marks that were not echoed yet, and when they should be."""
        self._marked = 0
        self._all_played = asyncio.Event()

    @property
    def speaking(self) -> bool:
        return self._playback.plays_until_ms > self._call_clock.now_ms()

    def take_unheard(self) -> list[str]:
        """The sentences of which nothing was made, in order; they are forgotten here."""
        return self._playback.take_unmade()

    def mark_played(self, name: str) -> None:
        due_ms = self._marks.pop(name, None)
        if name == _LAST_MARK:
            self._all_played.set()
        elif due_ms is not None:
            self._playback.echo_ms = max(0.0, self._call_clock.now_ms() - due_ms)

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def stop(self, frame: EndFrame) -> None:
        """Let the last words be heard, then close the line, which hangs up."""
        await super().stop(frame)
        if await self._line.mark(_LAST_MARK):
            left_s = max(0.0, self._playback.plays_until_ms - self._call_clock.now_ms()) / 1000
            try:
                async with asyncio.timeout(left_s + _LAST_MARK_WITHIN_S):
                    await self._all_played.wait()
            except TimeoutError:
                pass
        await self._line.close()

    async def cancel(self, frame: CancelFrame) -> None:
        await super().cancel(frame)
        heard = self._playback.cut(self._call_clock.now_ms())
        self._speaker.agent_cut(heard, audible=bool(heard))
        await self._line.close()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        match frame:
            case TTSTextFrame():
                self._playback.spoke(frame.text)
                await self._told(self._playback.finished())
            case TTSStoppedFrame():
                self._playback.completed()
                await self._told(self._playback.finished())
            case AggregatedTextFrame(will_be_spoken=True):
                self._playback.announced(frame.text.strip())
                self._speaker.agent_begins(frame.text.strip())
            case TTSAudioRawFrame():
                self._held = not frame.interruptible
                self._playback.made(1000 * len(frame.audio) / 2 / frame.sample_rate)
            case _:
                pass
        await super().process_frame(frame, direction)
        # After the queued audio is gone, so that nothing is sent behind the cut.
        if isinstance(frame, InterruptionFrame) and not self._held:
            await self._interrupt()

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        now_ms = self._call_clock.now_ms()
        if not await self._line.play(mulaw.encode(frame.audio)):
            return False
        duration_ms = 1000 * len(frame.audio) / 2 / mulaw.RATE_HZ
        begins_ms, said = self._playback.sent(duration_ms, now_ms)
        if self._recording is not None:
            self._recording.agent(frame.audio, begins_ms)
        self._speaker.agent_speaks()
        await self._told(said)
        ahead_ms = self._playback.plays_until_ms - self._call_clock.now_ms() - _LEAD_MS
        if ahead_ms > 0:
            await asyncio.sleep(ahead_ms / 1000)
        return True

    async def _told(self, said: list[Played]) -> None:
        if not said:
            return
        self._marked += 1
        name = f"s{self._marked}"
        self._marks[name] = self._playback.plays_until_ms
        await self._line.mark(name)
        self._speaker.agent_said(said)

    async def _interrupt(self) -> None:
        now_ms = self._call_clock.now_ms()
        audible = self.speaking
        heard = self._playback.cut(now_ms)
        self._marks.clear()
        if audible:
            await self._line.clear()
            if self._recording is not None:
                self._recording.cut_agent(now_ms)
        self._speaker.agent_cut(heard, audible=audible)
