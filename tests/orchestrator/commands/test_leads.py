"""Leads from the command line: imported with a verdict for each row, listed and explained."""

import csv
import io
from pathlib import Path

import pytest

from tests.orchestrator.commands.conftest import EXAMPLES, Shell

ANN = "+12025550111"
HEADER = "phone,first_name,email,consent,product,plan,seats"


def write(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "people.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def imported(applied: Shell, tmp_path: Path) -> Shell:
    """A shell whose database has one lead of the example campaign."""
    applied.ok(
        "leads",
        "import",
        write(tmp_path, f"{ANN},Ann,,express,crm,team,3"),
        "--campaign=spring-phone",
    )
    return applied


def test_each_refused_row_is_told_and_makes_status_1(applied: Shell, tmp_path: Path):
    file = write(
        tmp_path, f"{ANN},Ann,,express,crm,team,3", "020 7946 0018,Ben,,express,crm,team,3"
    )
    words = ("leads", "import", file, "--campaign", "spring-phone", "--errors", "bad.csv")

    ran = applied(*words, "--json")

    assert (ran.status, ran.data["imported"]) == (1, 1)
    assert ran.data["rejected"] == {"phone_not_e164": 1}
    assert "020 7946 0018" in Path("bad.csv").read_text("utf-8-sig")
    assert applied(*words).status == 1


def test_a_dry_run_says_the_same_and_writes_nothing(applied: Shell, tmp_path: Path):
    file = write(tmp_path, f"{ANN},Ann,,express,crm,team,3")

    told = applied.ok("leads", "import", file, "--campaign", "spring-phone", "--dry-run", "--json")

    assert told.data["imported"] == 1
    assert applied.ok("leads", "list", "--json").data["total"] == 0


def test_importing_again_changes_nothing_and_is_no_problem(imported: Shell, tmp_path: Path):
    again = imported.ok(
        "leads", "import", tmp_path / "people.csv", "--campaign", "spring-phone", "--json"
    )

    assert again.data["imported"] == 0
    assert imported.ok("leads", "list", "--json").data["total"] == 1


def test_the_example_list_can_be_read_for_each_campaign(applied: Shell):
    for campaign, segment in (("spring-phone", "phone"), ("spring-both", "both")):
        ran = applied(
            "leads",
            "import",
            EXAMPLES / "leads.csv",
            f"--campaign={campaign}",
            f"--only=segment={segment}",
            "--json",
        )
        assert ran.status in (0, 1)
        assert ran.data["imported"] > 0


def test_a_lead_is_listed_shown_explained_and_exported(imported: Shell):
    (row,) = imported.ok("leads", "list", "--json").data["rows"]
    assert (row["phone"], row["campaign"], row["status"]) == (ANN, "spring-phone", "new")
    assert [one["id"] for one in imported.ok("leads", "show", row["id"], "--json").data] == [
        row["id"]
    ]
    assert [one["id"] for one in imported.ok("leads", "show", ANN, "--json").data] == [row["id"]]

    (told,) = imported.ok("leads", "why", ANN, "--json").data
    assert "lead.imported" in [one["kind"] for one in told["events"]]
    exported = list(csv.DictReader(io.StringIO(imported.ok("leads", "export").out)))
    assert [one["first_name"] for one in exported] == ["Ann"]
    for words in (("list",), ("show", ANN), ("why", ANN)):
        assert "Ann" in imported.ok("leads", *words).out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["import", "absent.csv", "--campaign", "spring-phone"], "absent.csv"),
        (["import", ".", "--campaign", "spring-phone"], "is a directory"),
        (["import", "empty.csv", "--campaign", "spring-phone"], "empty.csv"),
        (["import", "binary.csv", "--campaign", "spring-phone"], "binary.csv"),
        (["import", "words.csv", "--campaign", "spring-phone"], "phone"),
        (["import", "good.csv"], "--campaign"),
        (["import", "good.csv", "--campaign", "autumn"], "autumn"),
        (["import", "good.csv", "--campaign", "spring-phone", "--consent", "express"], "proof"),
        (["import", "good.csv", "--campaign", "spring-phone", "--only", "north"], "--only"),
        (["import", "good.csv", "--campaign", "spring-phone", "--only", "no=1"], "no"),
        (["import", "good.csv", "--campaign", "spring-phone", "--map", "north"], "--map"),
        (["import", "good.csv", "--campaign", "spring-phone", "--errors", "no/bad.csv"], "bad.csv"),
        (["list", "--campaign", "autumn"], "autumn"),
        (["list", "--after", "nonsense"], "cannot go on"),
        (["show", "7"], "'7'"),
        (["show", "+12025550199"], "no lead"),
        (["why", "01890a5d-ac96-774b-bcce-b302099a8057"], "no lead"),
        (["export", "--to", "no/leads.csv"], "no/leads.csv"),
    ],
)
def test_what_is_wrong_is_said_once_with_status_2(applied: Shell, tmp_path, words, said):
    Path("empty.csv").touch()
    Path("binary.csv").write_bytes(bytes(range(256)) * 20)
    Path("words.csv").write_text("just some words\n")
    write(tmp_path, f"{ANN},Ann,,express,crm,team,3").rename("good.csv")

    ran = applied("leads", *words)

    assert ran.status == 2, ran
    assert ran.out == ""
    assert ran.err.count("error:") == 1
    assert said in ran.err
    assert applied.ok("leads", "list", "--json").data["total"] == 0


@pytest.mark.parametrize("words", [["list", "--status", "happy"], ["list", "--limit", "0"]])
def test_a_word_that_no_list_knows_is_refused(lone_shell: Shell, words):
    ran = lone_shell("leads", *words)

    assert ran.status == 2
    assert "Usage: " in ran.err
