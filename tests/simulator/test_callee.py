"""A callee on a real websocket: speaks and listens in real time, as the carrier's stream does."""

import asyncio
import base64
import json
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from simulator import mulaw
from simulator.callee import Leg, StreamError, converse
from simulator.persona import Line, Persona
from simulator.recording import TwoChannelWav
from simulator.speech import Voices
from simulator.turns import is_voiced, tone

TALKER = Persona(name="talker", greeting="Hi.", lines=(Line(text="Yes."), Line(text="Bye.")))


@dataclass
class Application:
    """The other end of the stream: notes what arrives and says what a test wants said."""

    socket: ServerConnection
    events: list[dict] = field(default_factory=list)
    heard: bytearray = field(default_factory=bytearray)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def stream_sid(self) -> str:
        return self.events[1]["start"]["streamSid"]

    def of(self, kind: str) -> list[dict]:
        return [event for event in self.events if event["event"] == kind]

    async def listen(self) -> None:
        with suppress(ConnectionClosed):
            async for message in self.socket:
                event = json.loads(message)
                self.events.append(event)
                if event["event"] == "media":
                    self.heard += base64.b64decode(event["media"]["payload"])
                self.arrived.set()
        self.arrived.set()

    async def until(self, happened: Callable[[], bool]) -> None:
        while not happened():
            self.arrived.clear()
            async with asyncio.timeout(15):
                await self.arrived.wait()

    async def voice_frames(self, wanted: int, *, since: int = 0) -> None:
        """Wait until the person spoke for so many frames."""
        await self.until(lambda: self.voiced(since) >= wanted)

    async def quiet(self, frames: int) -> None:
        """Wait until the person has been silent for so many frames."""
        await self.until(
            lambda: (
                len(self.heard) >= 160 * frames
                and not any(
                    is_voiced(bytes(self.heard[at : at + 160]))
                    for at in range(len(self.heard) - 160 * frames, len(self.heard), 160)
                )
            )
        )

    def voiced(self, since: int = 0) -> int:
        return sum(is_voiced(frame) for frame in mulaw.frames(bytes(self.heard[since:])))

    async def say(self, seconds: float, mark: str | None = None) -> None:
        """Send so much sound at once, as text-to-speech does."""
        payload = base64.b64encode(tone(300, seconds)).decode()
        await self.send({"event": "media", "media": {"payload": payload}})
        if mark is not None:
            await self.send({"event": "mark", "mark": {"name": mark}})

    async def send(self, event: dict) -> None:
        await self.socket.send(json.dumps(event | {"streamSid": self.stream_sid}))


@asynccontextmanager
async def application(
    behaves: Callable[[Application], Awaitable[None]],
) -> AsyncIterator[tuple[Leg, list[Application]]]:
    """Serve it; afterwards what it noted may be looked at."""
    applications: list[Application] = []

    async def handle(socket: ServerConnection) -> None:
        ours = Application(socket)
        applications.append(ours)
        listening = asyncio.create_task(ours.listen())
        await ours.until(lambda: len(ours.events) >= 2)
        with suppress(ConnectionClosed):
            await behaves(ours)
        await listening

    async with serve(handle, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield (
            Leg(
                stream_url=f"ws://127.0.0.1:{port}/media",
                account_sid="AC" + "0" * 32,
                call_sid="CA" + "1" * 32,
                parameters={"attempt_id": "42"},
                headers={"X-Twilio-Signature": "signed"},
            ),
            applications,
        )


async def only_listens(_: Application) -> None:
    return


@pytest.fixture(scope="module")
def voices() -> Voices:
    return Voices()


async def test_the_stream_is_introduced_numbered_and_stopped_as_documented(voices):
    async with application(only_listens) as (leg, seen):
        patient = Persona(name="patient", patience_s=0.3)
        end = await converse(leg, patient, voices=voices)

    (app,) = seen
    assert app.events[0] == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    assert app.events[1]["start"] == {
        "accountSid": leg.account_sid,
        "streamSid": end.stream_sid,
        "callSid": leg.call_sid,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"attempt_id": "42"},
    }
    numbers = [int(event["sequenceNumber"]) for event in app.events[1:]]
    assert numbers == list(range(1, len(numbers) + 1))
    media = app.of("media")
    assert [event["media"]["chunk"] for event in media[:2]] == ["1", "2"]
    assert [event["media"]["timestamp"] for event in media[:2]] == ["0", "20"]
    assert all(len(base64.b64decode(event["media"]["payload"])) == 160 for event in media)
    assert app.events[-1]["stop"] == {"accountSid": leg.account_sid, "callSid": leg.call_sid}
    assert app.socket.request.headers["X-Twilio-Signature"] == "signed"
    assert end.ended_by == "callee"
    assert end.duration_s == len(media) * 0.02


async def test_each_line_waits_for_the_end_of_our_turn_and_then_they_hang_up(voices, tmp_path):
    turns: list[int] = []

    async def talk(app: Application) -> None:
        for _ in range(3):
            at = len(app.heard)
            await app.voice_frames(5, since=at)
            await app.quiet(15)
            turns.append(app.voiced(at))
            await app.say(0.6)

    recording = TwoChannelWav(tmp_path / "call.wav")
    async with application(talk) as (leg, _):
        end = await converse(leg, TALKER, voices=voices, recording=recording)
    recording.close()

    assert (end.ended_by, end.lines_said) == ("callee", 2)
    assert len(turns) == 3
    assert end.heard_s == pytest.approx(1.8)
    with wave.open(str(recording.path)) as heard:
        samples = np.frombuffer(heard.readframes(heard.getnframes()), "<i2").astype(int)
    assert len(samples) // 2 / 8000 == pytest.approx(end.duration_s)
    # The tone is 300 Hz at 8000; both sides are there, and they took turns.
    assert np.count_nonzero(np.abs(samples[1::2]) > 1000) > 8000
    assert np.count_nonzero(np.abs(samples[0::2]) > 1000) > 500
    assert not np.any((np.abs(samples[0::2]) > 1000) & (np.abs(samples[1::2]) > 1000))


