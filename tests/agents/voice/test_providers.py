"""Each provider's real adapter, held against a stand-in that speaks its socket."""

import importlib.util
import sys
from collections import deque
from dataclasses import replace

import pytest

from agents.voice import services
from agents.voice.call import ServiceSettings
from outreach.errors import Rejected
from tests.agents.voice.conftest import OPENER, Bench
from tests.agents.voice.providers import Providers
from tests.agents.voice.stand_in import Says, StandIn

HAS_DEEPGRAM = importlib.util.find_spec("deepgram") is not None
needs_deepgram = pytest.mark.skipif(not HAS_DEEPGRAM, reason="the extra deepgram is not installed")


@pytest.fixture
def providers(bench: Bench) -> Providers:
    made = Providers()
    bench.app.include_router(made.router())
    return made


def service(bench: Bench, name: str, voice: str | None = "a-voice") -> ServiceSettings:
    url = bench.url.replace("ws://", "http://")
    return ServiceSettings(service=name, base_url=url, api_key="key", model="m", voice=voice)


def said(bench: Bench, speaker: str) -> list[str]:
    return [text for who, text in bench.journal.said() if who == speaker]


@pytest.mark.parametrize(
    ("hears", "speaks"),
    [
        ("cartesia", "cartesia"),
        ("cartesia", "elevenlabs"),
        ("openai", "elevenlabs"),
        pytest.param("deepgram", "deepgram", marks=needs_deepgram),
    ],
)
async def test_a_call_is_heard_and_answered_by_every_provider(
    bench: Bench, providers: Providers, hears: str, speaks: str
) -> None:
    settings = bench.switchboard.settings
    stt = settings.stt if hears == "openai" else service(bench, hears)
    bench.switchboard.settings = replace(settings, stt=stt, tts=service(bench, speaks))
    heard = "Yes, tell me more about it."
    providers.hears = deque([heard])
    bench.stand_in.hears = deque([heard])
    bench.stand_in.answers = deque([Says(text="Gladly. It saves you time."), Says(tool="end_call")])

    async with bench.phone() as phone:
        await phone.agent_pauses()
        await phone.say(0.8)
        await phone.agent_pauses()
    await bench.closed()

    assert said(bench, "agent")[0] == OPENER
    assert heard in said(bench, "person")
    assert "It saves you time." in " ".join(said(bench, "agent"))
    assert len(bench.journal.disclosures) == 1
    assert all("key" in str(one["key"]) for one in providers.asked)


async def test_another_voice_says_what_the_first_could_not(bench: Bench) -> None:
    spare = StandIn()
    bench.app.include_router(spare.router(), prefix="/spare")
    settings = bench.switchboard.settings
    url = bench.url.replace("ws://", "http://")
    other = replace(settings.tts, base_url=f"{url}/spare/v1", voice="echo", takes_over=True)
    bench.switchboard.settings = replace(settings, spare_tts=other)
    bench.stand_in.broken.add("speech")

    async with bench.phone() as phone:
        await phone.agent_pauses()
    await bench.closed()

    assert said(bench, "agent")[0] == OPENER
    assert spare.spoken[0] == OPENER
    assert set(spare.voices) == {"echo"}


async def test_another_model_answers_when_the_first_does_not(bench: Bench) -> None:
    spare = StandIn(answers=deque([Says(text="I can help with that.")]))
    bench.app.include_router(spare.router(), prefix="/spare")
    settings = bench.switchboard.settings
    url = bench.url.replace("ws://", "http://")
    other = replace(settings.llm, base_url=f"{url}/spare/v1", takes_over=True)
    bench.switchboard.settings = replace(settings, spare_llm=other)
    bench.stand_in.broken.add("chat")
    bench.stand_in.hears = deque(["What is it about?"])

    async with bench.phone() as phone:
        await phone.agent_pauses()
        await phone.say(0.8)
        await phone.agent_pauses()
    await bench.closed()

    assert "I can help with that." in said(bench, "agent")


@pytest.mark.parametrize("provider", ["elevenlabs", "cartesia"])
async def test_a_provider_without_a_voice_of_its_own_needs_one_named(
    bench: Bench, provider: str
) -> None:
    settings = replace(
        bench.switchboard.settings, tts=replace(service(bench, provider), voice=None)
    )

    bench.switchboard.settings = settings

    with pytest.raises(Rejected, match="voice that you choose"):
        bench.switchboard.prepare(bench.call)


async def test_what_is_not_installed_is_named_with_what_to_install(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in sys.modules if one.startswith("pipecat.services.deepgram")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "agents.voice.deepgram_services", raising=False)
    monkeypatch.setitem(sys.modules, "deepgram", None)
    bench.switchboard.settings = replace(bench.switchboard.settings, stt=service(bench, "deepgram"))

    with pytest.raises(Rejected) as caught:
        bench.switchboard.prepare(bench.call)

    assert caught.value.code == "speech_not_installed"
    assert caught.value.fix == "Install outreach-conversations[deepgram]."


def test_the_tables_offer_what_the_configuration_may_name() -> None:
    assert set(services.STT) == {"openai", "deepgram", "cartesia"}
    assert set(services.TTS) == {"openai", "deepgram", "elevenlabs", "cartesia"}
