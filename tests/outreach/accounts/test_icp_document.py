"""The ideal customer profile as a document: what it may say, and what is said of mistakes."""

from typing import Any

import pytest

from orchestrator.documents import dump_yaml, load_document
from outreach.accounts.icp_document import Icp
from outreach.documents import parse_document

SIZE: dict[str, Any] = {"id": "size", "field": "employees", "op": "range", "at_least": 50}


def read(**changes: Any) -> object:
    content = {"kind": "icp", "name": "ours", "title": "Ours", "criteria": [SIZE]}
    return parse_document(content | changes, lambda path: f"icp.yaml:{len(path)}")


def test_a_profile_reads_back_as_it_was_written():
    profile = read(personas=[{"id": "boss", "titles": ["ceo"], "seniority": ["executive"]}])
    assert isinstance(profile, Icp)

    assert load_document(dump_yaml(profile), "again") == profile


@pytest.mark.parametrize(
    ("criterion", "complaint"),
    [
        ({"at_least": 9, "at_most": 3}, "at_least is more than at_most"),
        ({"at_least": None}, "a range needs at_least, at_most, or both"),
        ({"field": "industry"}, "industry is no number"),
        ({"field": "headcount"}, "one of industry, employees"),
        ({"op": "equals"}, "one of in, range, contains_any, regex"),
        ({"weight": 0}, "1 or more"),
        ({"disqualifies": "ugly"}, "one of competitor"),
        ({"at_last": 3}, "There is no key at_last here. Did you mean at_least?"),
    ],
)
def test_a_criterion_that_cannot_be_is_refused_with_its_place(
    criterion: dict[str, Any], complaint: str
):
    found = read(criteria=[SIZE | criterion])

    assert isinstance(found, tuple)
    (problem,) = found
    assert complaint.lower() in str(problem).lower()
    assert problem.where.startswith("icp.yaml:")
    assert " criteria.0" in problem.where
    assert "range." not in problem.where


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"criteria": [SIZE, SIZE]}, "same id"),
        ({"criteria": []}, "a profile needs one criterion or more"),
        ({"personas": [{"id": "nobody"}]}, "a persona needs titles, seniority or departments"),
        (
            {"criteria": [{"id": "a", "field": "industry", "op": "regex", "pattern": "("}]},
            "the pattern cannot be read",
        ),
        ({"criterias": []}, "Did you mean criteria?"),
    ],
)
def test_a_profile_that_cannot_be_is_refused_in_words(changes: dict[str, Any], complaint: str):
    found = read(**changes)

    assert isinstance(found, tuple)
    assert complaint.lower() in " ".join(map(str, found)).lower()
