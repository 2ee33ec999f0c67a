"""A quote that swallows rows is found with its line; what spreadsheets write is left in peace."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.csv_quotes import Unclosed, unclosed_quote


def found(text: str, delimiter: str = ",") -> Unclosed | None:
    return unclosed_quote(text.splitlines(keepends=True), delimiter)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('a,b\n1,"two\n3,4\n', 2, 2),
        ('a,b\n1,2\n"3,4\n5,6\n', 3, 1),
        ('a,b\n1,"two\n3,"four"\n5,6\n', 2, 2),
        ('a,b\n1,"two\n3,"four, or more"\n5,"six"\n', 2, 2),
        ('a,b\n1,"he said ""yes\n3,4\n', 2, 2),
        ('a,b\n"1\n1",2\n3,"four\n', 4, 2),
    ],
)
def test_the_line_and_the_cell_of_an_unclosed_quote_are_named(text: str, line: int, column: int):
    assert found(text) == Unclosed(line=line, column=column)


@pytest.mark.parametrize(
    "text",
    [
        'a,b\n1,"two\nlines"\n3,4\n',
        'a,b\n1,"he said ""yes"""\n3,4\n',
        'a,b\n5" pipe,2\n3,4\n',
        'a,b\n1,"two" or so\n3,4\n',
        'a,b\r\n"1","2"\r\n"3","4"\r\n',
        'a,b\n"",""\n3,4',
    ],
)
def test_what_is_closed_is_no_complaint(text: str):
    assert found(text) is None


CELLS = st.text(alphabet='ab,;"\n\r é', max_size=8)


@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(",;"),
)
def test_whatever_a_csv_writer_writes_is_closed(rows, quoting, delimiter):
    file = StringIO(newline="")
    csv.writer(file, quoting=quoting, delimiter=delimiter).writerows(rows)
    file.seek(0)

    assert unclosed_quote(file, delimiter) is None
