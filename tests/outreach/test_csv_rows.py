"""A row becomes a lead as it stands, or is refused with what to do about it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.channel import ChannelName
from outreach.csv_rows import ColumnMap, LeadRow, RowRejected, map_header, parse_row
from outreach.errors import Rejected
from outreach.fields import FieldSpec, FieldType

VOICE = frozenset({ChannelName.VOICE})
WHATSAPP = frozenset({ChannelName.WHATSAPP})
BOTH = VOICE | WHATSAPP

FIELDS = (
    FieldSpec(key="plan", label="Current plan", type=FieldType.CHOICE, choices=("Basic", "Plus")),
    FieldSpec(key="seats", type=FieldType.NUMBER),
    FieldSpec(key="renews_at", type=FieldType.DATETIME),
    FieldSpec(key="vip", type=FieldType.BOOLEAN),
)


def columns(
    header: list[str], channels: frozenset[ChannelName] = VOICE, fields: Any = FIELDS
) -> ColumnMap:
    found = map_header(header, fields, channels)
    assert isinstance(found, ColumnMap), found
    return found


def row(channels: frozenset[ChannelName] = VOICE, **cells: str) -> LeadRow | RowRejected:
    cells = {"phone": "+442079460123"} | cells
    return parse_row(columns(list(cells), channels), list(cells.values()))


def lead(channels: frozenset[ChannelName] = VOICE, **cells: str) -> LeadRow:
    found = row(channels, **cells)
    assert isinstance(found, LeadRow), found
    return found


def refused(channels: frozenset[ChannelName] = VOICE, **cells: str) -> RowRejected:
    found = row(channels, **cells)
    assert isinstance(found, RowRejected), found
    return found


@pytest.mark.row("S4-8")
def test_headers_find_their_fields_in_any_case_and_under_common_names() -> None:
    found = columns(
        ["\ufeffMobile", "First Name", "E-Mail", "Current Plan", "SEATS", "Favourite colour", ""]
    )

    assert found.reserved == {"phone": 0, "first_name": 1, "email": 2}
    assert [(spec.key, position) for spec, position in found.custom] == [("plan", 3), ("seats", 4)]
    assert found.unknown == ("Favourite colour", "")


@pytest.mark.row("S4-8")
def test_a_campaigns_own_field_wins_over_an_alias_but_not_over_a_reserved_name() -> None:
    own = (FieldSpec(key="mobile", label="Phone"), FieldSpec(key="position"))

    found = columns(["phone", "mobile", "position"], fields=own)

    assert found.reserved == {"phone": 0}
    assert [spec.key for spec, _ in found.custom] == ["mobile", "position"]


@pytest.mark.parametrize(
    ("header", "channels", "code", "said"),
    [
        (["name"], VOICE, "no_phone_column", "Add a column phone."),
        (["fone", "name"], VOICE, "no_phone_column", "Rename fone to phone."),
        (["whatsapp"], VOICE, "no_phone_column", "called phone"),
        (["phone", "mobile"], VOICE, "column_twice", "mean the same as mobile"),
        (["phone", "plan", "Current plan"], VOICE, "column_twice", "Current plan"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_before_its_rows(
    header: list[str], channels: frozenset[ChannelName], code: str, said: str
) -> None:
    found = map_header(header, FIELDS, channels)

    assert isinstance(found, Rejected)
    assert found.code == code
    assert said in str(found)


def test_a_required_field_must_have_a_column() -> None:
    found = map_header(["phone"], (FieldSpec(key="seats", required=True),), VOICE)

    assert isinstance(found, Rejected)
    assert found.code == "required_column_missing"


@pytest.mark.row("S4-6")
def test_a_row_becomes_a_lead_with_its_phone_and_typed_fields() -> None:
    found = lead(
        first_name=" Sam ",
        email="sam@example.com",
        country="gb",
        time_zone="Europe/London",
        plan="plus",
        seats="12",
        renews_at="2026-05-01T00:00:00+00:00",
        vip="Yes",
        not_before="2026-03-02T09:00:00+01:00",
        consent="express",
        consent_source="form",
        consent_at="2026-01-01T00:00:00Z",
    )

    assert found.phone is not None
    assert found.phone.e164 == "+442079460123"
    assert (found.first_name, found.country, found.time_zone) == ("Sam", "GB", "Europe/London")
    assert found.fields == {
        "plan": "Plus",
        "seats": 12,
        "renews_at": "2026-05-01T00:00:00+00:00",
        "vip": True,
    }
    assert found.not_before == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert found.consent is not None
    assert (found.consent.basis, found.consent.source) == ("express", "form")


@pytest.mark.parametrize("basis", ["", "no", "None", "false"])
def test_consent_is_never_assumed(basis: str) -> None:
    assert lead(consent=basis, consent_source="form").consent is None
    assert lead().consent is None


@pytest.mark.row("S4-7")
@pytest.mark.parametrize(
    ("cells", "code", "said"),
    [
        ({"phone": ""}, "phone_missing", "country's code"),
        ({"phone": "020 7946 0123", "country": "GB"}, "phone_not_e164", "+442079460123"),
        ({"phone": "+4420"}, "phone_not_e164", "country's code"),
        ({"phone": "+442079460123456"}, "phone_invalid", "digits"),
        ({"country": "England"}, "bad_country", "ISO code"),
        ({"time_zone": "Europe/Lodnon"}, "unknown_time_zone", "Did you mean Europe/London?"),
        ({"email": "sam at example.com"}, "bad_email", "e-mail"),
        ({"not_before": "tomorrow"}, "bad_not_before", "2026-03-02T09:00:00+01:00"),
        ({"not_before": "2026-03-02T09:00:00"}, "bad_not_before", "offset"),
        ({"consent": "express", "consent_at": "May"}, "bad_consent_at", "offset"),
        ({"seats": "a dozen"}, "bad_field", "digits"),
        ({"plan": "Gold"}, "bad_field", "Write one of Basic, Plus."),
        ({"vip": "perhaps"}, "bad_field", "yes or no"),
        ({"first_name": "x" * 5000}, "cell_too_long", "characters"),
        ({"first_name": "x\x00"}, "control_character", "NUL"),
    ],
)
def test_a_row_that_cannot_be_used_says_why_and_what_to_do(
    cells: dict[str, str], code: str, said: str
) -> None:
    found = refused(**cells)

    assert found.code == code
    assert said in f"{found.message} {found.suggestion}"


@pytest.mark.parametrize(
    ("cells", "code"), [(["+442079460123"], "too_few_cells"), (["a"] * 3, "too_many_cells")]
)
def test_a_row_of_another_width_is_refused(cells: list[str], code: str) -> None:
    found = parse_row(columns(["phone", "first_name"]), cells)

    assert isinstance(found, RowRejected)
    assert found.code == code


def test_an_empty_required_field_is_refused() -> None:
    own = (FieldSpec(key="seats", type=FieldType.NUMBER, required=True),)

    found = parse_row(columns(["phone", "seats"], fields=own), ["+442079460123", " "])

    assert isinstance(found, RowRejected)
    assert (found.code, found.column) == ("field_missing", "seats")


@pytest.mark.parametrize(
    ("channels", "cells", "phone", "whatsapp"),
    [
        (VOICE, {}, "+442079460123", None),
        (BOTH, {}, "+442079460123", "+442079460123"),
        (BOTH, {"whatsapp": "no"}, "+442079460123", None),
        (BOTH, {"whatsapp": ""}, "+442079460123", None),
        (BOTH, {"whatsapp": "yes"}, "+442079460123", "+442079460123"),
        (BOTH, {"whatsapp": "whatsapp:+33199001234"}, "+442079460123", "+33199001234"),
        (BOTH, {"phone": "", "whatsapp": "+33199001234"}, None, "+33199001234"),
        (WHATSAPP, {"phone": "bad", "whatsapp": "+33199001234"}, None, "+33199001234"),
        (BOTH, {"whatsapp": "bad"}, "+442079460123", None),
    ],
)
def test_each_channel_takes_the_number_that_is_its_own(
    channels: frozenset[ChannelName], cells: dict[str, str], phone: str | None, whatsapp: str | None
) -> None:
    found = lead(channels, **cells)

    assert (found.phone.e164 if found.phone else None) == phone
    assert (found.whatsapp.e164 if found.whatsapp else None) == whatsapp


def test_a_bad_phone_is_kept_as_a_problem_when_whatsapp_makes_up_for_it() -> None:
    found = lead(BOTH, phone="020 7946 0123", whatsapp="+33199001234", country="GB")

    assert found.phone_problem is not None
    assert "+442079460123" in found.phone_problem.suggestion


def test_a_row_that_no_step_can_use_is_refused_for_its_number() -> None:
    assert refused(BOTH, phone="020", whatsapp="no").code == "phone_not_e164"
    assert refused(WHATSAPP, phone="", whatsapp="12").code == "bad_whatsapp"


CELLS = st.text(max_size=30)


@given(st.lists(CELLS, max_size=14))
def test_no_row_however_odd_breaks_the_reading(cells: list[str]) -> None:
    header = ["phone", "country", "time_zone", "email", "whatsapp", "consent", "consent_at"]
    header += ["not_before", "plan", "seats", "renews_at", "vip"]

    found = parse_row(columns(header, BOTH), cells)

    assert isinstance(found, LeadRow | RowRejected)
    wide = parse_row(columns(header, BOTH), (cells + [""] * 12)[:12])
    assert isinstance(wide, LeadRow | RowRejected)


@given(st.lists(st.text(max_size=20), max_size=10))
def test_no_header_however_odd_breaks_the_mapping(header: list[str]) -> None:
    assert isinstance(map_header(header, FIELDS, VOICE), ColumnMap | Rejected)
