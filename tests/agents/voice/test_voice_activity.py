"""Where speech begins and where it pauses."""

import numpy as np
import pytest

from agents.voice.voice_activity import (
    Activity,
    Network,
    SpeechStarted,
    SpeechStopped,
    VoiceActivity,
    load_network,
)
from tests.agents.voice import sound


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network()


def _listen(network: Network, pcm: bytes) -> list[Activity]:
    activity = VoiceActivity(network, pause_ms=200)
    changes = (activity.hear(pcm[at : at + 320], at / 16) for at in range(0, len(pcm), 320))
    return [change for change in changes if change is not None]


def test_finds_both_ends_of_speech_to_within_a_tenth_of_a_second(network: Network) -> None:
    silence = bytes(16_000)
    changes = _listen(network, silence + sound.voice(1.5) + silence + sound.voice(0.8) + silence)

    assert [type(change) for change in changes] == [SpeechStarted, SpeechStopped] * 2
    for change, at_ms in zip(changes, (1000, 2500, 3500, 4300), strict=True):
        assert abs(change.at_ms - at_ms) <= 100


def test_speech_begins_with_its_first_sound_though_it_is_certain_only_later(
    network: Network,
) -> None:
    breath = np.random.default_rng(1).normal(0, 1500, 1600).astype("<i2").tobytes()
    changes = _listen(network, bytes(16_000) + breath + sound.voice(1.0) + bytes(8_000))

    assert [type(change) for change in changes] == [SpeechStarted, SpeechStopped]
    assert abs(changes[0].at_ms - 1000) <= 60


def test_sound_long_before_the_first_words_is_no_part_of_them(network: Network) -> None:
    hum = np.random.default_rng(1).normal(0, 1500, 16_000).astype("<i2").tobytes()
    started = _listen(network, hum + sound.voice(1.0))[0]

    assert started.at_ms >= 1600


def test_speech_that_the_line_breaks_off_ends_where_it_was_last_heard(network: Network) -> None:
    activity = VoiceActivity(network, pause_ms=400)
    pcm = sound.voice(1.0) + bytes(16 * 200)
    for at in range(0, len(pcm), 320):
        activity.hear(pcm[at : at + 320], at / 16)

    ended = activity.end(1200)

    assert ended is not None
    assert abs(ended.at_ms - 1000) <= 100
    assert activity.end(1200) is None


def test_silence_and_line_noise_are_no_speech(network: Network) -> None:
    noise = bytes(range(0, 48, 2)) * 2000

    assert _listen(network, bytes(64_000)) == []
    assert _listen(network, bytes(b & 0x0F if i % 2 == 0 else 0 for i, b in enumerate(noise))) == []


def test_two_calls_on_one_network_do_not_disturb_each_other(network: Network) -> None:
    pcm = bytes(8_000) + sound.voice(1.0) + bytes(8_000)
    alone = _listen(network, pcm)
    first, second = VoiceActivity(network, pause_ms=200), VoiceActivity(network, pause_ms=200)
    together: list[Activity] = []
    for at in range(0, len(pcm), 320):
        change = first.hear(pcm[at : at + 320], at / 16)
        second.hear(sound.voice(0.02), at / 16)
        together += [change] if change is not None else []

    assert together == alone
