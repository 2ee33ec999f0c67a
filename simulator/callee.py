"""A person on the line: one media stream in real time, from the greeting to who hung up."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from simulator.media_stream import MediaStream, StreamError
from simulator.persona import Persona
from simulator.recording import TwoChannelWav
from simulator.speech import Voices
from simulator.turns import Person, play

__all__ = ["Leg", "StreamEnd", "StreamError", "converse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One call's media: where to connect, and what the carrier sends along.

    `headers` go into the handshake as they are (the carrier signs them).
    """

    stream_url: str
    account_sid: str
    call_sid: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    abort_after_s: float | None = None
    """Fault plan: cut the TCP connection then, without `stop`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEnd:
    """How a stream ended; "aborted" is the fault plan's cut."""

    ended_by: Literal["app", "callee", "aborted"]
    stream_sid: str
    duration_s: float
    heard_s: float
    """Seconds of the agent's audio that were really played."""
    lines_said: int
    clears: int
    marks: int
    bad_messages: int
    """What the application sent that a carrier does not understand."""


async def converse(
    leg: Leg, persona: Persona, *, voices: Voices, recording: TwoChannelWav | None = None
) -> StreamEnd:
    """Be this person on the line until one side ends it.

    Cancelling is the carrier hanging up: `stop` is sent and the socket closed. The recording is
    left open for the caller to close.

    Raises:
        StreamError: the application did not accept the socket.
    """
    person = await Person.prepare(persona, voices)
    stream = await MediaStream.open(
        leg.stream_url,
        account_sid=leg.account_sid,
        call_sid=leg.call_sid,
        parameters=leg.parameters,
        headers=leg.headers,
    )
    ended_by: Literal["app", "callee", "aborted"] = "app"
    try:
        async with asyncio.timeout(leg.abort_after_s):
            ended_by = await play(stream, person, recording)
    except TimeoutError:
        ended_by = "aborted"
        stream.abort()
    finally:
        await stream.close()
    return StreamEnd(
        ended_by=ended_by,
        stream_sid=stream.stream_sid,
        duration_s=stream.sent_s,
        heard_s=stream.playback.played_s,
        lines_said=person.lines_said,
        clears=stream.playback.clears,
        marks=stream.playback.marks,
        bad_messages=stream.bad_messages,
    )
