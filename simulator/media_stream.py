"""The carrier's side of one media stream: its messages over a websocket, in both directions."""

import asyncio
import base64
import binascii
import contextlib
import json
import secrets
from collections.abc import Mapping

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from simulator.playback import Playback

_OPEN_TIMEOUT_S = 10.0
_CLOSE_TIMEOUT_S = 1.0


class StreamError(Exception):
    """The application did not accept the socket (the carrier's error 31920)."""


class MediaStream:
    """An open stream; `playback` fills by itself while it is open."""

    def __init__(self, socket: ClientConnection, *, account_sid: str, call_sid: str) -> None:
        self._socket = socket
        self._account_sid = account_sid
        self._call_sid = call_sid
        self.stream_sid = "MZ" + secrets.token_hex(16)
        self.playback = Playback()
        self.bad_messages = 0
        self._sequence = 0
        self._chunk = 0
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        account_sid: str,
        call_sid: str,
        parameters: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> "MediaStream":
        """Connect and introduce the call.

        Raises:
            StreamError: no websocket came of it.
        """
        try:
            socket = await connect(
                url,
                additional_headers=dict(headers),
                compression=None,
                proxy=None,
                ping_interval=None,
                open_timeout=_OPEN_TIMEOUT_S,
                close_timeout=_CLOSE_TIMEOUT_S,
                user_agent_header="TwilioMediaStreams (simulated)",
            )
        except (OSError, InvalidHandshake, InvalidURI) as error:
            raise StreamError(f"{url}: {error}") from error
        stream = cls(socket, account_sid=account_sid, call_sid=call_sid)
        with contextlib.suppress(ConnectionClosed):
            await stream._introduce(parameters)
        stream._reader = asyncio.create_task(stream._read(), name=f"stream {stream.stream_sid}")
        return stream

    @property
    def closed_by_app(self) -> bool:
        return self._reader is None or self._reader.done()

    @property
    def sent_s(self) -> float:
        """Seconds of the person's audio that were sent: how long the stream has run."""
        return self._chunk * 0.02

    async def send_media(self, payload: str) -> None:
        """One 20 ms frame of the person, base64."""
        self._sequence += 1
        self._chunk += 1
        await self._send(
            f'{{"event":"media","sequenceNumber":"{self._sequence}","media":{{"track":"inbound",'
            f'"chunk":"{self._chunk}","timestamp":"{(self._chunk - 1) * 20}",'
            f'"payload":"{payload}"}},"streamSid":"{self.stream_sid}"}}'
        )

    async def send_marks(self) -> None:
        """Echo the marks that were reached."""
        for name in self.playback.reached_marks():
            await self._event("mark", {"name": name})

    async def close(self) -> None:
        """Say `stop` when the other side still listens, and hang up."""
        await self._event("stop", {"accountSid": self._account_sid, "callSid": self._call_sid})
        await self._socket.close()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    def abort(self) -> None:
        """Cut the connection without a word, as a lost network does."""
        self._socket.transport.abort()

    async def _introduce(self, parameters: Mapping[str, str]) -> None:
        await self._socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        await self._event(
            "start",
            {
                "accountSid": self._account_sid,
                "streamSid": self.stream_sid,
                "callSid": self._call_sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": dict(parameters),
            },
        )

    async def _event(self, event: str, body: Mapping[str, object]) -> None:
        self._sequence += 1
        await self._send(
            json.dumps(
                {
                    "event": event,
                    "sequenceNumber": str(self._sequence),
                    event: body,
                    "streamSid": self.stream_sid,
                }
            )
        )

    async def _send(self, message: str) -> None:
        # A closed socket is noticed by the reader; what is said into it is lost, as on a telephone.
        with contextlib.suppress(ConnectionClosed):
            await self._socket.send(message)

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in self._socket:
                try:
                    self._receive(json.loads(message))
                except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
                    self.bad_messages += 1

    def _receive(self, message: Mapping[str, Mapping[str, str]]) -> None:
        match message["event"]:
            case "media":
                self.playback.add(base64.b64decode(message["media"]["payload"], validate=True))
            case "mark":
                self.playback.mark(message["mark"]["name"])
            case "clear":
                self.playback.clear()
            case _:
                self.bad_messages += 1
