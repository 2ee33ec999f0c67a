"""Who answers is decided by the number alone, as the table says."""

import re
from collections import Counter

import pytest

from simulator import cast, personas
from simulator.personas import BY_SUFFIX, persona_for, persona_named
from simulator.speech import VOICES, Voices

PROMISED = {
    *("interested", "busy", "angry", "callback", "voicemail", "screening", "opt_out"),
    *("wrong_person", "silent", "talks_over", "other_language", "no_answer", "engaged_line"),
    *("unreachable", "not_interested"),
}


def test_every_suffix_has_somebody():
    assert sorted(BY_SUFFIX) == [f"{suffix:02}" for suffix in range(100)]


def test_the_documented_table_is_the_one_in_force():
    rows = re.findall(r"^\| (\d\d[\d to]*?) +\| (\w+) +\|$", personas.__doc__ or "", re.MULTILINE)
    documented = {}
    for suffixes, name in rows:
        spread = re.sub(
            r"(\d\d) to (\d\d)",
            lambda ends: " ".join(f"{n:02}" for n in range(int(ends[1]), int(ends[2]) + 1)),
            suffixes,
        )
        documented |= dict.fromkeys(spread.split(), name)

    assert documented == {suffix: persona.name for suffix, persona in BY_SUFFIX.items()}


def test_a_hundred_numbers_are_a_realistic_campaign():
    picked_up = Counter(persona.pickup for persona in BY_SUFFIX.values())
    names = Counter(persona.name for persona in BY_SUFFIX.values())

    assert 30 <= picked_up["no_answer"] <= 40
    assert 3 <= picked_up["busy"] <= 6
    assert 8 <= names["voicemail"] <= 15
    assert set(names) >= PROMISED


def test_australian_mobiles_differ_although_only_their_last_digit_does():
    names = {persona_for(f"+6149157015{digit}").name for digit in range(10)}

    assert len(names) == 10


@pytest.mark.parametrize("number", ["+12025550150", "whatsapp:+12025550150", "(202) 555-0150"])
def test_a_number_is_the_same_person_however_it_is_written(number):
    assert persona_for(number) is cast.INTERESTED


def test_a_persona_is_found_by_name_and_nobody_by_another():
    assert persona_named("silent") is cast.SILENT
    assert persona_named("nobody") is None


def test_names_are_unique_and_voices_exist():
    assert len({persona.name for persona in cast.EVERYBODY}) == len(cast.EVERYBODY)
    assert {persona.voice for persona in cast.EVERYBODY} <= set(VOICES)
    assert max(persona.ring_s for persona in cast.EVERYBODY) <= 2.0


async def test_nobody_talks_for_longer_than_a_short_call_allows():
    voices = Voices()
    for persona in cast.EVERYBODY:
        spoken = [(persona.greeting, persona.greeting_language)] if persona.greeting else []
        spoken += [(line.text, line.language) for line in persona.lines]
        lengths = [
            len(await voices.ulaw(text, voice=persona.voice, language=language)) / 8000
            for text, language in spoken
        ]
        assert sum(lengths) <= 9, persona.name
