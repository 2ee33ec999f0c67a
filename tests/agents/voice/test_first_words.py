"""Who answered, from what they say first."""

import pytest

from agents.voice.first_words import read
from outreach.outcome import AnsweredBy


@pytest.mark.parametrize(
    ("words", "answered_by"),
    [
        ("Hello?", AnsweredBy.HUMAN),
        ("Yes, this is she, who is calling?", AnsweredBy.HUMAN),
        ("I am busy right now, call me tomorrow at three.", AnsweredBy.HUMAN),
        ("Hi, leave your name and number and I will call back.", AnsweredBy.VOICEMAIL),
        ("Please leave a message after the tone.", AnsweredBy.VOICEMAIL),
        ("You have reached my mailbox.", AnsweredBy.VOICEMAIL),
        ("I can't come to the phone right now.", AnsweredBy.VOICEMAIL),
        ("Bitte hinterlassen Sie eine Nachricht nach dem Signalton.", AnsweredBy.VOICEMAIL),
        ("Laissez un message après le bip.", AnsweredBy.VOICEMAIL),
        ("Please state your name and the reason for your call.", AnsweredBy.SCREENING),
        (
            "Go ahead and say your name, and I'll see if this person is available.",
            AnsweredBy.SCREENING,
        ),
        ("Thank you for calling. For sales, press one.", AnsweredBy.IVR),
    ],
)
def test_people_and_machines_are_told_apart(words: str, answered_by: AnsweredBy) -> None:
    reading = read(words, 2000, first=True)

    assert reading is not None
    assert reading.answered_by is answered_by
    assert reading.evidence in words


def test_a_speech_without_a_pause_is_a_machine() -> None:
    reading = read("We are a family business since long ago.", 11_000, first=True)

    assert reading is not None
    assert reading.answered_by is AnsweredBy.VOICEMAIL


def test_a_later_turn_says_something_only_when_a_machine_speaks() -> None:
    assert read("Yes, go on.", 900, first=False) is None
    assert read("After the tone, speak.", 900, first=False) is not None
