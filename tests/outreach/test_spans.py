"""Spans of time are ISO 8601 in documents and survive being written down."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.spans import format_span, parse_span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("PT2H", timedelta(hours=2)),
        ("P1D", timedelta(days=1)),
        ("P1DT12H30M5S", timedelta(days=1, hours=12, minutes=30, seconds=5)),
        ("p2w", timedelta(weeks=2)),
        ("PT90M", timedelta(minutes=90)),
    ],
)
def test_a_span_is_read(text: str, span: timedelta) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "2h", "120", "-P1D", "P1M", "P1Y", "PT1.5H", "P999999999D"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"span|longer"):
        parse_span(text)


@given(st.timedeltas(timedelta(0), timedelta(days=366)))
def test_a_span_survives_being_written_down(span: timedelta) -> None:
    whole = timedelta(seconds=int(span.total_seconds()))

    assert parse_span(format_span(whole)) == whole
