"""Nobody is greeted with "Hi ,": a value is there, has a default, or nothing is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.message_template import BadTemplate, Missing, Template, parse, render


def template(text: str) -> Template:
    parsed = parse(text)
    assert isinstance(parsed, Template), parsed
    return parsed


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("Hi {{ first_name }}!", {"first_name": "Ada"}, "Hi Ada!"),
        ("Hi {{first_name|default:'there'}}!", {}, "Hi there!"),
        ('Hi {{ first_name | default: "there" }}!', {"first_name": "  "}, "Hi there!"),
        ('{{ a | default: "" }}{{ b }}', {"b": " x "}, "x"),
        ("{{ extracted.callback_at }}", {"extracted.callback_at": "noon"}, "noon"),
        ("no places, one { and one }", {}, "no places, one { and one }"),
        ("", {}, ""),
    ],
)
def test_a_text_says_a_leads_values(text: str, values: dict[str, str], said: str) -> None:
    assert render(template(text), values) == said


def test_a_value_that_is_missing_without_default_stops_the_whole_text() -> None:
    parsed = template('{{ b }} {{ a }} {{ c | default: "x" }} {{ a | default: "y" }}')

    assert render(parsed, {"b": " "}) == Missing(names=("a", "b"))
    assert parsed.variables == {"a", "b", "c"}
    assert parsed.required == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("Hi {{ first name }}", 1, 4),
        ("Hi\n  {{ }}", 2, 3),
        ("{{ a }} {{ b", 1, 9),
        ("a }} b", 1, 3),
        ("{{ a | upper }}", 1, 1),
        ("{{ a | default: there }}", 1, 1),
        ("{{ 1 }}", 1, 1),
    ],
)
def test_a_text_that_cannot_be_read_says_where(text: str, line: int, column: int) -> None:
    bad = parse(text)

    assert isinstance(bad, BadTemplate)
    assert (bad.line, bad.column) == (line, column)


@given(st.text(), st.dictionaries(st.sampled_from(["a", "b"]), st.text()))
def test_any_text_is_read_or_refused_and_never_says_a_brace_pair(
    text: str, values: dict[str, str]
) -> None:
    parsed = parse(text)
    if isinstance(parsed, BadTemplate):
        assert parsed.line >= 1
        assert parsed.column >= 1
        return

    said = render(parsed, {})

    if isinstance(said, str) and not parsed.variables:
        assert said == text
    assert isinstance(render(parsed, values), str | Missing)
