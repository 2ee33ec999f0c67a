"""A deployment may ask for more than the law, and is told when it asks for less."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.law.reading import read_rulebook
from outreach.errors import Rejected
from outreach.hours import is_legal
from outreach.law.places import ANY_STATE
from outreach.law.row import UNLISTED
from outreach.law.tightening import Stricter
from tests.law import RULEBOOK

UTC_ZONE = frozenset({"UTC"})
WEDNESDAY = datetime(2027, 3, 3, tzinfo=UTC)


def stricter(**changes: object) -> Stricter:
    return Stricter.model_validate(changes)


def test_narrower_hours_hold_and_days_that_are_not_named_stay() -> None:
    book = read_rulebook(stricter={"GB": stricter(hours={"wed": "10:00-12:00", "sat": []})})
    law = book.law(frozenset({"GB"}), "service")

    assert not is_legal(UTC_ZONE, law.hours, WEDNESDAY + timedelta(hours=9))
    assert is_legal(UTC_ZONE, law.hours, WEDNESDAY + timedelta(hours=10))
    assert is_legal(UTC_ZONE, law.hours, WEDNESDAY + timedelta(days=1, hours=9))
    assert not is_legal(UTC_ZONE, law.hours, WEDNESDAY + timedelta(days=3, hours=10))


def test_lower_caps_and_written_consent_hold() -> None:
    own = stricter(caps=[{"limit": 1, "within": "P7D"}], consent="written")
    law = read_rulebook(stricter={"FR": own}).law(frozenset({"FR"}), "service")

    assert {(cap.limit, cap.within.days) for cap in law.caps} == {(1, 7), (4, 30)}
    assert law.consent == "written"


@pytest.mark.parametrize(
    ("id", "places"),
    [
        ("JP", {"JP"}),
        ("US-NY", {"US-NY"}),
        ("US-NY", {ANY_STATE}),
        ("US", {"US-NY"}),
        (UNLISTED, {"JP"}),
        (UNLISTED, {UNLISTED}),
    ],
)
def test_places_without_a_row_can_be_tightened_too(id: str, places: set[str]) -> None:
    book = read_rulebook(stricter={id: stricter(caps=[{"limit": 1, "within": "P2D"}])})

    before = RULEBOOK.law(frozenset(places), "service").caps
    after = book.law(frozenset(places), "service").caps
    assert {cap.within.days for cap in after} - {cap.within.days for cap in before} == {2}


@pytest.mark.parametrize(
    ("id", "wanted", "complaint"),
    [
        ("FR", {"hours": {"mon": "09:00-12:00"}}, "mon 09:00-12:00 is not within 10:00-13:00"),
        ("FR", {"hours": {"sat": "10:00-12:00"}}, "not within a day that is closed"),
        ("FR", {"hours": {"holiday": "10:00-12:00"}}, "not within a day that is closed"),
        ("CA", {"hours": {"mon-fri": "09:00-21:30"}}, "is not within 08:00-21:00"),
        ("AE", {"caps": [{"limit": 2, "within": "P1D"}]}, "2 is more than the 1 that AE allows"),
        ("US-NY", {"hours": {"mon": "07:00-09:00"}}, "is not within 08:00-21:00"),
    ],
)
def test_what_is_looser_than_the_table_is_refused_with_the_place_and_the_reason(
    id: str, wanted: dict[str, object], complaint: str
) -> None:
    with pytest.raises(Rejected, match=complaint) as refused:
        read_rulebook(stricter={id: stricter(**wanted)})

    assert refused.value.code == "rule_loosened"
    assert refused.value.where == f"compliance.jurisdictions.{id}"


@pytest.mark.parametrize("id", ["USA", "US-XX", "XX", "FR-75"])
def test_a_place_that_nobody_knows_is_refused(id: str) -> None:
    with pytest.raises(Rejected, match="no country and no state"):
        read_rulebook(stricter={id: stricter()})
