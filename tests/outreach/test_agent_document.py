"""An agent's document is read in full, and its texts can be rendered for a lead."""

from typing import Any

import pytest

from outreach.agent_document import Agent
from outreach.documents import parse_document
from outreach.message_template import Missing
from outreach.variables import unknown
from outreach.whatsapp_template_document import (
    WhatsAppTemplate,
    content_variables,
    written_out,
)


def read(**changes: Any) -> object:
    content = {
        "kind": "agent",
        "name": "ada",
        "title": "Ada",
        "persona": "Friendly and brief.",
        "goal": "Agree on a visit.",
        "opener": "Hello {{ first_name | default: 'there' }}, I am an AI assistant.",
    }
    return parse_document(content | changes, lambda path: "ada.yaml:1")


def test_an_agent_needs_little_and_may_say_much() -> None:
    agent = read(
        objections=[{"when": "too expensive", "say": "There is a smaller plan for {{ company }}."}],
        extraction=[{"key": "interested", "type": "boolean", "meaning": "wants a visit"}],
        voicemail_message="Hello {{ first_name }}.",
        tools=["end_call"],
    )

    assert isinstance(agent, Agent)
    assert "Hello {{ first_name }}." in agent.texts
    assert unknown(agent.texts, ()) == {}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"opener": "Hello {{ first name }}"}, "line 1, column 7"),
        ({"prompts": {"call": "Be {{ kind"}}, "column"),
        ({"tools": ["end_call", "end_call"]}, "a tool is listed twice"),
        ({"tools": ["launch_rocket"]}, "end_call"),
        ({"extraction": [{"key": "a"}, {"key": "a"}]}, "same key"),
        ({"language": "English"}, "language"),
        (
            {"other_languages": [{"language": "en-GB", "opener": "Hi", "goodbye": "Bye"}]},
            "a language is listed twice",
        ),
        ({"max_call_s": 5}, "20 or more"),
        ({"openner": "x"}, "Did you mean opener?"),
        ({"persona": " "}, "persona"),
    ],
)
def test_an_agent_that_cannot_work_is_refused_with_the_place(
    changes: dict[str, Any], complaint: str
) -> None:
    found = read(**changes)

    assert isinstance(found, tuple)
    assert complaint.lower() in " ".join(map(str, found)).lower()


def test_names_that_no_lead_has_are_found_with_the_nearest_that_exists() -> None:
    found = unknown(["{{ plan }} {{ compny }} {{ first_name }}", "{{ zzz }}"], {"plan"})

    assert found == {"compny": "company", "zzz": None}


INTRO = WhatsAppTemplate(
    kind="template",
    name="intro",
    category="utility",
    body="Hello {{1}}, this is about {{2}}.",
    variables={"1": "{{ first_name | default: 'there' }}", "2": "{{ company }}"},
)


def test_a_template_is_filled_and_shown_as_the_person_reads_it() -> None:
    filled = content_variables(INTRO, {"company": "Example\n\n  Ltd"})

    assert filled == {"1": "there", "2": "Example Ltd"}
    assert written_out(INTRO, filled) == "Hello there, this is about Example Ltd."


def test_a_template_lacking_a_value_is_not_sent() -> None:
    assert content_variables(INTRO, {"first_name": "Sam"}) == Missing(names=("company",))
