"""What happens on an answered call: documents are fetched and played until somebody ends it."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urljoin

from simulator import taping
from simulator.call import Call, Callback, HangUp, Instruction, NewTwiml, NewUrl
from simulator.call_events import about, tell_stream
from simulator.callee import Leg, StreamError, converse
from simulator.carrier import Carrier
from simulator.delivery import Webhook
from simulator.dial import Dialled
from simulator.faults import STREAM, Occasion
from simulator.mulaw import SILENCE
from simulator.recorded import Recording
from simulator.recording import TwoChannelWav
from simulator.signing import sign
from simulator.twiml import (
    BadTwiml,
    ConnectStream,
    Dial,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    StartRecording,
    Unknown,
    Verb,
    parse,
)

_MOST_DOCUMENTS = 50
_BYTES_PER_S = 8000
_PLAYED_FILE_S = 1.0
_LONGEST_VOICE_RECORD_S = 5.0


class DocumentFailed(Exception):
    """No usable TwiML came back; the person hears of an application error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A document that was fetched already, while the phone rang."""

    verbs: tuple[Verb, ...]


Step = Instruction | Ready


@dataclass(slots=True, kw_only=True)
class Line:
    """One answered call while it is being played."""

    carrier: Carrier
    call: Call
    address: str = ""
    """Where the present document came from; relative addresses are held against it."""
    tape: TwoChannelWav | None = None
    recording: Recording | None = None

    def start_tape(self, *, channels: int, callback: Callback, events: frozenset[str]) -> None:
        """Record from here on; a call that is already recorded stays on its tape."""
        if self.tape is not None:
            return
        self.recording, self.tape = taping.begin(
            self.carrier,
            self.call,
            source="OutboundAPI" if self.call.order.record else "StartCallRecordingAPI",
            channels=channels,
            callback=callback,
            events=events,
        )

    def stop_tape(self) -> None:
        if self.tape is not None and self.recording is not None:
            taping.finish(self.carrier, self.call, self.recording, self.tape)
        self.tape = None


async def conduct(line: Line, opening: Step) -> str:
    """Play until the call ends; returns who ended it: app, callee, api, limit or error."""
    clock = line.carrier.world.clock
    deadline = line.carrier.world.now() + timedelta(seconds=line.call.order.time_limit_s)
    limit = line.carrier.world.spawn(clock.sleep_until(deadline))
    step: Step = opening
    try:
        for _ in range(_MOST_DOCUMENTS):
            following = await _play_until_told(line, step, limit)
            if isinstance(following, str):
                return following
            step = following
        return "error"
    finally:
        limit.cancel()


async def _play_until_told(line: Line, step: Step, limit: asyncio.Task[None]) -> Step | str:
    playing = asyncio.create_task(_play(line, step))
    told = asyncio.create_task(line.call.instructions.get())
    try:
        await asyncio.wait({playing, told, limit}, return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            return told.result()
        if playing.done():
            return playing.result()
        return "limit"
    except DocumentFailed:
        return "error"
    finally:
        told.cancel()
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


async def _play(line: Line, step: Step) -> Step | str:
    match step:
        case HangUp():
            return "api"
        case Ready(verbs=verbs):
            pass
        case NewTwiml(text=text):
            verbs = _parsed(line, text)
        case NewUrl(voice=voice):
            verbs = await fetch(line, voice)
    return await perform(line, verbs)


async def fetch(line: Line, voice: Callback) -> tuple[Verb, ...]:
    """Ask the application what to do. Raises DocumentFailed."""
    voice = replace(voice, url=urljoin(line.address, voice.url))
    params = about(line.carrier.world, line.call)
    if line.call.answered_by:
        params["AnsweredBy"] = line.call.answered_by
    answer = await line.carrier.courier.ask(
        Webhook(
            kind="voice",
            event=line.call.status,
            sid=line.call.sid,
            number=line.call.person,
            to=voice,
            params=params,
        )
    )
    line.address = voice.url
    if not answer.is_ok:
        raise DocumentFailed(voice.url)
    return _parsed(line, answer.body)


def _parsed(line: Line, text: str) -> tuple[Verb, ...]:
    try:
        return parse(text)
    except BadTwiml as error:
        line.carrier.world.notice(12100, str(error), line.call.sid)
        raise DocumentFailed(str(error)) from error


async def perform(line: Line, verbs: tuple[Verb, ...]) -> Step | str:
    """Do one verb after the other; the end of the document hangs up."""
    for verb in verbs:
        following = await _perform_one(line, verb)
        if following is not None:
            return following
    return "app"


async def _perform_one(line: Line, verb: Verb) -> Step | str | None:
    """None goes on with the next verb."""
    clock = line.carrier.world.clock
    match verb:
        case Say(text=text):
            await _say(line, text)
        case Play():
            await clock.sleep(_PLAYED_FILE_S)
        case Pause(seconds=seconds):
            await clock.sleep(seconds)
        case Gather(seconds=seconds, prompts=prompts):
            # Nobody here presses a key, so the document goes on after the time-out.
            await perform(line, prompts)
            await clock.sleep(seconds)
        case StartRecording(channels=channels, callback=callback, events=events):
            line.start_tape(channels=channels, callback=Callback(url=callback), events=events)
        case Unknown(tag=tag):
            line.carrier.world.notice(12200, f"<{tag}> is not understood", line.call.sid)
        case _:
            return await _perform_turn(line, verb)
    return None


async def _perform_turn(
    line: Line, verb: Hangup | Reject | Redirect | Record | ConnectStream | Dial
) -> Step | str | None:
    """The verbs after which the call may go elsewhere."""
    match verb:
        case Hangup() | Reject():
            return "app"
        case Redirect(url=url, method=method):
            return NewUrl(voice=Callback(url=url, method=method))
        case Record():
            return await _record(line, verb)
        case ConnectStream():
            return await _stream(line, verb)
        case Dial():
            dialled = Dialled(carrier=line.carrier, call=line.call, verb=verb, address=line.address)
            following = await dialled.run()
            return None if following is None else Ready(verbs=following)


async def _say(line: Line, text: str) -> None:
    world = line.carrier.world
    line.call.said_words.append(text)
    spoken = await world.voices.ulaw(text, voice="agent")
    await world.clock.sleep(len(spoken) / _BYTES_PER_S)
    if line.tape is not None:
        line.tape.write_ulaw(bytes([SILENCE]) * len(spoken), spoken)


async def _record(line: Line, verb: Record) -> Instruction | None:
    """The person leaves their first sentence after the tone."""
    world, persona = line.carrier.world, line.call.persona
    first = persona.lines[0] if persona.lines else None
    spoken = b""
    if first is not None:
        spoken = await world.voices.ulaw(first.text, voice=persona.voice, language=first.language)
    longest_s = min(verb.seconds, _LONGEST_VOICE_RECORD_S)
    spoken = spoken[: int(longest_s * _BYTES_PER_S)]
    await world.clock.sleep(len(spoken) / _BYTES_PER_S)
    recording, tape = taping.begin(
        line.carrier,
        line.call,
        source="RecordVerb",
        channels=1,
        callback=Callback(url=verb.callback),
        events=frozenset({"completed", "absent"}),
    )
    tape.write_ulaw(spoken, bytes([SILENCE]) * len(spoken))
    taping.finish(line.carrier, line.call, recording, tape)
    return NewUrl(voice=Callback(url=verb.action)) if verb.action else None


async def _stream(line: Line, verb: ConnectStream) -> Instruction | str | None:
    world, call = line.carrier.world, line.call
    drop = world.faults.pick(STREAM, Occasion(kind="stream", number=call.person))
    leg = Leg(
        stream_url=verb.url,
        account_sid=world.account_sid,
        call_sid=call.sid,
        parameters=dict(verb.parameters),
        headers={"X-Twilio-Signature": sign(world.auth_token, verb.url)},
        abort_after_s=None if drop is None else drop.seconds,
    )
    tell_stream(line.carrier, call, verb.status_callback, "stream-started", "")
    try:
        end = await converse(leg, call.persona, voices=world.voices, recording=line.tape)
    except StreamError as error:
        world.notice(31920, str(error), call.sid)
        tell_stream(line.carrier, call, verb.status_callback, "stream-error", "")
        return None
    call.lines_said = end.lines_said
    tell_stream(line.carrier, call, verb.status_callback, "stream-stopped", end.stream_sid)
    if end.ended_by == "callee":
        return "callee"
    return NewUrl(voice=Callback(url=verb.action)) if verb.action else None
