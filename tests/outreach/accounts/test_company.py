"""Whose company it is, what is known of it, and whose word counts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.accounts.company_identity import (
    Place,
    Said,
    company_domain,
    domain_of,
    name_key,
    sort_in,
)
from outreach.accounts.company_profile import Known, Source, Value, may_replace, parse_value
from outreach.accounts.free_mail import FREE_MAIL
from outreach.errors import Rejected

AT = datetime(2031, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("Lee@North.Example", "north.example"),
        ("lee@mail.north.example", "mail.north.example"),
        ("lee@example.com", None),
        ("lee@gmail.com", None),
        ("lee@eu.gmail.com", None),
        ("lee@example", None),
        ("lee", None),
        ("", None),
    ],
)
def test_an_address_says_its_domain_and_free_mail_nothing(email: str, domain: str | None):
    assert domain_of(email) == domain


def test_a_domain_is_read_as_people_write_it():
    assert company_domain("https://www.North.example/about") == "north.example"
    assert company_domain("gmail.com") is None


@pytest.mark.parametrize(
    "name", ["Northwind", "NORTHWIND, Inc.", "Northwind GmbH & Co. KG", " northwind  s.a. "]
)
def test_a_name_is_known_again_without_its_legal_form(name: str):
    assert name_key(name) == "northwind"


def test_a_name_that_is_but_a_form_stays():
    assert name_key("SA") == "sa"
    assert name_key("?!") == ""


def said(person: int, company: str = "", email: str = "") -> Said[int]:
    return Said(person=person, company=company, email=email)


def people(found: tuple[Place[int], ...]) -> list[tuple[str, list[str], list[int]]]:
    return [(one.name, one.domains, one.people) for one in found]


@pytest.mark.row("S0-3")
def test_one_name_with_two_domains_is_one_company():
    found = sort_in(
        [
            said(1, "Northwind Inc", "a@north.example"),
            said(2, "northwind", "b@n-wind.example"),
            said(3, "", "c@n-wind.example"),
        ],
        (),
    )

    assert people(found) == [("Northwind Inc", ["north.example", "n-wind.example"], [1, 2, 3])]


def test_who_says_nothing_of_a_company_belongs_to_none():
    assert sort_in([said(1, "", "a@gmail.com"), said(2), said(3, "--", "b@gmx.de")], ()) == ()


def test_a_company_without_a_name_has_its_domain_until_somebody_names_it():
    found = sort_in([said(1, "", "a@north.example")], ())
    assert people(found) == [("north.example", ["north.example"], [1])]

    named = sort_in([said(2, "Northwind", "b@north.example")], found)

    assert people(named) == [("Northwind", ["north.example"], [1, 2])]


def test_a_known_company_is_found_by_its_domain_before_its_name():
    one = Place(id=7, name="Northwind", domains=["north.example"], people=[])
    other = Place(id=8, name="Southwind", domains=[], people=[])

    found = sort_in([said(1, "Southwind", "a@north.example"), said(2, "SOUTHWIND")], (one, other))

    assert [(place.id, place.people, place.changed) for place in found] == [
        (7, [1], False),
        (8, [2], False),
    ]


EMAILS = st.sampled_from(
    ["", "a@north.example", "b@n-wind.example", "c@gmail.com", "d@else.example", "e@gmx.de"]
)
NAMES = st.sampled_from(["", "Northwind", "Northwind Inc.", "Southwind", "-"])


@given(st.lists(st.tuples(NAMES, EMAILS), max_size=12))
def test_nobody_is_in_two_companies_and_no_domain_is_of_two_or_free(rows: list[tuple[str, str]]):
    found = sort_in([said(at, *row) for at, row in enumerate(rows)], ())

    members = [one for place in found for one in place.people]
    domains = [one for place in found for one in place.domains]
    assert len(members) == len(set(members))
    assert len(domains) == len(set(domains))
    assert not FREE_MAIL & set(domains)
    assert all(place.name for place in found)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("employees", "1,200", 1200),
        ("employees", "1 200 000", 1_200_000),
        ("revenue", "2.5m", 2_500_000),
        ("revenue", "40k", 40_000),
        ("tech", "Zendesk, Slack ,, Zendesk", ("Zendesk", "Slack")),
        ("country", "us", "US"),
        ("industry", "  Computer  software ", "Computer software"),
        ("industry", "  ", None),
    ],
)
def test_a_value_is_read_as_people_write_it(field: str, text: str, value: Value | None):
    assert parse_value(field, text) == value


@pytest.mark.parametrize(
    ("field", "text", "complaint"),
    [
        ("employees", "many", "employees is no number"),
        ("employes", "3", "Did you mean employees?"),
        ("industry", "x" * 3000, "longer than 2000"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(field: str, text: str, complaint: str):
    with pytest.raises(Rejected) as refused:
        parse_value(field, text)

    assert complaint in str(refused.value)


@pytest.mark.row("S0-4")
@pytest.mark.parametrize("source", list(Source))
def test_a_persons_value_gives_way_to_a_person_alone(source: Source):
    by_hand = Known(value="Software", source=Source.PERSON, at=AT)
    by_list = Known(value="Software", source=Source.IMPORT, at=AT)

    assert may_replace(by_hand, source) is (source is Source.PERSON)
    assert may_replace(by_list, source)
    assert may_replace(None, source)
