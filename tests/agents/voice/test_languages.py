"""In which language a call goes on: by the recognizer's word, and by the model's tool."""

from dataclasses import replace

import pytest

from agents.voice.call import PhoneCall, Spoken
from agents.voice.languages import Languages
from tests.agents.voice.conftest import OPENER, Bench
from tests.agents.voice.phone import until
from tests.agents.voice.stand_in import Says

FRENCH = Spoken(
    language="fr",
    system_prompt="You are Ann. From now on speak French (fr) only.",
    opener="Bonjour, ici Ann, une intelligence artificielle.",
    goodbye="Au revoir.",
    still_there="Vous êtes toujours là ?",
    voice="coral",
)
SORRY = "I am sorry, I only speak English. Goodbye."


def detecting(bench: Bench) -> None:
    settings = bench.switchboard.settings
    bench.switchboard.settings = replace(settings, stt=replace(settings.stt, detects_language=True))


@pytest.fixture
def bilingual(bench: Bench) -> Bench:
    bench.call = replace(bench.call, others=(FRENCH,))
    return bench


@pytest.fixture
def spoken(bench: Bench) -> PhoneCall:
    return replace(bench.call, others=(FRENCH,))


async def test_one_sentence_of_a_language_that_is_spoken_is_enough(spoken: PhoneCall) -> None:
    languages = Languages(spoken)

    languages.heard("Je ne comprends pas.", "french")

    assert languages.wanted == "fr"
    assert languages.change("fr") is not None
    assert (languages.now.language, languages.wanted) == ("fr", None)


async def test_a_word_or_two_in_whatever_language_change_nothing(spoken: PhoneCall) -> None:
    languages = Languages(spoken)

    languages.heard("Allô ? Oui.", "fr")
    languages.heard("Yes, I am listening.", "en-US")
    languages.heard("What is it about?", None)

    assert languages.wanted is None


async def test_one_sentence_that_nobody_speaks_may_be_an_error(spoken: PhoneCall) -> None:
    languages = Languages(spoken)

    languages.heard("Ja, guten Tag, wer ist da?", "german")
    assert languages.wanted is None
    languages.heard("Ich verstehe Sie leider nicht.", "german")

    assert languages.wanted == "de"
    assert languages.change("de") is None


async def test_goes_on_in_the_language_that_the_recognizer_hears(bilingual: Bench) -> None:
    detecting(bilingual)
    bilingual.stand_in.language = "french"
    bilingual.stand_in.hears.extend(["Je ne parle pas anglais.", "Oui, allez-y, je vous écoute."])
    bilingual.stand_in.answers.append(Says(text="Une courte question."))
    async with bilingual.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(1.0)
        await phone.agent_pauses()
        await phone.say(1.0)
        await phone.agent_pauses()
        await phone.hang_up()
        await bilingual.closed()

    said = [text for speaker, text in bilingual.journal.said() if speaker == "agent"]
    assert said == [OPENER, FRENCH.opener, "Une courte question."]
    assert bilingual.stand_in.voices == ["alloy", "coral", "coral"]
    assert "speak French" in bilingual.stand_in.chats[0][0]["content"]
    assert len(bilingual.stand_in.chats) == 1
    assert len(bilingual.journal.disclosures) == 2
    assert bilingual.journal.barriers == 0


async def test_an_opener_that_is_not_understood_gives_way_to_the_right_one(
    bilingual: Bench,
) -> None:
    detecting(bilingual)
    bilingual.stand_in.ms_a_character = 120
    bilingual.stand_in.language = "fr"
    bilingual.stand_in.hears.append("Allô, bonjour, c'est qui?")
    async with bilingual.phone() as phone:
        await phone.say(0.9)
        await until(lambda: FRENCH.opener in bilingual.stand_in.spoken)
        await phone.agent_pauses(1.0)
        await phone.hang_up()
        await bilingual.closed()

    assert bilingual.stand_in.spoken == [OPENER, FRENCH.opener]
    assert bilingual.stand_in.chats == []
    assert bilingual.journal.said()[-1] == ("agent", FRENCH.opener)
    assert len(bilingual.journal.disclosures) == 1


async def test_the_model_changes_the_language_where_the_recognizer_tells_none(
    bilingual: Bench,
) -> None:
    bilingual.call = replace(bilingual.call, tools=("end_call", "speak_language"))
    bilingual.stand_in.hears.append("Je ne parle pas anglais.")
    bilingual.stand_in.answers.append(Says(tool="speak_language", arguments={"language": "French"}))
    async with bilingual.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(1.0)
        await phone.agent_pauses()
        await phone.hang_up()
        await bilingual.closed()

    assert bilingual.stand_in.spoken == [OPENER, FRENCH.opener]
    assert len(bilingual.stand_in.chats) == 1
    assert bilingual.tools.asked == []


async def test_says_once_that_there_is_no_common_language_and_hangs_up(bench: Bench) -> None:
    bench.call = replace(bench.call, tools=("end_call", "speak_language"))
    bench.stand_in.hears.append("Je ne parle pas anglais.")
    bench.stand_in.answers.append(Says(tool="speak_language", arguments={"language": "fr"}))
    async with bench.phone() as phone:
        await phone.agent_pauses(0.3)
        await phone.say(1.0)
        await phone.ended.wait()
        assert await bench.closed() == "agent"

    assert bench.stand_in.spoken == [OPENER, SORRY]
    assert bench.journal.said()[-1] == ("agent", SORRY)
    assert bench.journal.barriers == 1
