"""Texts become telephone audio, in several voices, without holding up the calls."""

import asyncio

import numpy as np
import pytest

from simulator.speech import VOICES, Voices, resampled


async def test_a_sentence_takes_the_time_a_person_would_take():
    pcm = await Voices().pcm("We are about fifty people and want to start next month.")

    assert 2.0 < len(pcm) / 24_000 < 5.0
    assert 10_000 < np.abs(pcm.astype(int)).max() < 20_000


async def test_the_agent_and_the_persons_sound_different():
    voices = Voices()
    spoken = [await voices.ulaw("Hello, good afternoon.", voice=name) for name in VOICES]

    assert len(set(spoken)) == len(VOICES)


async def test_french_is_spoken_as_french():
    voices = Voices()
    text = "Bonne soirée."

    assert await voices.ulaw(text, voice="camille", language="fr") != await voices.ulaw(
        text, voice="camille"
    )


async def test_a_pause_inside_a_line_is_short_enough_to_remain_one_turn():
    pcm = await Voices().pcm("I am driving right now. Call me tomorrow at three.", rate_hz=8000)

    quiet = np.abs(pcm[: len(pcm) // 160 * 160].reshape(-1, 160).astype(int)).max(axis=1) < 400
    runs = "".join("." if frame else "#" for frame in quiet).split("#")
    assert max(len(run) for run in runs) * 20 <= 160


async def test_what_is_remembered_has_a_bound():
    voices = Voices(remember_samples=60_000)
    for number in range(12):
        await voices.pcm(f"This is sentence number {number}.", rate_hz=8000)

    assert 0 < voices.remembered_samples <= 60_000


async def test_a_text_is_spoken_once_and_remembered():
    voices = Voices()
    first = await voices.pcm("Once and for all.")

    assert await voices.pcm("Once and for all.") is first


async def test_many_speak_at_once_and_each_gets_their_own_words():
    voices = Voices()
    texts = ["Hello " + "and hello again " * repeats for repeats in range(12)]

    together = await asyncio.gather(*(voices.pcm(text, rate_hz=8000) for text in texts))

    lengths = [len(pcm) for pcm in together]
    assert lengths == sorted(set(lengths))


async def test_a_text_without_words_is_silence():
    assert len(await Voices().pcm("...")) == 0


@pytest.mark.parametrize(("from_hz", "to_hz"), [(22050, 8000), (8000, 16000), (24000, 8000)])
def test_a_tone_keeps_its_pitch_and_loudness_at_another_rate(from_hz, to_hz):
    at = np.arange(from_hz) / from_hz
    tone = (10_000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16)

    other = resampled(tone, from_hz, to_hz)

    spectrum = np.abs(np.fft.rfft(other.astype(float)))
    assert len(other) == to_hz
    assert np.argmax(spectrum) == 440
    assert abs(np.abs(other[100:-100].astype(int)).max() - 10_000) < 200
