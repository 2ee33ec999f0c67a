"""Tones are told from voices by their one pitch."""

import numpy as np
import pytest

from agents.voice import mulaw
from agents.voice.tones import Tone, Tones
from tests.agents.voice import sound

_PACKET = 320


def heard(pcm: bytes) -> list[Tone]:
    """What is told of a sound that came over a telephone line, in packets of 20 ms."""
    line = mulaw.decode(mulaw.encode(pcm + bytes(2 * _PACKET)))
    tones = Tones()
    told = (tones.hear(line[at : at + _PACKET]) for at in range(0, len(line), _PACKET))
    return [tone for tone in told if tone is not None]


@pytest.mark.parametrize("hz", [440.0, 1000.0, 1400.0, 2000.0])
@pytest.mark.parametrize("seconds", [0.2, 0.5, 1.0])
def test_a_beep_is_told_once_when_it_is_over(hz: float, seconds: float) -> None:
    assert heard(sound.tone(seconds, hz=hz)) == [Tone(kind="beep")]


@pytest.mark.parametrize("hz", [1100.0, 2100.0])
def test_a_fax_machine_is_told_while_it_goes_on(hz: float) -> None:
    assert heard(sound.tone(2.6, hz=hz)) == [Tone(kind="fax")]


@pytest.mark.parametrize("pitch_hz", [90.0, 120.0, 180.0, 240.0])
def test_a_voice_has_no_tone(pitch_hz: float) -> None:
    assert heard(sound.voice(8.0, pitch_hz=pitch_hz)) == []


def test_neither_has_noise_nor_two_pitches_at_once() -> None:
    noise = np.random.default_rng(7).normal(0, 3000, 16000).astype("<i2").tobytes()
    key = np.frombuffer(sound.tone(0.5, hz=697), "<i2") // 2
    pressed = key + np.frombuffer(sound.tone(0.5, hz=1209), "<i2") // 2

    assert heard(noise) == []
    assert heard(pressed.astype("<i2").tobytes()) == []
