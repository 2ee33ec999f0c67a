"""The simulated agent talks like a short-spoken person and uses the tools it was given."""

import pytest

from simulator import cast
from simulator.model_brain import answer
from simulator.model_chat import ChatRequest
from simulator.model_meaning import Meaning, meaning

OPENER = "Hello, this is a call about our product. Do you have a minute?"
TOOLS = {
    "end_call": "reason",
    "schedule_callback": "when",
    "do_not_contact": "words",
}


def offered(*names: str) -> list[dict]:
    return [
        {
            "type": "function",
            "function": {
                "name": name,
                "parameters": {
                    "type": "object",
                    "properties": {TOOLS[name]: {"type": "string"}},
                    "required": [TOOLS[name]],
                },
            },
        }
        for name in names
    ]


class Talk:
    """A conversation that goes on as the product would lead it."""

    def __init__(self, *tools: str, prompt: str = "You are an agent on the phone.") -> None:
        self.messages: list[dict] = [
            {"role": "system", "content": prompt},
            {"role": "assistant", "content": OPENER},
        ]
        self.tools = offered(*tools)
        self.used: dict[str, dict] = {}
        self.said: list[str] = []

    def hear(self, text: str, result: str = "Done.") -> str:
        """The person says this; returns what we said in answer."""
        self.messages.append({"role": "user", "content": text})
        before = len(self.said)
        for _ in range(4):
            turn = answer(
                ChatRequest.model_validate(
                    {"model": "m", "messages": self.messages, "tools": self.tools}
                )
            )
            if turn.text:
                self.said.append(turn.text)
            calls = [
                {"id": tool.name, "function": {"name": tool.name, "arguments": "{}"}}
                for tool in turn.tools
            ]
            self.messages.append(
                {"role": "assistant", "content": turn.text, "tool_calls": calls or None}
            )
            for tool in turn.tools:
                self.used[tool.name] = tool.arguments
                self.messages.append({"role": "tool", "tool_call_id": tool.name, "content": result})
            if not turn.tools:
                break
        return " ".join(self.said[before:])


def test_an_interested_person_is_asked_two_things_and_thanked():
    talk = Talk(*TOOLS)

    first = talk.hear(cast.INTERESTED.lines[0].text)
    last = talk.hear(cast.INTERESTED.lines[1].text)

    assert "How many people" in first
    assert "when would you like to start" in first
    assert "details" in last
    assert list(talk.used) == ["end_call"]


def test_an_opt_out_is_recorded_before_we_say_goodbye():
    talk = Talk(*TOOLS)

    said = talk.hear(cast.OPT_OUT.lines[0].text)

    assert list(talk.used) == ["do_not_contact", "end_call"]
    assert talk.used["do_not_contact"] == {"words": cast.OPT_OUT.lines[0].text}
    assert said == "You will not hear from us again."


@pytest.mark.parametrize(
    ("text", "when"),
    [
        (cast.BUSY.lines[0].text, "tomorrow at three"),
        (cast.CALLBACK.lines[0].text, "on Monday at ten o'clock"),
        ("Please call me back on Friday afternoon at 4 pm", "on Friday afternoon at 4 pm"),
        ("Can you try again in two hours?", "in two hours"),
    ],
)
def test_a_callback_is_planned_in_the_persons_own_words(text, when):
    talk = Talk(*TOOLS)

    said = talk.hear(text)

    assert talk.used["schedule_callback"] == {"when": when}
    assert when in said


def test_a_refused_callback_is_asked_for_again():
    talk = Talk(*TOOLS)

    said = talk.hear(cast.BUSY.lines[0].text, result="Refused: outside the hours of that place.")

    assert said.endswith("Which day and hour would suit you?")
    assert "end_call" not in talk.used


@pytest.mark.parametrize(
    "persona",
    [cast.NOT_INTERESTED, cast.ANGRY, cast.WRONG_PERSON, cast.OTHER_LANGUAGE],
    ids=lambda persona: persona.name,
)
def test_who_wants_nothing_is_let_go_at_once(persona):
    talk = Talk(*TOOLS)

    talk.hear(persona.lines[0].text)

    assert list(talk.used) == ["end_call"]


def test_hostile_speech_gets_a_refusal_and_no_tool():
    talk = Talk(*TOOLS)

    said = talk.hear(cast.HOSTILE.lines[0].text)

    assert said.startswith("I cannot do that.")
    assert talk.used == {}


def test_nobody_is_offered_the_same_thing_for_ever():
    talk = Talk(*TOOLS)
    for _ in range(3):
        talk.hear("Hmm, the weather.")

    assert "end_call" in talk.used


def test_on_the_phone_every_answer_is_short():
    for persona in cast.EVERYBODY:
        talk = Talk(*TOOLS)
        for line in persona.lines:
            talk.hear(line.text)
        assert all(len(said.split()) <= 20 for said in talk.said), persona.name


def test_in_a_chat_the_last_words_come_after_the_tools_because_only_they_are_sent():
    talk = Talk(*TOOLS, prompt="You are an agent writing on WhatsApp.")

    talk.hear("No thanks, we are not interested.")

    assert list(talk.used) == ["end_call"]
    assert talk.messages[-1] == {
        "role": "assistant",
        "content": "I understand. Thank you for your time.",
        "tool_calls": None,
    }


def test_a_chat_finds_out_one_thing_at_a_time_and_ends():
    talk = Talk(*TOOLS, prompt="You are an agent writing on WhatsApp.")

    replies = [talk.hear(reply.text) for reply in cast.INTERESTED.whatsapp]

    assert replies == [
        "Good to know. When would you like to start?",
        "Thank you. A colleague will send you the details.",
        "Thank you, have a good day.",
    ]


def test_a_greeting_after_our_opener_is_not_answered_by_a_second_one():
    prompt = 'You are Ada, an agent on the phone. Said: your opening sentence was "Hello".'
    request = ChatRequest.model_validate(
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": prompt},
                {"role": "user", "content": "Hello?"},
            ],
        }
    )

    assert answer(request).text == "Would a short demo of our product interest you?"


@pytest.mark.parametrize("text", ["STOP", "Stop", "unsubscribe", "Please delete my number now"])
def test_every_usual_way_to_opt_out_is_understood(text):
    assert meaning(text) is Meaning.OPT_OUT


@pytest.mark.parametrize("text", ["Can we stop by on Monday?", "The end of the year is fine"])
def test_the_word_alone_is_no_opt_out(text):
    assert meaning(text) is not Meaning.OPT_OUT


def test_what_people_write_is_understood_like_what_they_say():
    expected = {
        "interested": Meaning.INTERESTED,
        "not_interested": Meaning.NOT_INTERESTED,
        "busy": Meaning.CALLBACK,
        "opt_out": Meaning.OPT_OUT,
        "wrong_person": Meaning.WRONG_PERSON,
        "other_language": Meaning.LANGUAGE,
        "no_answer_stop": Meaning.OPT_OUT,
        "no_answer_declines": Meaning.NOT_INTERESTED,
        "engaged_line": Meaning.INTERESTED,
    }
    understood = {
        persona.name: meaning(persona.whatsapp[0].text)
        for persona in cast.EVERYBODY
        if persona.name in expected
    }

    assert understood == expected
