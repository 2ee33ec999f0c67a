"""Every row of the checklist that is said to be built stands on a test."""

import textwrap

from tests.rows import PROMISED, TESTS, proofs


def test_every_promised_row_stands_on_a_test():
    found = proofs(TESTS)

    assert [row for row in PROMISED if row not in found] == []


def test_no_test_claims_a_row_that_nobody_promised():
    assert set(proofs(TESTS)) <= set(PROMISED)


def test_a_skipped_test_proves_nothing(tmp_path):
    (tmp_path / "test_it.py").write_text(
        textwrap.dedent(
            """
            import pytest

            @pytest.mark.row("A-1")
            @pytest.mark.row("A-2")
            async def test_works(): ...

            @pytest.mark.skip
            @pytest.mark.row("A-3")
            def test_is_skipped(): ...

            @pytest.mark.row("A-4")
            @pytest.mark.xfail(strict=True)
            def test_is_expected_to_fail(): ...

            @pytest.mark.row("A-5")
            def is_no_test(): ...
            """
        )
    )

    assert proofs(tmp_path) == {
        "A-1": ["test_it.py::test_works"],
        "A-2": ["test_it.py::test_works"],
    }
