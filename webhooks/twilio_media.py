"""Who may speak on a media socket? Whoever shows, in time, a token that nobody has shown before."""

import asyncio
import json
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from agents.voice.call import StreamStart
from webhooks.edge import Edge, Opened
from webhooks.twilio_request import turned_away
from webhooks.twiml import MEDIA_PATH

START_WITHIN_S: Final = 5
LARGEST_MESSAGE: Final = 16 * 1024
MOST_BEFORE_START: Final = 3
MOST_WAITING: Final = 100
"""Sockets that have not shown their token yet; more are turned away at once."""

POLICY_VIOLATION: Final = 1008
TRY_AGAIN_LATER: Final = 1013


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a socket says of itself before any audio."""

    start: StreamStart
    token: str


class NotAStream(Exception):
    """It does not begin as a stream of Twilio's does; the text is the reason."""


@dataclass(slots=True)
class Lobby:
    """How many sockets wait to show who they are."""

    waiting: int = 0


def media_routes(edge: Edge[Opened]) -> APIRouter:
    router = APIRouter()
    lobby = Lobby()

    @router.websocket(MEDIA_PATH)
    async def media(socket: WebSocket) -> None:
        await socket.accept()
        if lobby.waiting >= MOST_WAITING:
            await socket.close(TRY_AGAIN_LATER)
            return
        lobby.waiting += 1
        try:
            admitted = await _admitted(edge, socket)
        finally:
            lobby.waiting -= 1
        if admitted is None:
            return
        opened, start = admitted
        try:
            await edge.converse(socket, opened, start)
        finally:
            await _close(socket)

    return router


async def _admitted(edge: Edge[Opened], socket: WebSocket) -> tuple[Opened, StreamStart] | None:
    """The call behind a socket; None when it has been closed, before any audio."""
    try:
        async with asyncio.timeout(START_WITHIN_S):
            shown = await _shown(socket)
    except WebSocketDisconnect:
        return None
    except TimeoutError:
        await _refuse(edge, socket, "media_too_slow")
        return None
    except NotAStream as error:
        await _refuse(edge, socket, str(error))
        return None
    opened = await edge.open_media(shown.token, shown.start.call_sid)
    if opened is None:
        await _refuse(edge, socket, "media_token_refused")
        return None
    return opened, shown.start


async def _shown(socket: WebSocket) -> Shown:
    for _ in range(MOST_BEFORE_START):
        message = _parse(await _text(socket))
        match message:
            case {"event": "connected"}:
                continue
            case {"event": "start"}:
                return _start(message)
            case _:
                break
    raise NotAStream("media_no_start")


async def _text(socket: WebSocket) -> str:
    message = await socket.receive()
    if message["type"] != "websocket.receive":
        raise WebSocketDisconnect(message.get("code", 1000))
    text = message.get("text")
    if not isinstance(text, str):
        raise NotAStream("media_not_text")
    return text


def _parse(text: str) -> dict[str, object]:
    if len(text) > LARGEST_MESSAGE:
        raise NotAStream("media_message_too_large")
    try:
        message = json.loads(text)
    # Brackets nested a thousand deep are a RecursionError.
    except (ValueError, RecursionError) as error:
        raise NotAStream("media_not_json") from error
    if not isinstance(message, dict):
        raise NotAStream("media_not_json")
    return message


def _start(message: dict[str, object]) -> Shown:
    match message:
        case {
            "start": {
                "streamSid": str(stream_sid),
                "callSid": str(call_sid),
                "customParameters": {"token": str(token)},
            }
        } if stream_sid and call_sid and token:
            start = StreamStart(stream_sid=stream_sid, call_sid=call_sid)
            return Shown(start=start, token=token)
        case _:
            raise NotAStream("media_no_token")


async def _refuse(edge: Edge[Opened], socket: WebSocket, reason: str) -> None:
    await _close(socket, POLICY_VIOLATION)
    await turned_away(edge, socket, POLICY_VIOLATION, reason)


async def _close(socket: WebSocket, code: int = 1000) -> None:
    states = (socket.client_state, socket.application_state)
    if all(state is WebSocketState.CONNECTED for state in states):
        await socket.close(code)
