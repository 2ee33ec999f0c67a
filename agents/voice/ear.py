"""pipecat's input for a phone line: hears the person, finds their pauses, reads the marks."""

import asyncio
from typing import Protocol

from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    InputAudioRawFrame,
    InputDTMFFrame,
    StartFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_transport import TransportParams

from agents.voice import mulaw
from agents.voice.clock import CallClock
from agents.voice.line import Line
from agents.voice.media_messages import Digit, Incoming, Malformed, Mark, Media, Other, Stop
from agents.voice.recording import TwoChannelRecording
from agents.voice.tones import Tone, Tones
from agents.voice.voice_activity import Activity, SpeechStarted, VoiceActivity

_PACKET_BYTES = mulaw.RATE_HZ * 2 * 40 // 1000
"""What goes down the pipeline at once: every frame costs its way through it."""
_MOST_MALFORMED = 20


class Listener(Protocol):
    """Who wants to know what comes from the line."""

    async def speech_started(self, at_ms: float) -> bool:
        """Whether the agent has to stop for it at once."""
        ...

    async def speech_stopped(self, at_ms: float) -> None: ...

    @property
    def listens_for_tones(self) -> bool: ...

    async def toned(self, tone: Tone) -> None: ...

    def mark_played(self, name: str) -> None: ...

    def left(self, *, in_order: bool) -> None:
        """Nobody is there any more; `in_order` when the provider said so."""
        ...

    def garbage(self) -> None:
        """The peer does not speak the protocol."""
        ...


class Ear(BaseInputTransport):
    """Reads the socket from the first media message to its end.

    Speech is found here and not in the pipeline: the network runs on each 20 ms as it arrives,
    and audio goes no further than the recognizer.
    """

    def __init__(
        self,
        line: Line,
        *,
        clock: CallClock,
        activity: VoiceActivity,
        listener: Listener,
        recording: TwoChannelRecording | None,
    ) -> None:
        super().__init__(TransportParams(audio_in_enabled=True), name="ear")
        self._line = line
        self._call_clock = clock
        self._activity = activity
        self._listener = listener
        self._recording = recording
        self._tones = Tones()
        self._packet = bytearray()
        self._malformed = 0
        self._reading: asyncio.Task[None] | None = None

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        self._reading = self.create_task(self._read(), "read")

    async def cleanup(self) -> None:
        # Until here, not until EndFrame: the marks of the last words still come in.
        if self._reading is not None:
            await self.cancel_task(self._reading)
            self._reading = None
        await super().cleanup()  # type: ignore[no-untyped-call]

    async def _read(self) -> None:
        while (message := await self._line.receive()) is not None:
            if isinstance(message, Stop):
                await self._leave(in_order=True)
                return
            await self._take(message)
            if self._malformed > _MOST_MALFORMED:
                self._listener.garbage()
                return
        await self._leave(in_order=False)

    async def _leave(self, *, in_order: bool) -> None:
        self._listener.left(in_order=in_order)
        stopped = self._activity.end(self._call_clock.heard_until_ms)
        if stopped is not None:
            # Their last sentence still has to reach the recognizer.
            await self._tell(stopped)

    async def _take(self, message: Incoming) -> None:
        match message:
            case Media():
                await self._hear(message)
            case Mark(name=name):
                self._listener.mark_played(name)
            case Digit(digit=digit):
                await self._press(digit)
            case Malformed():
                self._malformed += 1
            case Stop() | Other():
                pass

    async def _hear(self, media: Media) -> None:
        pcm = mulaw.decode(media.ulaw)
        at_ms = self._call_clock.heard(media.at_ms, 1000 * len(media.ulaw) / mulaw.RATE_HZ)
        if self._recording is not None:
            self._recording.person(pcm, at_ms)
            # Not the present time: on a busy host audio is heard later than it was spoken.
            self._recording.settle(at_ms)
        changed = self._activity.hear(pcm, at_ms)
        self._packet += pcm
        if changed is not None or len(self._packet) >= _PACKET_BYTES:
            packet, self._packet = bytes(self._packet), bytearray()
            await self.push_frame(
                InputAudioRawFrame(audio=packet, sample_rate=mulaw.RATE_HZ, num_channels=1)
            )
        if changed is not None:
            await self._tell(changed)
        if self._listener.listens_for_tones and (tone := self._tones.hear(pcm)) is not None:
            await self._listener.toned(tone)

    async def _tell(self, changed: Activity) -> None:
        if isinstance(changed, SpeechStarted):
            interrupts = await self._listener.speech_started(changed.at_ms)
            await self.broadcast_frame(VADUserStartedSpeakingFrame)
            if interrupts:
                # pipecat interrupts once per turn, and a slow recognizer keeps the last one open.
                await self.broadcast_interruption()  # type: ignore[no-untyped-call]
        else:
            await self._listener.speech_stopped(changed.at_ms)
            await self.broadcast_frame(VADUserStoppedSpeakingFrame)

    async def _press(self, digit: str) -> None:
        try:
            await self.push_frame(InputDTMFFrame(KeypadEntry(digit)))
        except ValueError:
            self._malformed += 1
