"""What a model concluded counts only as far as the person's own words prove it."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.fields import FieldSpec, FieldType
from outreach.outcome import Outcome
from outreach.reading import (
    WireReading,
    is_too_thin,
    person_words,
    reading_schema,
    transcript,
    verify,
)
from outreach.speech import Speaker, Turn

FIELDS = (
    FieldSpec(key="interested", type=FieldType.BOOLEAN, meaning="wants to hear more"),
    FieldSpec(key="seats", type=FieldType.NUMBER),
    FieldSpec(key="plan", type=FieldType.CHOICE, choices=("Basic", "Plus")),
    FieldSpec(key="callback_at", type=FieldType.DATETIME),
    FieldSpec(key="note"),
)


def said(*texts: str) -> list[Turn]:
    """Agent and person in turn, the agent first."""
    speakers = (Speaker.AGENT, Speaker.PERSON)
    return [
        Turn(number=number, speaker=speakers[number % 2], text=text)
        for number, text in enumerate(texts)
    ]


TALK = said(
    "Hello, would you like to hear more?",
    "Yes, I\u2019d love to \u2013 we have   Twelve seats.",
    "Which plan do you have?",
    "The plus plan. Call me at three.",
)


def read(outcome: str = "interested", **changes: Any) -> WireReading:
    return WireReading.model_validate(
        {
            "outcome": outcome,
            "outcome_turn": 1,
            "outcome_quote": "I'd love to",
            "summary": "They want more.",
            "next_step": "Send a brochure.",
            "fields": [],
            **changes,
        }
    )


def field(name: str, value: object, turn: int | None, quote: str | None) -> dict[str, object]:
    return {"name": name, "value": value, "turn": turn, "quote": quote}


def test_a_quote_that_stands_in_the_turn_proves_the_outcome() -> None:
    found = verify(read(), TALK, FIELDS)

    assert found.outcome is Outcome.INTERESTED
    assert (found.outcome_turn, found.outcome_quote) == (1, "I\u2019d love to")
    assert found.summary == "They want more."


@pytest.mark.parametrize(
    "quote",
    ["YES I'D LOVE TO", "  yes,   i'd love to - we have", "seats", "I\u2019d love to \u2013 we"],
)
def test_case_blanks_and_punctuation_do_not_matter(quote: str) -> None:
    assert verify(read(outcome_quote=quote), TALK, FIELDS).outcome is Outcome.INTERESTED


@pytest.mark.parametrize(
    ("turn", "quote"),
    [
        (1, "I would love to"),
        (3, "I'd love to"),
        (0, "would you like to hear more"),
        (9, "I'd love to"),
        (None, "I'd love to"),
        (1, None),
        (1, ""),
        (1, "..."),
        (1, "love seats"),
        (1, "eats"),
    ],
)
def test_without_a_quote_that_holds_they_only_talked(turn: int | None, quote: str | None) -> None:
    found = verify(read(outcome_turn=turn, outcome_quote=quote), TALK, FIELDS)

    assert found.outcome is Outcome.TALKED
    assert (found.outcome_turn, found.outcome_quote) == (None, "")


@pytest.mark.parametrize("outcome", ["no_answer", "replied", "delighted", ""])
def test_a_reader_cannot_name_what_is_no_conversation(outcome: str) -> None:
    assert verify(read(outcome), TALK, FIELDS).outcome is Outcome.TALKED


def test_values_need_their_own_proof_and_their_type() -> None:
    found = verify(
        read(
            fields=[
                field("interested", True, 1, "I'd love to"),
                field("seats", "12", 1, "twelve seats"),
                field("plan", "plus", 3, "the plus plan"),
                field("callback_at", "three", 3, "at three"),
                field("note", "made up", 3, "we are closing down"),
                field("unasked", "x", 1, "seats"),
            ]
        ),
        TALK,
        FIELDS,
    )

    assert found.facts == {"interested": True, "seats": 12, "plan": "Plus"}
    assert found.claims["seats"].quote == "Twelve seats"
    assert found.unproven == ("callback_at", "note")


def test_a_value_of_null_is_unknown_and_not_unproven() -> None:
    found = verify(read(fields=[field("seats", None, None, None)]), TALK, FIELDS)

    assert found.facts == {}
    assert found.unproven == ()


def test_too_few_words_decide_nothing_whatever_the_model_says() -> None:
    thin = said("Hello?", "Yes yes.", "Are you interested?")

    found = verify(read(outcome_quote="yes yes"), thin, FIELDS)

    assert is_too_thin(thin)
    assert not is_too_thin(TALK)
    assert person_words(thin) == 2
    assert found.outcome is Outcome.TALKED


def test_the_transcript_numbers_every_turn() -> None:
    assert (
        transcript(TALK).splitlines()[1]
        == "#1 person: Yes, I\u2019d love to \u2013 we have Twelve seats."
    )


def test_the_schema_takes_what_verify_reads_and_nothing_else() -> None:
    schema = reading_schema(FIELDS)
    answer = read(fields=[field("seats", 12, 1, "twelve seats")]).model_dump(mode="json")

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(answer, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer | {"outcome": "no_answer"}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer | {"fields": [field("unasked", 1, 1, "x")]}, schema)
    strict = json.dumps(schema)
    assert strict.count('"additionalProperties": false') == 2


WORDS = st.lists(st.sampled_from(["yes", "no", "call", "me", "later", "I'm", "fine"]), min_size=1)


@given(WORDS, WORDS, st.data())
def test_whatever_is_kept_stands_in_the_persons_words(
    person: list[str], made_up: list[str], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(person) - 1))
    end = data.draw(st.integers(start + 1, len(person)))
    true_quote, other = " ".join(person[start:end]), " ".join(made_up)
    turns = said("Hello", ", ".join(person))

    proven = verify(read(outcome_quote=true_quote.upper()), turns, FIELDS, thin_words=0)
    claimed = verify(read(outcome_quote=other), turns, FIELDS, thin_words=0)

    assert proven.outcome is Outcome.INTERESTED
    assert proven.outcome_quote in turns[1].text
    if claimed.outcome is Outcome.INTERESTED:
        assert other in " ".join(person)
