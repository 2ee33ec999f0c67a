"""Whoever asks to be left alone is heard; whoever asks for another time is not silenced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.opt_out import BUTTONS, WORDS, How, by_button, by_phrase, by_word, spoken, written


@pytest.mark.row("S2-11")
@pytest.mark.parametrize("word", sorted(WORDS))
def test_a_message_that_is_only_the_word_is_an_opt_out(word: str) -> None:
    for text in (word, word.upper(), f"  {word.title()}!! \U0001f64f", f"{word}."):
        found = written(text)
        assert found is not None, text
        assert found.how is How.WORD


@pytest.mark.parametrize("text", ["ARRÊT", "no más", "Désabonner", "arrêt"])
def test_accents_make_no_difference(text: str) -> None:
    assert by_word(text) is not None


REQUESTS = [
    "Please don't call me again",
    "do not call this number anymore",
    "never contact me again",
    "Stop calling me!",
    "stop texting",
    "please stop messaging us",
    "Don\u2019t ever ring here again",
    "take me off your list",
    "remove my number from your database",
    "can you get me off this list please",
    "I want to unsubscribe",
    "I'd like to opt out",
    "I am opting out of this",
    "I revoke my consent",
    "put me on your do not call list",
    "no more calls please",
    "stop these messages",
    "lose my number",
    "quit bothering me",
    "don't call me now or at any time, don't call at all",
    "don't call me today, tomorrow or ever",
    "I told you not to call",
    "you must never call me again",
    "don't you ever call me again",
    "would you stop calling me",
    "just leave me alone",
    "definitely not, take me off your list",
    "I do not. Remove me from your list",
    "don't call me. Tomorrow I am away",
    "I don't want to unsubscribe but stop calling",
    "I don't want any more calls",
    "I do not wish to be contacted",
    "I don't want to be called, thank you",
    "I no longer wish to receive these",
    "I never want to hear from you again",
    "I don't want you to call me",
    "don't you dare call me again",
    "I'd rather you didn't call me",
    "I told you people to stop",
    "stop sending me messages",
    "stop spamming me",
    "don't send me anything else",
    "please don't reach out again",
    "delete my data",
    "No me llamen más, por favor",
    "no quiero que me llamen",
    "Dejen de llamarme",
    "Não me ligue mais",
    "Parem de me ligar",
    "Ne m'appelez plus",
    "arrêtez de m'appeler",
    "Rufen Sie mich bitte nicht mehr an",
    "Bitte nicht mehr anrufen",
    "Löschen Sie meine Nummer",
    "Lassen Sie mich in Ruhe",
    "non chiamatemi più",
    "bel mij niet meer",
]


@pytest.mark.row("S2-11")
@pytest.mark.parametrize("text", REQUESTS)
def test_a_request_within_a_sentence_is_heard(text: str) -> None:
    for found in (by_phrase(text), spoken(text), written(f"Hello. {text} Thanks")):
        assert found is not None
        assert found.how is How.PHRASE


@pytest.mark.parametrize(
    "text",
    [
        "please stop",
        "Stop, thanks",
        "No thanks, stop.",
        "STOP STOP STOP",
        "stoppp",
        "S T O P",
        "unsubscribe please",
        "ok. stop it",
        "Nein danke, stopp",
        "Arrête !",
    ],
)
def test_courtesy_and_temper_around_the_word_hide_nothing(text: str) -> None:
    found = written(text)
    assert found is not None
    assert found.how is How.WORD


NEAR_MISSES = [
    "please cancel",
    "I don't want to be called before noon",
    "I don't want any calls on Sundays",
    "no, the end of May",
    "we need to cancel, sorry",
    "no me llamen ahora",
    "rufen Sie mich morgen an",
    "ich kann nicht mehr sprechen",
    "ne m'appelez pas ce matin",
    "I need your messages",
    "don't send me the contract yet",
    "I told you to stop by the office",
    "don't call me now, call me at five",
    "can you stop by tomorrow",
    "don't stop, go on",
    "do not call before noon",
    "I can't stop talking about it",
    "don't call me at work",
    "don't call me on Sundays",
    "please do not ring me here in the morning",
    "don't text me while I am driving",
    "never call after eight",
    "I don't want to unsubscribe",
    "please do not remove me from the list",
    "take me off hold",
    "who is calling?",
    "I will call you back",
    "we stopped using that last year",
    "the contract will end in May",
    "I had to cancel my trip",
    "the bus stop is near",
    "I never call people back",
    "you never call me, that is nice",
    "why don't you call me at five",
    "don't call me this morning",
    "please don't call so early",
    "we don't text during the day",
    "",
]


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_a_wish_for_another_time_and_plain_talk_are_no_opt_out(text: str) -> None:
    assert written(text) is None
    assert spoken(text) is None


@pytest.mark.row("S2-11")
@pytest.mark.parametrize("payload", sorted(BUTTONS))
def test_a_button_of_our_templates_is_an_opt_out(payload: str) -> None:
    assert by_button(payload.lower()) is not None
    found = written("Stop promotions", payload)
    assert found is not None
    assert found.how is How.BUTTON
    assert by_button("TELL_ME_MORE") is None


@pytest.mark.parametrize("text", ["end", "Cancel.", "no more"])
def test_words_that_are_common_in_talk_count_only_when_written(text: str) -> None:
    assert written(text) is not None
    assert spoken(text) is None


def test_a_spoken_stop_counts() -> None:
    assert spoken("Stop.") is not None


@given(st.text())
def test_no_text_however_odd_breaks_the_hearing(text: str) -> None:
    written(text, text)
    spoken(text)
