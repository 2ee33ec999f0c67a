"""Every code that a row can be refused with has words."""

from typing import get_args

from outreach.csv_rows import RowCode
from outreach.telling.rows import ROWS, rows

OF_THE_ENGINE = {
    "row_unreadable",
    "row_damaged",
    "duplicate_in_file",
    "already_in_campaign",
    "erased",
}


def test_every_code_has_words():
    assert set(ROWS) == {*get_args(RowCode)} | OF_THE_ENGINE
    assert not any(
        "_" in rows(code).replace("not_before", "").replace("consent_at", "") for code in ROWS
    )


def test_a_code_that_nobody_knows_is_readable():
    assert rows("some_new_code") == "refused: some new code"
