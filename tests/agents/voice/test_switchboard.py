"""Calls prepared while the phone rings, and services by their configured names."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from agents.voice.call import PhoneCall, ServiceSettings, SpeechSettings
from agents.voice.switchboard import Switchboard
from outreach.errors import Rejected

_SERVICE = ServiceSettings(base_url="http://127.0.0.1:9/v1", api_key="key", model="m")
_SETTINGS = SpeechSettings(stt=_SERVICE, llm=_SERVICE, tts=_SERVICE)


def _call(number: int, voice: str | None = None) -> PhoneCall:
    return PhoneCall(
        attempt_id=UUID(int=number),
        system_prompt="",
        opener="Hello.",
        goodbye="Bye.",
        still_there="?",
        voice=voice,
    )


async def test_a_prepared_call_waits_until_it_is_discarded_or_too_old() -> None:
    switchboard = Switchboard(settings=_SETTINGS)
    switchboard.prepare(_call(1))
    switchboard.prepare(_call(2))
    switchboard.discard(UUID(int=1))
    assert switchboard.prepared == 1

    switchboard.keeps = timedelta(0)
    switchboard.prepare(_call(3))
    switchboard.prepare(_call(4))
    assert switchboard.prepared == 2  # the third had expired when the fourth came
    await switchboard.close()


async def test_no_more_calls_are_prepared_than_agreed() -> None:
    switchboard = Switchboard(settings=_SETTINGS, most_prepared=2)
    for number in range(5):
        switchboard.prepare(_call(number))

    assert switchboard.prepared == 2
    await switchboard.close()


@pytest.mark.parametrize("part", ["stt", "llm", "tts"])
async def test_an_unknown_service_is_refused_with_the_known_ones(part: str) -> None:
    settings = replace(_SETTINGS, **{part: replace(_SERVICE, service="parrot")})
    switchboard = Switchboard(settings=settings)

    with pytest.raises(Rejected, match="parrot") as refused:
        switchboard.warm_up()
    assert refused.value.where == f"speech.{part}.service"
    assert "openai" in refused.value.fix
    await switchboard.close()


async def test_a_voice_the_service_does_not_have_is_refused_before_the_call() -> None:
    switchboard = Switchboard(settings=_SETTINGS)

    with pytest.raises(Rejected, match="nobody"):
        switchboard.prepare(_call(1, voice="nobody"))
    await switchboard.close()


async def test_warm_up_needs_no_network() -> None:
    switchboard = Switchboard(settings=_SETTINGS)
    switchboard.warm_up()
    await switchboard.close()


def test_a_key_is_never_shown() -> None:
    assert "key" not in repr(ServiceSettings(api_key="secret-key", model="m")).replace(
        "api_key", ""
    )
