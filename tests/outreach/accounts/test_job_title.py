"""What titles say of somebody, and how relevant that makes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.accounts.icp_document import Persona
from outreach.accounts.job_title import (
    POWER,
    BuyingRole,
    Department,
    Seniority,
    buying_role,
    department_of,
    in_words,
    seniority_of,
)
from outreach.accounts.persona import Person, Relevance, relevance


def role_of(title: str) -> str:
    department = department_of(title)
    return in_words(buying_role(seniority_of(title), department), department)


@pytest.mark.row("S1-10")
@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("VP Engineering", "Decision maker"),
        ("Director IT", "Technical evaluator"),
        ("Head of Finance", "Influencer (budget)"),
    ],
)
def test_the_three_people_of_the_fixture_have_their_roles(title: str, role: str):
    assert role_of(title) == role


@pytest.mark.row("S1-2")
@pytest.mark.parametrize(
    ("title", "seniority", "department"),
    [
        ("VP Engineering", Seniority.EXECUTIVE, Department.ENGINEERING),
        ("Vice-President of Sales", Seniority.EXECUTIVE, Department.SALES),
        ("Director IT", Seniority.MANAGER, Department.IT),
        ("Head of Finance", Seniority.EXECUTIVE, Department.FINANCE),
        ("CFO", Seniority.EXECUTIVE, Department.FINANCE),
        ("Co-Founder & CEO", Seniority.EXECUTIVE, Department.MANAGEMENT),
        ("Managing Director", Seniority.EXECUTIVE, Department.MANAGEMENT),
        ("Geschäftsführerin", Seniority.EXECUTIVE, Department.MANAGEMENT),
        ("Executive Assistant to the CEO", Seniority.IC, Department.MANAGEMENT),
        ("Account Executive", Seniority.IC, Department.SALES),
        ("Senior Software Engineer", Seniority.IC, Department.ENGINEERING),
        ("R&D Manager", Seniority.MANAGER, Department.ENGINEERING),
        ("Head of Customer Success", Seniority.EXECUTIVE, Department.SUPPORT),
        ("Item buyer", Seniority.IC, Department.PURCHASING),
        ("Astronaut", Seniority.IC, None),
        ("", None, None),
    ],
)
def test_a_title_says_how_high_and_where_somebody_works(
    title: str, seniority: Seniority | None, department: Department | None
):
    assert (seniority_of(title), department_of(title)) == (seniority, department)


@given(st.sampled_from(Seniority), st.sampled_from(Department))
def test_nobody_in_finance_decides_and_everybody_has_words(
    seniority: Seniority, department: Department
):
    role = buying_role(seniority, department)

    assert role in POWER
    assert in_words(role, department)
    assert not (department is Department.FINANCE and role is BuyingRole.DECISION_MAKER)


ENGINEERING = Persona(
    id="engineering",
    titles=("vp engineering", "cto"),
    seniority=(Seniority.EXECUTIVE,),
    departments=(Department.ENGINEERING,),
)
SUPPORT = Persona(id="support", departments=(Department.SUPPORT,))


def person(title: str) -> Person:
    return Person(title=title, seniority=seniority_of(title), department=department_of(title))


@pytest.mark.row("S1-4")
@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("VP, Engineering", Relevance(percent=100, persona="engineering")),
        ("Head of Engineering", Relevance(percent=60, persona="engineering")),
        ("Software Engineer", Relevance(percent=30, persona="engineering")),
        ("CEO", Relevance(percent=30, persona="engineering")),
        ("Support Manager", Relevance(percent=30, persona="support")),
        ("Astronaut", Relevance(percent=0)),
        ("", Relevance(percent=0)),
    ],
)
def test_relevance_is_forty_thirty_thirty_by_the_best_persona(title: str, found: Relevance):
    assert relevance(person(title), (ENGINEERING, SUPPORT)) == found


@given(st.text(max_size=60))
def test_any_title_can_be_read(title: str):
    assert 0 <= relevance(person(title), (ENGINEERING, SUPPORT)).percent <= 100
