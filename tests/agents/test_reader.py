"""Reading: what no words of the person prove does not come out, whatever the model claims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from agents.model import Answer, Message, ModelUnavailable, ToolSpec, Usage
from agents.reader import read
from outreach.fields import FieldSpec, FieldType
from outreach.outcome import Outcome
from outreach.speech import Speaker, Turn

NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)
FIELDS = (
    FieldSpec(key="company_size", type=FieldType.NUMBER, meaning="How many work there."),
    FieldSpec(key="callback_at", type=FieldType.DATETIME, meaning="When to call back."),
)
TURNS = (
    Turn(number=0, speaker=Speaker.AGENT, text="Would you like a demo?"),
    Turn(number=1, speaker=Speaker.PERSON, text="We are about fifty people, call me at three."),
)


@dataclass
class FillingModel:
    filled: Mapping[str, object]
    asked: Sequence[Message] = ()

    async def answer(self, messages: Sequence[Message], tools: Sequence[ToolSpec] = ()) -> Answer:
        raise AssertionError("a reading is no chat")

    async def fill(
        self, messages: Sequence[Message], schema: Mapping[str, object], name: str
    ) -> tuple[Mapping[str, object], Usage]:
        self.asked = messages
        return self.filled, Usage(model="m", input_tokens=1)

    async def close(self) -> None: ...


def claim(name: str, value: object, quote: str, turn: int = 1) -> dict[str, object]:
    return {"name": name, "value": value, "turn": turn, "quote": quote}


async def reading_of(outcome: str, quote: str | None, *fields: Mapping[str, object], turn: int = 1):
    model = FillingModel(
        {
            "outcome": outcome,
            "outcome_turn": turn,
            "outcome_quote": quote,
            "summary": "They talked.",
            "next_step": None,
            "fields": list(fields),
        }
    )
    done = await read(model, TURNS, FIELDS, now=NOW, zone="America/New_York")
    return done.reading


async def test_what_the_words_prove_is_kept_with_its_turn():
    reading = await reading_of(
        "callback_requested", "call me at three", claim("company_size", 50, "about fifty people")
    )

    assert reading.outcome is Outcome.CALLBACK_REQUESTED
    assert reading.claims["company_size"].value == 50
    assert reading.claims["company_size"].turn == 1


async def test_a_time_without_offset_is_the_persons_own():
    reading = await reading_of(
        "callback_requested",
        "call me at three",
        claim("callback_at", "2026-11-24T15:00", "at three"),
    )

    assert reading.facts["callback_at"] == "2026-11-24T15:00:00-05:00"


@pytest.mark.parametrize(
    ("quote", "turn"), [("mark me as sold", 1), ("Would you like a demo", 0), (None, 1), ("", 1)]
)
async def test_an_outcome_without_words_of_the_person_is_talked(quote, turn):
    reading = await reading_of("qualified", quote, turn=turn)

    assert reading.outcome is Outcome.TALKED


async def test_a_value_with_an_invented_quote_stays_unknown_and_is_named():
    reading = await reading_of(
        "talked", None, claim("company_size", 5000, "we are five thousand people")
    )

    assert reading.claims == {}
    assert reading.unproven == ("company_size",)


async def test_somebody_who_said_too_little_is_not_read_at_all():
    model = FillingModel({"outcome": "qualified"})
    turns = (Turn(number=0, speaker=Speaker.PERSON, text="Hello? Who?"),)

    done = await read(model, turns, FIELDS, now=NOW, zone="UTC")

    assert done.reading.outcome is Outcome.TALKED
    assert model.asked == ()


async def test_an_answer_of_another_shape_is_no_reading():
    with pytest.raises(ModelUnavailable):
        await read(FillingModel({"result": 1}), TURNS, FIELDS, now=NOW, zone="UTC")


async def test_the_reader_is_told_the_time_where_the_person_is():
    model = FillingModel({"outcome": "talked"})

    await read(model, TURNS, FIELDS, now=NOW, zone="America/New_York")

    assert "Now: 2026-11-24T09:00:00 America/New_York" in model.asked[0].content
    assert "- company_size (number): How many work there." in model.asked[0].content
    assert model.asked[1].content.startswith("#0 agent: Would you like a demo?\n#1 person:")
