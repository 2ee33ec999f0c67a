"""The closed list is told apart through a telephone line, and nothing is heard in silence."""

import asyncio
import os
import signal

import numpy as np
import pytest

from simulator import cast, mulaw
from simulator.hearing import Ears
from simulator.hearing_worker import sentences, words
from simulator.speech import Voices
from simulator.turns import tone


@pytest.fixture
async def ears():
    ears = Ears()
    yield ears
    await ears.close()


def errors(said: list[str], heard: list[str]) -> int:
    """Words to insert, delete or replace."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(said, start=1):
        previous, row[0] = row[0], at
        for column, other in enumerate(heard, start=1):
            previous, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, previous + (word != other)),
            )
    return row[-1]


async def test_at_most_one_word_in_ten_is_misheard_over_the_telephone(ears):
    voices = Voices()
    wrong = total = 0
    for persona in cast.EVERYBODY:
        said = [(persona.greeting, persona.greeting_language)] if persona.greeting else []
        said += [(line.text, line.language) for line in persona.lines]
        for text, language in said:
            for voice in {persona.voice, "robin"}:
                line = await voices.ulaw(text, voice=voice, language=language)
                heard = await ears.hear(mulaw.decode(line), 8000)
                total += len(words(text))
                wrong += errors(words(text), words(heard))

    assert wrong / total <= 0.10


def test_the_list_stays_small_enough_to_be_told_apart():
    assert len(sentences()) <= 150


async def test_nothing_is_heard_in_silence_a_tone_or_a_click(ears):
    click = np.zeros(8000, np.int16)
    click[4000] = 20_000

    assert await ears.hear(np.zeros(16_000, np.int16), 8000) == ""
    assert await ears.hear(mulaw.decode(tone(1000, 1.0)), 8000) == ""
    assert await ears.hear(mulaw.decode(tone(2100, 2.6)), 8000) == ""
    assert await ears.hear(click, 8000) == ""
    assert await ears.hear(np.zeros(0, np.int16), 8000) == ""


async def test_a_sentence_that_was_cut_off_is_still_recognised(ears):
    spoken = mulaw.decode(await Voices().ulaw(cast.OPT_OUT.lines[0].text, voice="robin"))

    assert await ears.hear(spoken[: len(spoken) * 3 // 4], 8000) == cast.OPT_OUT.lines[0].text


async def test_how_long_the_line_was_quiet_changes_nothing(ears):
    quiet = np.zeros(8000, np.int16)
    for line in (cast.BUSY.greeting, cast.CALLBACK.lines[0].text, cast.INTERESTED.lines[0].text):
        spoken = mulaw.decode(await Voices().ulaw(line, voice="morgan"))

        assert await ears.hear(np.concatenate([quiet, spoken, quiet[:1600]]), 8000) == line
        assert await ears.hear(spoken // 3, 8000) == line


async def test_eight_callers_at_once_are_all_understood(ears):
    voices = Voices()
    lines = [persona.lines[0] for persona in cast.EVERYBODY if persona.lines][:8]
    spoken = [mulaw.decode(await voices.ulaw(line.text, voice="robin")) for line in lines]

    heard = await asyncio.gather(*(ears.hear(pcm, 8000) for pcm in spoken))

    assert list(heard) == [line.text for line in lines]


async def test_it_goes_on_hearing_after_its_process_was_killed(ears):
    line = cast.INTERESTED.lines[0].text
    spoken = mulaw.decode(await Voices().ulaw(line, voice="robin"))
    assert await ears.hear(spoken, 8000) == line

    os.kill(ears.process_id, signal.SIGKILL)

    assert await ears.hear(spoken, 8000) == line
