"""The table that ships: complete, quoted, and each row says both yes and no."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import yaml
from phonenumbers.geodata import GEOCODE_DATA
from pydantic import ValidationError

from orchestrator.law.reading import read_rows
from outreach.hours import QUIET_HOURS, is_legal
from outreach.law.area_codes import AREA_CODES, STATE_OF, STATES
from outreach.law.row import UNLISTED, Table
from outreach.phone import Phone, Tie, parse_phone
from tests.law import RULEBOOK

ROWS = read_rows()
LISTED = sorted(ROWS.keys() - {UNLISTED})
WEDNESDAY_NIGHT = datetime(2027, 3, 3, 3, 0, tzinfo=UTC)
ZONE = frozenset({"UTC"})
"""Any clock will do: the rules are civil."""


def test_the_table_has_43_jurisdictions_and_one_row_for_all_others() -> None:
    assert len(LISTED) == 43
    assert {"US", "US-debt-collection", "GB", "FR", "NO"} < set(LISTED)


def test_norway_without_quotation_marks_is_refused_with_the_reason() -> None:
    text = yaml.safe_dump({"version": 1, "jurisdictions": [_plain("NO")]}).replace("'NO'", "NO")

    with pytest.raises(ValidationError, match="quotation marks"):
        Table.model_validate(yaml.safe_load(text))


def _plain(id: str) -> dict[str, object]:
    return {**ROWS[id].model_dump(mode="json", exclude_none=True), "id": id}


@pytest.mark.parametrize("id", sorted(ROWS))
def test_a_row_says_where_it_comes_from_and_how_far_it_was_checked(id: str) -> None:
    row = ROWS[id]

    assert row.says.endswith(".")
    assert all(row.sources)
    assert row.checked_on <= date(2026, 12, 31)
    if row.checked_by == "memory" and row.effect == "law":
        assert row.confidence != "high"


@pytest.mark.parametrize("id", LISTED)
def test_each_row_allows_one_moment_and_refuses_another(id: str) -> None:
    law = RULEBOOK.law(frozenset({id.replace("US-debt-collection", "US")}), _purpose(id))
    assert id in {row.id for row in law.rows}
    hours = ROWS[id].hours.week
    first = max(hours.days[2][0][0], QUIET_HOURS.days[2][0][0])
    opens = WEDNESDAY_NIGHT.replace(hour=0) + timedelta(minutes=first)
    # What was badly checked, or is not alone, may begin later; never earlier.
    noon = WEDNESDAY_NIGHT.replace(hour=12)

    assert is_legal(ZONE, law.hours, noon)
    assert not is_legal(ZONE, law.hours, opens - timedelta(minutes=1))
    assert not is_legal(ZONE, law.hours, WEDNESDAY_NIGHT)


def _purpose(id: str) -> str:
    return "debt_collection" if id == "US-debt-collection" else "marketing"


@pytest.mark.parametrize(
    ("place", "day", "open_at_eleven"),
    [
        ("US-UT", "2026-07-24", False),  # Pioneer Day
        ("US-NY", "2026-12-25", True),
        ("US-NE", "2026-12-25", False),
        ("US-AL", "2026-07-05", False),  # a Sunday
        ("FR", "2026-07-14", False),
        ("FR", "2026-07-15", True),
        ("DE", "2026-11-01", False),
        ("GB", "2026-11-30", False),  # Saint Andrew's, in Scotland alone: it may be there
        ("NO", "2026-05-17", False),
        ("JP", "2026-11-03", False),  # no row: its own holidays all the same
        ("JP", "2026-11-04", True),
    ],
)
def test_holidays_close_a_day_wherever_they_may_be_kept(
    place: str, day: str, open_at_eleven: bool
) -> None:
    law = RULEBOOK.law(frozenset({place}), "marketing")

    at = datetime.fromisoformat(f"{day}T11:00:00+00:00")
    assert is_legal(ZONE, law.hours, at) == open_at_eleven


def test_the_day_before_a_holiday_has_its_own_hours_in_italy() -> None:
    law = RULEBOOK.law(frozenset({"IT"}), "marketing")

    at = datetime(2026, 12, 24, 9, 30, tzinfo=UTC)
    assert not is_legal(ZONE, law.hours, at)
    assert is_legal(ZONE, law.hours, at - timedelta(days=1))


@pytest.mark.parametrize("id", [id for id in LISTED if ROWS[id].confidence == "low"])
def test_a_row_of_low_confidence_is_applied_at_its_strictest(id: str) -> None:
    """Joined with the cautious hours of countries that nobody has looked up."""
    law = RULEBOOK.law(frozenset({id}), "marketing")

    late, sunday = datetime(2027, 3, 3, 19, 0, tzinfo=UTC), datetime(2027, 3, 7, 12, 0, tzinfo=UTC)
    assert not is_legal(ZONE, law.hours, late)
    assert not is_legal(ZONE, law.hours, sunday)


def test_area_codes_agree_with_the_tables_of_the_phone_library() -> None:
    names = {"AK": "Alaska", "CA": "California", "NY": "New York", "TX": "Texas", "UT": "Utah"}
    for state, name in names.items():
        codes = {
            prefix[1:]
            for prefix, place in GEOCODE_DATA.items()
            if re.fullmatch(r"1\d{3}", prefix) and place.get("en") == name
        }
        assert codes <= set(AREA_CODES[state].split())
    assert len(STATES) == 51
    assert len(STATE_OF) == sum(len(codes.split()) for codes in AREA_CODES.values())


def test_every_american_area_code_that_numbers_have_belongs_to_a_state() -> None:
    for area in range(200, 1000):
        phone = parse_phone(f"+1{area}5550100")
        if isinstance(phone, Phone) and phone.country == "US" and phone.tie is Tie.AREA:
            assert str(area) in STATE_OF
