"""Whole calls with the simulator's speaking people: sound in, sound out, nothing scripted here."""

import asyncio
import json
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.websockets import WebSocket

from agents.voice.call import PhoneCall, ServiceSettings, SpeechSettings, Spoken, StreamStart
from agents.voice.switchboard import Switchboard
from outreach.outcome import AnsweredBy
from outreach.speech import Speaker
from simulator.callee import Leg, StreamEnd, converse
from simulator.model_api import StandIn, model_routes
from simulator.personas import persona_named
from tests.agents.voice import sound
from tests.agents.voice.conftest import MemoryJournal, MemoryTools
from tests.agents.voice.phone import until

# Real time on both sides: who is starved of a core interrupts what was said already.
pytestmark = pytest.mark.alone

OPENER = "Hello, this is Ann from Acme, an AI on a recorded line."
_ALIGNED_MS = 150


@dataclass(slots=True)
class Heard:
    """One call as both sides knew it."""

    end: StreamEnd
    journal: MemoryJournal
    tools: MemoryTools

    def words(self, speaker: Speaker) -> list[str]:
        turns = (turn for _, turn in sorted(self.journal.turns.items()))
        return [turn.text for turn in turns if turn.speaker is speaker]


@dataclass(slots=True)
class Town:
    """Callees, a model, and the voice process that calls them."""

    stand_in: StandIn
    switchboard: Switchboard
    url: str
    folder: Path
    others: tuple[Spoken, ...] = ()
    journals: dict[str, MemoryJournal] = field(default_factory=dict)
    tools: dict[str, MemoryTools] = field(default_factory=dict)

    async def ring(self, name: str) -> Heard:
        persona = persona_named(name)
        assert persona is not None
        journal, tools = self.journals[name], self.tools[name] = MemoryJournal(), MemoryTools()
        leg = Leg(
            stream_url=f"{self.url}/media",
            account_sid="AC" + "0" * 32,
            call_sid="CA1",
            parameters={"who": name},
        )
        # How quick the answers are is no promise here, so nobody hangs up on a busy machine.
        patient = replace(persona, patience_s=20.0)
        async with asyncio.timeout(60):
            end = await converse(leg, patient, voices=self.stand_in.voices)
        async with asyncio.timeout(10):
            await journal.is_closed.wait()
        return Heard(end=end, journal=journal, tools=tools)

    async def answer(self, socket: WebSocket) -> None:
        await socket.accept()
        json.loads(await socket.receive_text())
        start = json.loads(await socket.receive_text())["start"]
        who = start["customParameters"]["who"]
        call = PhoneCall(
            attempt_id=UUID(int=len(self.journals)),
            system_prompt=f"You are Ann from Acme. What was already said: your opening sentence "
            f'was "{OPENER}". You call about a short product demo.',
            opener=OPENER,
            goodbye="Goodbye.",
            still_there="Are you still there?",
            recording=self.folder / f"{who}.wav",
            max_duration=timedelta(seconds=40),
            others=self.others,
            tools=("end_call", "schedule_callback", "do_not_contact", "speak_language"),
        )
        await self.switchboard.converse(
            socket,
            StreamStart(stream_sid=start["streamSid"], call_sid=start["callSid"]),
            call,
            tools=self.tools[who],
            journal=self.journals[who],
        )


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    stand_in = StandIn()
    app = FastAPI()
    app.include_router(model_routes(stand_in), prefix="/v1")
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    service = ServiceSettings(base_url=f"http://{host}:{port}/v1", api_key="key", model="m")
    switchboard = Switchboard(settings=SpeechSettings(stt=service, llm=service, tts=service))
    switchboard.warm_up()
    await stand_in.ears.warm_up()
    town = Town(stand_in, switchboard, f"ws://{host}:{port}", tmp_path)
    app.add_api_websocket_route("/media", town.answer)
    yield town
    await switchboard.drain(within=timedelta(seconds=0))
    await switchboard.close()
    await stand_in.close()
    server.should_exit = server.force_exit = True
    async with asyncio.timeout(20):
        await serving


