"""The calls of one process: prepared while the phone rings, claimed when the stream starts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import structlog
from openai import DefaultAsyncHttpxClient, Timeout
from starlette.websockets import WebSocket

from agents.journal import Journal
from agents.tools import Tools
from agents.voice import services
from agents.voice.call import DEFAULT_LIMITS, Limits, PhoneCall, SpeechSettings, StreamStart
from agents.voice.mulaw import RATE_HZ
from agents.voice.session import Session
from agents.voice.voice_activity import Network, VoiceActivity, load_network
from agents.voice.wish import SpeechServices

_log = structlog.get_logger(__name__)
_HTTP_TIMEOUT = Timeout(10.0, connect=3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCall:
    """Services that wait for their call to be answered."""

    call: PhoneCall
    services: SpeechServices
    expires_at: float
    """The loop's time."""


@dataclass(slots=True, kw_only=True)
class Switchboard:
    """What all calls of a voice process share. Use on one event loop."""

    settings: SpeechSettings
    limits: Limits = DEFAULT_LIMITS
    keeps: timedelta = timedelta(seconds=90)
    """How long a prepared call waits to be answered."""
    most_prepared: int = 64
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _http: DefaultAsyncHttpxClient = field(init=False)
    _network: Network = field(init=False)
    _prepared: dict[UUID, PreparedCall] = field(default_factory=dict, init=False)
    _sessions: set[Session] = field(default_factory=set, init=False)
    _idle: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __post_init__(self) -> None:
        self._http = DefaultAsyncHttpxClient(timeout=_HTTP_TIMEOUT)
        self._network = load_network()
        self._idle.set()

    @property
    def calls(self) -> int:
        """Conversations that run now."""
        return len(self._sessions)

    @property
    def prepared(self) -> int:
        """Calls that ring now."""
        return len(self._prepared)

    def warm_up(self) -> None:
        """Pay the first call's costs now: imports, the network's first run, service classes.

        Raises Rejected when a configured service or voice is unknown.
        """
        VoiceActivity(self._network, pause_ms=200.0).hear(
            np.zeros(RATE_HZ // 4, dtype="<i2").tobytes(), 0.0
        )
        nobody = PhoneCall(
            attempt_id=UUID(int=0), system_prompt="", opener="", goodbye="", still_there=""
        )
        self._build(nobody)

    def prepare(self, call: PhoneCall) -> None:
        """Build the services of a call that is being placed; claimed by its attempt id.

        Raises Rejected when a service or voice is unknown.
        """
        self._forget_expired()
        if len(self._prepared) >= self.most_prepared:
            return
        self._prepared[call.attempt_id] = PreparedCall(
            call=call,
            services=self._build(call),
            expires_at=asyncio.get_running_loop().time() + self.keeps.total_seconds(),
        )

    def discard(self, attempt_id: UUID) -> None:
        """The call was not answered."""
        self._prepared.pop(attempt_id, None)

    async def converse(
        self,
        socket: WebSocket,
        start: StreamStart,
        call: PhoneCall,
        *,
        tools: Tools,
        journal: Journal,
    ) -> None:
        """Hold the conversation on an accepted socket whose `start` message was read.

        Returns when it is over and the journal is closed. A call nobody prepared is prepared now.
        """
        prepared = self._prepared.pop(call.attempt_id, None)
        built = prepared.services if prepared is not None else self._build(call)
        session = Session(
            call, built, self._network, journal=journal, limits=self.limits, now=self.now
        )
        self._sessions.add(session)
        self._idle.clear()
        try:
            await session.converse(socket, start, tools=tools)
        finally:
            self._sessions.discard(session)
            if not self._sessions:
                self._idle.set()

    async def drain(self, *, within: timedelta) -> None:
        """Let the calls end; those that still run then hear the goodbye. New ones stay away
        because the caller has stopped placing them."""
        if await self._idle_within(within):
            return
        for session in tuple(self._sessions):
            await session.conversation.shut_down()
        if await self._idle_within(2 * self.limits.last_words):
            return
        for session in tuple(self._sessions):
            session.conversation.ending.at_once("shutdown")
        if not await self._idle_within(2 * self.limits.journal_within):
            _log.error("calls did not end", calls=len(self._sessions))

    async def _idle_within(self, span: timedelta) -> bool:
        """Whether the last call ends in this time."""
        try:
            async with asyncio.timeout(span.total_seconds()):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        self._prepared.clear()
        await self._http.aclose()

    def _build(self, call: PhoneCall) -> SpeechServices:
        return services.build(self.settings, call, http=self._http)

    def _forget_expired(self) -> None:
        now = asyncio.get_running_loop().time()
        for attempt_id, prepared in tuple(self._prepared.items()):
            if prepared.expires_at <= now:
                del self._prepared[attempt_id]
