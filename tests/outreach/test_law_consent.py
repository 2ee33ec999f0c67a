"""A consent counts for as much as its basis is worth, held against what the law asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.gate import ConsentIs
from outreach.law.consent import (
    STRENGTH_OF,
    Strength,
    Word,
    enough_bases,
    lacking,
    on_record,
    standing,
    strength,
)
from outreach.law.law import Law
from tests.law import RULEBOOK

NEW_YORK_SALES = RULEBOOK.law(frozenset({"US-NY"}), "marketing")
NEW_YORK_SERVICE = RULEBOOK.law(frozenset({"US-NY"}), "service")
FRANCE = RULEBOOK.law(frozenset({"FR"}), "marketing")
TOLL_FREE = RULEBOOK.law(frozenset({"US-*"}), "marketing")
FRANCE_OR_AMERICA = RULEBOOK.law(frozenset({"US-NY", "FR"}), "marketing")
GIVEN, TAKEN_BACK = True, False


@pytest.mark.parametrize(
    ("law", "basis", "expected"),
    [
        (NEW_YORK_SERVICE, "express", ConsentIs.GIVEN),
        (NEW_YORK_SERVICE, "Opt-in", ConsentIs.GIVEN),
        (NEW_YORK_SALES, "Opt in", ConsentIs.WEAK),
        (NEW_YORK_SALES, "express_written", ConsentIs.GIVEN),
        (NEW_YORK_SALES, "Prior express written", ConsentIs.GIVEN),
        (TOLL_FREE, "express", ConsentIs.WEAK),
        (FRANCE, "express", ConsentIs.GIVEN),
        (FRANCE, "legitimate interest", ConsentIs.WEAK),
        (FRANCE_OR_AMERICA, "express", ConsentIs.WEAK),
        # Nobody knows what it means, so it means nothing.
        (FRANCE, "list 12", ConsentIs.WEAK),
    ],
)
def test_the_strictest_law_that_may_apply_says_which_basis_is_enough(
    law: Law, basis: str, expected: ConsentIs
) -> None:
    assert standing(on_record([(GIVEN, basis)]), law) is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ConsentIs.MISSING),
        ([(TAKEN_BACK, "withdrawn")], ConsentIs.REVOKED),
        ([(TAKEN_BACK, "withdrawn"), (GIVEN, "written")], ConsentIs.REVOKED),
        # A weaker word later does not undo a stronger one that still stands.
        ([(GIVEN, "express"), (GIVEN, "written")], ConsentIs.GIVEN),
        ([(GIVEN, "express"), (TAKEN_BACK, "withdrawn"), (GIVEN, "written")], ConsentIs.WEAK),
    ],
)
def test_only_what_was_said_since_the_last_withdrawal_counts(
    words: list[Word], expected: ConsentIs
) -> None:
    assert standing(on_record(words), NEW_YORK_SALES) is expected


def test_what_is_lacking_names_the_rule_and_what_there_is() -> None:
    said = lacking(on_record([(GIVEN, "opt-in")]), NEW_YORK_SALES)

    assert said == "a consent in writing by the rules of US; on record is an express consent"
    assert "US-CT" in lacking(on_record([]), TOLL_FREE)
    assert lacking(on_record([(GIVEN, "signed")]), NEW_YORK_SALES) == ""


@given(
    places=st.frozensets(st.sampled_from(["US-NY", "US-CT", "FR", "GB", "JP", "AE"]), min_size=1),
    more=st.frozensets(st.sampled_from(["US-*", "CA", "DE", "unlisted"])),
    basis=st.sampled_from([*STRENGTH_OF, "whatever"]),
)
def test_one_more_place_never_makes_less_consent_enough(
    places: frozenset[str], more: frozenset[str], basis: str
) -> None:
    found = on_record([(GIVEN, basis)])
    few, many = RULEBOOK.law(places, "marketing"), RULEBOOK.law(places | more, "marketing")

    if standing(found, many) is ConsentIs.GIVEN:
        assert standing(found, few) is ConsentIs.GIVEN


def test_what_a_database_is_told_is_the_same_table() -> None:
    told = enough_bases()

    assert set(told["written"]) < set(told["express"])
    assert all(strength(basis) >= Strength.EXPRESS for basis in told["express"])
    assert all(strength(basis) is Strength.WRITTEN for basis in told["written"])
