"""`outreach leads`: what an operator types, reads and gets back."""

import csv
from pathlib import Path

import pytest

from tests.orchestrator.commands.conftest import EXAMPLES, Shell

LEADS = EXAMPLES / "leads.csv"
BOTH = (LEADS, "--campaign", "spring-both", "--only", "segment=both")


def test_a_dry_run_says_the_number_that_is_then_really_imported(applied: Shell) -> None:
    said = applied("leads", "import", *BOTH, "--dry-run", "--json")
    done = applied("leads", "import", *BOTH, "--json")

    assert said.status == done.status == 1
    assert said.data["imported"] == done.data["imported"] == 28
    assert said.data["import_id"] is None
    assert done.data["rejected"] == {"phone_missing": 1, "bad_field": 1, "duplicate_in_file": 1}


def test_rows_that_were_there_already_are_no_problem(applied: Shell) -> None:
    good = Path("good.csv")
    good.write_text("phone,first_name,consent\n+12025550100,Ana,express\n", encoding="utf-8")

    first = applied.ok("leads", "import", good, "--campaign", "spring-phone")
    again = applied.ok("leads", "import", good, "--campaign", "spring-phone")

    assert "1 rows read, 1 leads imported." in first.out
    assert "1 rows that the campaign has already were left" in again.out


def test_refused_rows_stand_in_the_error_file(applied: Shell) -> None:
    applied("leads", "import", *BOTH, "--errors", "bad.csv")

    with Path("bad.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["code"] for row in rows] == ["duplicate_in_file", "phone_missing", "bad_field"]


def test_leads_are_listed_by_what_is_asked_and_page_by_page(applied: Shell) -> None:
    applied("leads", "import", *BOTH)

    blocked = applied.ok("leads", "list", "--work", "blocked", "--campaign", "spring-both")
    found = applied.ok("leads", "list", "--search", "604 555 0184", "--json").data
    first = applied.ok("leads", "list", "--limit", "20", "--json").data
    rest = applied.ok("leads", "list", "--limit", "20", "--after", first["after"], "--json").data

    assert "No consent that is enough is recorded for this channel." in blocked.out
    assert "no_consent" not in blocked.out
    assert "2 of 2." in blocked.out
    assert [row["first_name"] for row in found["rows"]] == ["Rosa"]
    assert (first["total"], len(first["rows"]), len(rest["rows"])) == (28, 20, 8)
    assert rest["after"] is None
    assert not {row["id"] for row in first["rows"]} & {row["id"] for row in rest["rows"]}


def test_why_says_in_words_what_keeps_a_lead_from_being_contacted(applied: Shell) -> None:
    applied("leads", "import", *BOTH)

    by_number = applied.ok("leads", "why", "+16045550184")
    ((shown,),) = [applied.ok("leads", "show", "+16045550184", "--json").data]
    by_id = applied.ok("leads", "why", shown["id"], "--json").data

    assert "No consent that is enough is recorded for this channel." in by_number.out
    assert [event["kind"] for event in by_id[0]["events"]] == ["lead.imported", "lead.blocked"]


def test_an_export_holds_each_lead_and_no_formula(applied: Shell) -> None:
    bold = Path("bold.csv")
    bold.write_text('phone,first_name\n+12025550100,"=1+1+A1"\n', encoding="utf-8")
    applied.ok("leads", "import", bold, "--campaign", "spring-phone")

    applied.ok("leads", "export", "--to", "out.csv")

    with Path("out.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["first_name"] == "'=1+1+A1"
    assert row["phone"] == "+12025550100"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("import", "nowhere.csv", "--campaign", "spring-phone"), "cannot be read"),
        (("import", LEADS), "needs the campaign"),
        (("import", LEADS, "--campaign", "winter"), "no campaign 'winter'"),
        (("import", LEADS, "--campaign", "spring-phone", "--consent", "express"), "--proof"),
        (("import", LEADS, "--campaign", "spring-phone", "--only", "north"), "COLUMN=VALUE"),
        (("import", LEADS, "--campaign", "spring-phone", "--map", "Colour=plan"), "no column"),
        (("list", "--search", "x"), "at least 2"),
        (("list", "--campaign", "winter"), "no campaign 'winter'"),
        (("show", "Ana"), "neither the id of a lead nor a phone number"),
        (("why", "+442079460123"), "no lead"),
        (("export", "--to", "no/such/folder.csv"), "cannot be written"),
    ],
)
def test_a_mistake_gets_one_message_and_status_two(
    applied: Shell, words: tuple[str | Path, ...], said: str
) -> None:
    ran = applied("leads", *words)

    assert ran.status == 2
    assert said in ran.err
