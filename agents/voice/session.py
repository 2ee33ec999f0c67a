"""One phone conversation, from the accepted socket to the closed journal."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog
from starlette.websockets import WebSocket

from agents.journal import Journal
from agents.tools import Tools
from agents.voice.call import Limits, PhoneCall, StreamStart
from agents.voice.clock import CallClock
from agents.voice.conversation import Conversation
from agents.voice.deeds import Deeds
from agents.voice.ear import Ear
from agents.voice.line import Line
from agents.voice.meter import Meter
from agents.voice.mouth import Mouth
from agents.voice.pipeline import CallPipeline
from agents.voice.recording import TwoChannelRecording
from agents.voice.transcript import Transcript
from agents.voice.voice_activity import Network, VoiceActivity
from agents.voice.wish import SpeechServices

_log = structlog.get_logger(__name__)
_ENDS_WITHIN_S = 5.0


class Session:
    """The parts of one running call."""

    def __init__(
        self,
        call: PhoneCall,
        services: SpeechServices,
        network: Network,
        *,
        journal: Journal,
        limits: Limits,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._call = call
        self._network = network
        self._journal = journal
        self._limits = limits
        self._pipeline = CallPipeline(services)
        self._meter = Meter(services)
        self._transcript = Transcript(journal)
        self.conversation = Conversation(
            call,
            pipeline=self._pipeline,
            transcript=self._transcript,
            journal=journal,
            limits=limits,
            now=now,
        )

    async def converse(self, socket: WebSocket, start: StreamStart, *, tools: Tools) -> None:
        """Talk until one side ends it. The journal is closed exactly once, whatever happens."""
        clock = CallClock()
        recording = TwoChannelRecording(self._call.recording) if self._call.recording else None
        line = Line(socket, start)
        deeds = Deeds(tools, self.conversation)
        writing = asyncio.create_task(self._transcript.write())
        try:
            self._connect(line, clock, recording, deeds)
            await self._talk()
        except asyncio.CancelledError:
            self.conversation.ending.because("shutdown")
            raise
        except Exception:
            # Nothing may escape into the web server; the journal says `error`.
            _log.exception("conversation broke", attempt_id=str(self._call.attempt_id))
        finally:
            await asyncio.shield(self._close(line, clock, recording, deeds, writing))

    def _connect(
        self, line: Line, clock: CallClock, recording: TwoChannelRecording | None, deeds: Deeds
    ) -> None:
        pause_ms = self._limits.pause_is_end.total_seconds() * 1000
        ear = Ear(
            line,
            clock=clock,
            activity=VoiceActivity(self._network, pause_ms=pause_ms),
            listener=self.conversation,
            recording=recording,
        )
        mouth = Mouth(line, clock=clock, speaker=self.conversation, recording=recording)
        self._pipeline.connect(
            self.conversation,
            ear=ear,
            mouth=mouth,
            tools=deeds.schemas(self._call.tools),
            limits=self._limits,
        )

    async def _talk(self) -> None:
        """Run until the pipeline is done or the line must be cut."""
        running = asyncio.create_task(self._pipeline.run())
        cut = asyncio.create_task(self.conversation.ending.cut.wait())
        timed = asyncio.create_task(self._keep_time())
        try:
            await asyncio.wait({running, cut}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            cut.cancel()
            timed.cancel()
            await self._stop(running)
            await asyncio.gather(cut, timed, return_exceptions=True)

    async def _keep_time(self) -> None:
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        opener_after = self._call.opener_after or self._limits.opener_after
        await asyncio.sleep(opener_after.total_seconds())
        await self.conversation.open()
        left_s = self._call.max_duration.total_seconds() - (loop.time() - began_at)
        await asyncio.sleep(max(0.0, left_s))
        await self.conversation.limit_reached()

    async def _stop(self, running: asyncio.Task[None]) -> None:
        if not running.done():
            await self._pipeline.cancel()
        try:
            async with asyncio.timeout(_ENDS_WITHIN_S):
                await running
        except TimeoutError:
            _log.error("pipeline did not end in time", attempt_id=str(self._call.attempt_id))

    async def _close(
        self,
        line: Line,
        clock: CallClock,
        recording: TwoChannelRecording | None,
        deeds: Deeds,
        writing: asyncio.Task[None],
    ) -> None:
        self.conversation.close()
        await line.close()
        await deeds.settle()
        path: Path | None = None
        if recording is not None:
            recording.close(clock.now_ms())
            path = recording.path
        self._transcript.finish()
        try:
            async with asyncio.timeout(self._limits.journal_within.total_seconds()):
                await writing
        except TimeoutError:
            _log.error("journal is too slow, turns are lost")
        try:
            await self._journal.used(self._meter.used)
        except Exception:  # whatever becomes of its costs, the call is closed below
            _log.exception("usage was not kept", attempt_id=str(self._call.attempt_id))
        try:
            await self._journal.closed(ended_by=self.conversation.ended_by(), recording=path)
        except Exception:
            _log.exception("journal was not closed", attempt_id=str(self._call.attempt_id))
