"""What an import says at the end: what is wrong, in words, with the line of the file."""

import re
from pathlib import Path

import pytest

from tests.orchestrator.commands.conftest import Shell

INTO = ("--campaign", "spring-phone")
GOOD = [f"+120255501{index:02},Ann,express" for index in range(40)]


def people(*rows: str, name: str = "people.csv", header: str = "phone,first_name,consent") -> Path:
    file = Path(name)
    file.write_text("\n".join((header, *rows, "")), encoding="utf-8")
    return file


def test_a_repeated_import_shows_what_is_wrong_and_counts_what_is_known(applied: Shell):
    applied.ok("leads", "import", people(*GOOD), *INTO)

    again = applied("leads", "import", people(*GOOD, "555,Bob,express"), *INTO)

    assert "40 rows that the campaign has already were left as they are." in again.out
    assert "Rows not taken (1):" in again.out
    assert "1 with a phone number that lacks + and the country's code" in again.out
    assert "row 41 (line 42): The number is not written as +" in again.out
    assert again.out.count("row ") == 1, "known rows are one sentence"
    assert again.status == 1


def test_rows_are_named_by_their_line_too(applied: Shell):
    list_ = people('+12025550100,"Ann\nMaria",express', "", "555,Bob,express", "556,Cy,express")

    said = applied("leads", "import", list_, *INTO, "--dry-run").out

    assert "row 2 (line 5):" in said
    assert "row 3 (line 6):" in said


def test_the_first_line_that_excel_hides_is_counted(applied: Shell):
    list_ = people("phone;first_name", "555;Bob", header="sep=;")

    assert "row 1 (line 3):" in applied("leads", "import", list_, *INTO, "--dry-run").out


def test_blocked_leads_are_told_by_their_reason_in_words(applied: Shell):
    said = applied.ok("leads", "import", people("+12025550100,Ann,"), *INTO).out

    assert "Leads that are not contacted for now (1):" in said
    assert "1 No consent that is enough is recorded for this channel." in said
    assert "no_consent" not in said


def test_a_long_list_of_mistakes_says_how_many_more(applied: Shell):
    list_ = people(*(f"55{index},Bob,express" for index in range(25)))

    said = applied("leads", "import", list_, *INTO, "--dry-run").out

    assert "… and 5 more; --errors OUT.csv writes all of them." in said


def test_a_quote_that_swallows_rows_stops_the_import_before_it_begins(applied: Shell):
    list_ = people(*GOOD[:3], '+12025550190,"Bob,express', *GOOD[3:9])

    ran = applied("leads", "import", list_, *INTO)

    assert (ran.status, ran.out) == (2, "")
    assert "people.csv:5: A quote opens in column first_name and is never closed" in ran.err
    assert "fix: Close or remove it" in ran.err
    assert applied.ok("leads", "list", "--json").data["total"] == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Mobile No", ["COLUMN=FIELD", "--map 'Mobile No=phone'"]),
        (
            "Handy=phone",
            ["no column 'Handy'", "Its columns are Mobile No, Name", "'Mobile No=phone'"],
        ),
        (
            "Name=frist_name",
            ["Column 'Name' is given to 'frist_name'", "Did you mean first_name?", "Fields are"],
        ),
        ("Name=shoe size", ["no field of the campaign", "plan", "--map 'Name="]),
    ],
)
def test_a_mapping_that_means_nothing_names_column_fields_and_an_example(
    applied: Shell, given: str, said: list[str]
):
    list_ = people("+12025550100,Ann", header="Mobile No,Name")

    ran = applied("leads", "import", list_, *INTO, "--map", given)

    assert ran.status == 2
    assert "--map" in ran.err
    assert all(part in ran.err for part in said), ran.err


def test_a_mapping_may_use_other_names_of_a_field(applied: Shell):
    list_ = people("+12025550100,Ann", header="Mobile No,Name")

    maps = ("--map", "Mobile No=mobile", "--map", "Name=First Name")
    applied.ok("leads", "import", list_, *INTO, *maps)

    assert applied.ok("leads", "list", "--json").data["rows"][0]["first_name"] == "Ann"


def test_an_import_is_undone_by_the_id_that_it_says(applied: Shell):
    said = applied.ok("leads", "import", people(*GOOD), *INTO).out
    ((import_id,),) = [re.findall(r"--undo ([0-9a-f-]{36})", said)]

    undone = applied.ok("leads", "import", "--undo", import_id).out
    again = applied("leads", "import", "--undo", import_id)

    assert "40 leads and 40 contacts are gone." in undone
    assert again.status == 2
    assert "was undone already" in again.err


def test_an_import_without_its_list_says_what_it_needs(applied: Shell):
    ran = applied("leads", "import", *INTO)

    assert ran.status == 2
    assert "needs the list" in ran.err
