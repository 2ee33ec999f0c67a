"""A typed value is of its type or it is unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from outreach.fields import FieldSpec, FieldType, FieldValue, coerce


def spec(kind: str, *choices: str) -> FieldSpec:
    return FieldSpec(key="x", type=FieldType(kind), choices=choices)


@pytest.mark.row("S4-6")
@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (spec("text"), "  hello ", "hello"),
        (spec("text"), "  ", None),
        (spec("number"), "12", 12),
        (spec("number"), "-1250.50", -1250.5),
        (spec("number"), "1,250", None),
        (spec("number"), "1e9", None),
        (spec("number"), "nan", None),
        (spec("number"), "\u0663", None),
        (spec("boolean"), "YES", True),
        (spec("boolean"), "0", False),
        (spec("boolean"), "maybe", None),
        (spec("choice", "Basic", "Plus"), "plus", "Plus"),
        (spec("choice", "Basic", "Plus"), "gold", None),
        (spec("datetime"), "2026-03-02T09:00:00+01:00", "2026-03-02T09:00:00+01:00"),
        (spec("datetime"), "2026-03-02T09:00:00Z", "2026-03-02T09:00:00+00:00"),
        (spec("datetime"), "2026-03-02T09:00:00", None),
        (spec("datetime"), "soon", None),
    ],
)
def test_a_text_is_read_by_its_type(field: FieldSpec, text: str, value: FieldValue | None) -> None:
    found = coerce(field, text)

    assert found == value
    assert type(found) is type(value)


@given(st.sampled_from(FieldType), st.text())
def test_any_text_is_a_value_or_unknown(kind: FieldType, text: str) -> None:
    field = spec(kind, *(["a", "b"] if kind is FieldType.CHOICE else []))

    found = coerce(field, text)

    if found is not None:
        assert coerce(field, str(found)) == found


@pytest.mark.parametrize(
    "content",
    [
        {"key": "x", "type": "choice"},
        {"key": "x", "type": "text", "choices": ["a"]},
        {"key": "x", "type": "choice", "choices": ["a", "A"]},
        {"key": "Plan name"},
        {"key": "x", "type": "date"},
    ],
)
def test_a_field_that_makes_no_sense_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FieldSpec.model_validate(content)