async def test_audio_sent_at_once_is_played_in_real_time_before_its_mark_returns(voices):
    async def speak(app: Application) -> None:
        await app.say(1.0, mark="said")
        sent = len(app.heard)
        await app.until(lambda: bool(app.of("mark")))
        waited.append((len(app.heard) - sent) / 8000)
        await app.socket.close()

    waited: list[float] = []
    async with application(speak) as (leg, seen):
        end = await converse(leg, Persona(name="listener", patience_s=9), voices=voices)

    assert waited[0] >= 0.9
    assert [event["mark"] for event in seen[0].of("mark")] == [{"name": "said"}]
    assert (end.ended_by, end.marks) == ("app", 1)


async def test_clear_silences_us_at_once_and_returns_the_pending_marks(voices):
    async def interrupt(app: Application) -> None:
        await app.say(5.0, mark="one")
        await app.say(5.0, mark="two")
        await app.send({"event": "clear"})
        await app.until(lambda: len(app.of("mark")) == 2)
        await app.socket.close()

    async with application(interrupt) as (leg, seen):
        end = await converse(leg, Persona(name="listener", patience_s=9), voices=voices)

    assert [event["mark"]["name"] for event in seen[0].of("mark")] == ["one", "two"]
    assert end.heard_s < 1.0
    assert end.clears == 1


async def test_who_talks_over_us_does_not_wait_for_the_end(voices):
    async def lecture(app: Application) -> None:
        await app.say(8.0)
        await app.voice_frames(5)
        await app.send({"event": "clear"})
        await app.socket.close()

    rude = Persona(name="rude", lines=(Line(text="Wait.", talks_over=True),), patience_s=9)
    async with application(lecture) as (leg, _):
        end = await converse(leg, rude, voices=voices)

    assert end.lines_said == 1
    assert 0.8 <= end.heard_s < 3.0


async def test_an_answering_machine_beeps_records_and_hangs_up_on_silence(voices):
    async def leave_message(app: Application) -> None:
        await app.until(lambda: beeps(app.heard))
        heard.append(len(app.heard))
        await app.say(0.5)

    heard: list[int] = []
    machine = Persona(
        name="machine", answers_as="machine", greeting="Hi.", beep=True, patience_s=0.8
    )
    async with application(leave_message) as (leg, _):
        end = await converse(leg, machine, voices=voices)

    assert heard
    assert end.ended_by == "callee"
    assert end.heard_s == pytest.approx(0.5)


def beeps(heard: bytearray) -> bool:
    """Whether the last quarter of a second is the tone of 1000 Hz."""
    last = mulaw.decode(heard[-2000:]).astype(float)
    return len(last) == 2000 and bool(np.argmax(np.abs(np.fft.rfft(last))) == 250)


async def test_a_carrier_that_hangs_up_says_stop_and_closes(voices):
    talking = asyncio.Event()

    async def notice(app: Application) -> None:
        await app.until(lambda: bool(app.of("media")))
        talking.set()

    async with application(notice) as (leg, seen):
        call = asyncio.create_task(
            converse(leg, Persona(name="patient", patience_s=30), voices=voices)
        )
        await talking.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await seen[0].socket.wait_closed()

    assert seen[0].events[-1]["event"] == "stop"


async def test_a_lost_network_cuts_the_stream_without_a_word(voices):
    async with application(only_listens) as (leg, seen):
        lost = Leg(
            stream_url=leg.stream_url,
            account_sid=leg.account_sid,
            call_sid=leg.call_sid,
            abort_after_s=0.2,
        )
        end = await converse(lost, Persona(name="patient", patience_s=30), voices=voices)

    assert end.ended_by == "aborted"
    assert seen[0].of("stop") == []
    assert seen[0].socket.close_code == 1006


async def test_a_socket_that_nobody_accepts_is_refused(voices, unused_tcp_port):
    leg = Leg(stream_url=f"ws://127.0.0.1:{unused_tcp_port}/", account_sid="AC", call_sid="CA")

    with pytest.raises(StreamError):
        await converse(leg, TALKER, voices=voices)


async def test_nonsense_from_the_application_does_not_end_the_call(voices):
    async def babble(app: Application) -> None:
        await app.socket.send("not json")
        await app.socket.send("[]")
        await app.send({"event": "media", "media": {"payload": "%"}})
        await app.send({"event": "dance"})
        await app.say(0.3, mark="still here")
        await app.until(lambda: bool(app.of("mark")))
        await app.socket.close()

    async with application(babble) as (leg, _):
        end = await converse(leg, Persona(name="listener", patience_s=9), voices=voices)

    assert (end.bad_messages, end.ended_by) == (4, "app")
    assert end.heard_s == pytest.approx(0.3)


async def test_frames_keep_to_the_clock_with_ten_calls_at_once(voices):
    loop = asyncio.get_running_loop()
    async with application(only_listens) as (leg, _):
        started = loop.time()
        ends = await asyncio.gather(
            *(
                converse(leg, Persona(name="patient", patience_s=2), voices=voices)
                for _ in range(10)
            )
        )
        took = loop.time() - started

    # Never faster than real time; how much slower is the machine's affair.
    assert all(end.duration_s == pytest.approx(2.0, abs=0.05) for end in ends)
    assert took >= 1.9