async def test_six_people_at_once_each_get_their_own_conversation(town: Town) -> None:
    names = ("not_interested", "callback", "opt_out", "talks_over", "voicemail", "silent")
    calls = dict(zip(names, await asyncio.gather(*map(town.ring, names)), strict=True))

    declined = calls["not_interested"]
    assert declined.words(Speaker.PERSON)[-1].startswith("No thanks, we already work")
    assert declined.tools.asked[-1][0] == "end_call"
    assert calls["callback"].tools.asked[0][0] == "schedule_callback"
    assert calls["opt_out"].tools.asked[0][0] == "do_not_contact"
    cut = next(turn for turn in calls["talks_over"].journal.turns.values() if turn.interrupted)
    assert OPENER.startswith(cut.text)
    assert calls["talks_over"].end.clears >= 1
    assert _answered_by(calls["voicemail"]) is AnsweredBy.VOICEMAIL
    assert _answered_by(calls["silent"]) is AnsweredBy.SILENCE
    for name, call in calls.items():
        assert len(call.journal.endings) == 1
        assert call.words(Speaker.AGENT)[0].startswith("Hello, this is Ann"), name
        _aligned(call)


FRENCH = Spoken(
    language="fr",
    system_prompt="You are Ann. From now on speak French (fr) only.",
    opener="Bonjour, ici Ann, une intelligence artificielle. Cet appel est enregistré.",
    goodbye="Au revoir.",
    still_there="Vous êtes toujours là ?",
)


@pytest.mark.parametrize("detects", [True, False])
async def test_who_speaks_another_language_is_answered_in_it(town: Town, detects: bool) -> None:
    town.others = (FRENCH,)
    settings = town.switchboard.settings
    hears = replace(settings.stt, detects_language=detects)
    town.switchboard.settings = replace(settings, stt=hears)

    call = await town.ring("other_language")

    said = " ".join(call.words(Speaker.AGENT))
    assert FRENCH.opener in said
    # Where the model has to notice, they have nothing left to say to its first words.
    assert ("Une courte démonstration" in said) is detects
    assert call.journal.barriers == 0


@pytest.mark.parametrize("detects", [True, False])
async def test_who_speaks_nothing_that_the_agent_speaks_is_told_so_once(
    town: Town, detects: bool
) -> None:
    settings = town.switchboard.settings
    hears = replace(settings.stt, detects_language=detects)
    town.switchboard.settings = replace(settings, stt=hears)

    call = await town.ring("other_language")

    assert " ".join(call.words(Speaker.AGENT)).count("I only speak English") == 1
    assert call.journal.barriers == 1
    assert call.journal.endings[0][0] == "agent"


async def test_who_screens_calls_is_told_who_calls_and_why_and_menus_are_left(town: Town) -> None:
    screening, menu = await asyncio.gather(town.ring("screening"), town.ring("menu"))

    assert _answered_by(screening) is AnsweredBy.SCREENING
    assert "this is Ann from Acme, an AI" in " ".join(screening.words(Speaker.AGENT))
    assert _answered_by(menu) is AnsweredBy.IVR
    assert menu.journal.endings[0][0] == "agent"
    assert menu.end.lines_said == 0


def _answered_by(call: Heard) -> AnsweredBy:
    return call.journal.answered_by[-1][0]


def _aligned(call: Heard) -> None:
    """Each turn's sound lies where the transcript says, on its channel."""
    path = call.journal.endings[0][1]
    assert path is not None
    with wave.open(str(path)) as recorded:
        both = np.frombuffer(recorded.readframes(recorded.getnframes()), dtype="<i2")
    for channel, speaker in ((both[0::2], Speaker.PERSON), (both[1::2], Speaker.AGENT)):
        edges = np.array(sound.spans_ms(channel, gap_ms=40))
        for turn in call.journal.turns.values():
            assert turn.end_ms > turn.start_ms, turn
            if turn.speaker is speaker:
                assert np.abs(edges[:, 0] - turn.start_ms).min() <= _ALIGNED_MS
                assert np.abs(edges[:, 1] - turn.end_ms).min() <= _ALIGNED_MS
