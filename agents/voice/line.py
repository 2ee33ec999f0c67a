"""The accepted socket of one call: Twilio's messages in and out, and a close that happens once."""

import asyncio

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from agents.voice import media_messages
from agents.voice.call import StreamStart
from agents.voice.media_messages import Incoming, Malformed

_log = structlog.get_logger(__name__)
_CLOSE_WITHIN_S = 1.0


class Line:
    """Twilio ends the call when this side closes the socket and no TwiML follows the stream."""

    def __init__(self, socket: WebSocket, start: StreamStart) -> None:
        self._socket = socket
        self._stream_sid = start.stream_sid
        self._closed = False

    async def receive(self) -> Incoming | None:
        """The next message; None when the socket is gone."""
        if self._socket.client_state is not WebSocketState.CONNECTED:
            return None
        try:
            message = await self._socket.receive()
        except (WebSocketDisconnect, RuntimeError):
            return None
        if message["type"] != "websocket.receive":
            return None
        text = message.get("text")
        if text is None:
            return Malformed(reason="not text")
        return media_messages.parse(text)

    async def play(self, ulaw: bytes) -> bool:
        """Send audio; False when nobody is there to hear it."""
        return await self._send(media_messages.media(self._stream_sid, ulaw))

    async def mark(self, name: str) -> bool:
        return await self._send(media_messages.mark(self._stream_sid, name))

    async def clear(self) -> bool:
        return await self._send(media_messages.clear(self._stream_sid))

    async def close(self) -> None:
        """Close once; a peer that does not answer is not waited for."""
        if self._closed:
            return
        self._closed = True
        if self._socket.client_state is not WebSocketState.CONNECTED:
            return
        try:
            async with asyncio.timeout(_CLOSE_WITHIN_S):
                await self._socket.close()
        except (TimeoutError, WebSocketDisconnect, RuntimeError, OSError):
            _log.info("media socket was closed by the other side first")

    async def _send(self, text: str) -> bool:
        if self._closed or self._socket.client_state is not WebSocketState.CONNECTED:
            return False
        try:
            await self._socket.send_text(text)
        except (WebSocketDisconnect, RuntimeError, OSError):
            return False
        return True
