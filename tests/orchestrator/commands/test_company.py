"""Companies and the profile from the command line."""

from pathlib import Path

import pytest

from outreach.accounts.ranking import LABELS, STAGES, Standing, rank
from tests.orchestrator.commands.conftest import EXAMPLES, Shell, Stage
from tests.orchestrator.engine.world import TUESDAY, World

NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"


def add(shell: Shell, name: str, *words: str) -> str:
    return str(shell.ok("company", "add", name, *words, "--json").data["id"])


def names(shell: Shell, *words: str) -> list[str]:
    return [one["name"] for one in shell.ok("company", "list", *words, "--json").data["rows"]]


def test_a_profile_is_applied_shown_and_measures_who_is_there(
    shell: Shell, stage: Stage, tmp_path: Path
):
    add(shell, "Northwind", "--set", "industry=Software", "--set", "employees=80")
    assert shell("icp", "show").status == 2

    done = shell.ok("icp", "apply", EXAMPLES / "icp.yaml", "--json").data

    assert done == {"version": 1, "changed": True, "measured": 1}
    assert names(shell, "--fit", "strong") == ["Northwind"]
    (tmp_path / "again.yaml").write_text(shell.ok("icp", "show").out, encoding="utf-8")
    assert "says so already" in shell.ok("icp", "apply", tmp_path / "again.yaml").out
    changed = (tmp_path / "again.yaml").read_text(encoding="utf-8").replace("1000", "60")
    (tmp_path / "again.yaml").write_text(changed, encoding="utf-8")
    assert "criteria.size.at_most: 1000" in shell.ok("icp", "apply", tmp_path / "again.yaml").out
    assert names(shell, "--fit", "moderate") == ["Northwind"]


def test_another_document_is_no_profile(shell: Shell, stage: Stage):
    ran = shell("icp", "apply", EXAMPLES / "agents/ada.yaml")

    assert ran.status == 2
    assert "outreach campaign apply" in ran.err


@pytest.mark.row("S0-1")
def test_the_list_holds_who_fits_or_is_kept_and_a_filter_the_others_with_the_reason(
    shell: Shell, stage: Stage
):
    shell.ok("icp", "apply", EXAMPLES / "icp.yaml")
    small = add(shell, "Tiny", "--set", "industry=Cattle", "--set", "employees=2")
    add(shell, "Northwind", "--set", "industry=Software", "--set", "employees=80")
    assert names(shell) == ["Northwind", "Tiny"]

    shell.ok("company", "set", small, "--let-go")

    assert names(shell) == ["Northwind"]
    assert names(shell, "--fit", "not_a_fit") == ["Tiny"]
    assert names(shell, "--fit", "all") == ["Northwind", "Tiny"]
    assert "It fits by 0 %, and 60 %" in shell.ok("company", "show", small).out
    shell.ok("company", "set", small, "--fit", "moderate")
    assert names(shell) == ["Northwind", "Tiny"]
    shell.ok("company", "set", small, "--fit", "computed")
    assert names(shell) == ["Northwind"]


def test_without_a_profile_nobody_is_left_out(shell: Shell, stage: Stage):
    small = add(shell, "Tiny")
    shell.ok("company", "set", small, "--let-go")

    assert names(shell) == ["Tiny"]


def test_one_company_is_shown_corrected_and_merged(shell: Shell, stage: Stage):
    first = add(shell, "Northwind", "--domain", "north.example", "--set", "tech=Slack, Zendesk")
    second = add(shell, "North Wind", "--domain", "n-wind.example")

    changed = shell.ok("company", "set", first, "city=Berlin", "tech=", "--json").data
    shell.ok("company", "merge", second, first)

    assert changed == {"changed": ["tech", "city"]}
    shown = shell.ok("company", "show", first, "--json").data
    assert shown["company"]["domains"] == ["north.example", "n-wind.example"]
    assert shown["company"]["profile"]["city"]["source"] == "person"
    assert "tech" not in shown["company"]["profile"]
    said = shell.ok("company", "show", first).out
    assert "by hand" in said
    assert "not contacted yet" in said
    assert names(shell) == ["Northwind"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("show", NOBODY), "There is no such company."),
        (("show", "first"), "no id of a company"),
        (("set", NOBODY), "Nothing is to be set."),
        (("set", NOBODY, "city"), "names no value"),
        (("set", NOBODY, "city=Berlin"), "There is no such company."),
        (("merge", NOBODY, NOBODY), "the same company"),
        (("list", "--fit", "great"), "There is no fit great."),
        (("list", "--stage", "great"), "There is no stage great."),
        (("list", "--after", "x"), "no place in the list"),
        (("add", "Northwind", "--domain", "gmail.com"), "no domain of a company"),
    ],
)
def test_what_cannot_be_is_refused(
    shell: Shell, stage: Stage, words: tuple[str, ...], complaint: str
):
    ran = shell("company", *words)

    assert ran.status == 2
    assert complaint in ran.err


@pytest.mark.row("S0-13")
def test_the_list_has_the_order_of_the_rule_page_by_page(shell: Shell, stage: Stage):
    standings = {
        f"c{at}": Standing(label=label, stage=step, journey=journey, last_touch_at=touch)
        for at, (label, step, journey, touch) in enumerate(
            (label, step, journey, touch)
            for touch in (None, TUESDAY)
            for journey in (1, 7)
            for step in STAGES
            for label in LABELS
        )
    }

    async def begin(world: World) -> None:
        for name, one in standings.items():
            await world.do(
                "INSERT INTO companies (id, name, fit_label, journey_stage, journey_score,"
                " created_at, updated_at) VALUES (gen_random_uuid(), :name, :label, :stage,"
                " :journey, :at, :at)",
                name=name,
                label=one.label.value,
                stage=one.stage,
                journey=one.journey,
                at=TUESDAY,
            )
            if one.last_touch_at is not None:
                await world.do(
                    "INSERT INTO touchpoints (id, company_id, kind, channel, score, occurred_at,"
                    " source_ref) SELECT gen_random_uuid(), id, 'website', 'direct', 40, :at, :name"
                    " FROM companies WHERE name = :name",
                    name=name,
                    at=one.last_touch_at,
                )

    stage.play(begin)
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        words = ("--after", after) if after else ()
        page = shell.ok("company", "list", "--fit", "all", "--limit", "7", *words, "--json").data
        found += [one["name"] for one in page["rows"]]
        after = page["after"]

    assert found == sorted(standings, key=lambda name: rank(standings[name]))


def test_a_company_is_found_by_words_of_its_name_and_by_its_domain(shell: Shell, stage: Stage):
    add(shell, "Blue Harbor Works", "--domain", "bhw.example")
    add(shell, "Northwind")

    assert names(shell, "--search", "harb") == ["Blue Harbor Works"]
    assert names(shell, "--search", "bhw") == ["Blue Harbor Works"]
    assert names(shell, "--search", "arbor") == []
