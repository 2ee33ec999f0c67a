"""What `campaign apply` says of a document before and after it is published."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.orchestrator.commands.conftest import EXAMPLES, Shell, Stage
from tests.orchestrator.engine.world import TUESDAY, World

PHONE = EXAMPLES / "campaigns" / "1-phone.yaml"


def written(folder: Path, old: str, new: str, name: str = "mine.yaml") -> Path:
    text = PHONE.read_text(encoding="utf-8")
    assert old in text
    file = folder / name
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def test_a_preview_of_a_new_campaign_says_what_would_be_created(applied: Shell, tmp_path: Path):
    mine = written(tmp_path, "name: spring-phone", "name: mine")

    said = applied.ok("campaign", "apply", mine, "--preview").out

    assert "campaign mine is new: it would be created as version 1." in said
    assert "a draft, until `outreach campaign launch mine`" in said
    assert "agent ada; call" in said
    assert "rules: out, callback, not-reached" in said
    assert applied("campaign", "show", "mine").status == 2, "a preview creates nothing"


def test_a_preview_of_what_is_there_already_says_so(applied: Shell):
    said = applied.ok("campaign", "apply", PHONE, "--preview").out

    assert said == "campaign spring-phone: version 1 says so already.\n"


ENDED = 'schedule:\n  end_at: "2024-01-05T00:00:00+00:00"\n'


@pytest.mark.parametrize("flags", [(), ("--preview",)])
def test_a_new_campaign_that_would_be_over_is_refused(
    applied: Shell, tmp_path: Path, flags: tuple[str, ...]
):
    mine = written(tmp_path, "schedule:\n", ENDED)
    mine.write_text(mine.read_text().replace("name: spring-phone", "name: mine"))

    ran = applied("campaign", "apply", mine, *flags)

    assert ran.status == 2
    assert "mine.schedule.end_at" in ran.err
    assert "2024-01-05" in ran.err
    assert "fix: Write a time after" in ran.err


def test_an_end_that_is_past_may_end_a_campaign_and_is_warned_of(applied: Shell, tmp_path: Path):
    mine = written(tmp_path, "schedule:\n", ENDED)

    said = applied.ok("campaign", "apply", mine, "--base", "1").out

    assert "mine.yaml:" in said
    assert "schedule.end_at: end_at was 2024-01-05" in said


def test_a_rule_about_a_field_that_nobody_extracts_is_warned_of_with_its_line(
    applied: Shell, tmp_path: Path
):
    mine = written(
        tmp_path,
        "    when: {outcome: [interested, qualified]}",
        "    when:\n      extraction: {compny_size: 5}",
    )
    line = 1 + mine.read_text().splitlines().index("      extraction: {compny_size: 5}")

    previewed = applied.ok("campaign", "apply", mine, "--base", "1", "--preview").out
    said = applied.ok("campaign", "apply", mine, "--base", "1").out

    assert f"warning: {mine}:{line} rules.5.when.extraction.compny_size: rule hot:" in said
    assert "Did you mean company_size?" in said
    assert "warning:" in previewed


def test_an_opener_that_lacks_what_is_asked_where_the_people_are_is_refused(
    shell: Shell, tmp_path: Path
):
    shell.ok("campaign", "apply", *sorted(EXAMPLES.glob("*/*.yaml")))
    campaign, agent = tmp_path / "c.yaml", tmp_path / "a.yaml"
    text = (EXAMPLES / "campaigns" / "1-phone.yaml").read_text(encoding="utf-8")
    said = (EXAMPLES / "agents" / "ada.yaml").read_text(encoding="utf-8")
    short = said.replace("May I ask whether a short demo would be of interest?", "")
    assert short != said
    agent.write_text(short, encoding="utf-8")

    campaign.write_text(text + '\njurisdictions: ["XX"]\n', encoding="utf-8")
    assert "'XX' is no country" in shell("campaign", "apply", campaign, "--base", "1").err
    campaign.write_text(text + '\njurisdictions: ["AE", "US-NY"]\n', encoding="utf-8")
    shell.ok("campaign", "apply", campaign, "--base", "1")
    refused = shell("campaign", "apply", agent, "--base", "1")

    assert refused.status == 2
    assert "does not say whether to go on" in refused.err
    assert "(by the rules of AE)" in refused.err
    campaign.write_text(text, encoding="utf-8")
    shell.ok("campaign", "apply", campaign, "--base", "2")
    agent.write_text("version: 1\n" + short, encoding="utf-8")
    warned = shell.ok("campaign", "apply", campaign, agent, "--preview").out
    assert "jurisdictions: the opener of ada does not say whether to go on" in warned.replace(
        "\n", " "
    )
    assert "US-CA" in warned


def test_the_examples_get_no_warning(shell: Shell):
    assert "warning" not in shell.ok("campaign", "apply", *sorted(EXAMPLES.glob("*/*.yaml"))).out


def test_a_preview_names_people_and_speaks_in_words(shell: Shell, stage: Stage, tmp_path: Path):
    async def play(world: World) -> None:
        id = await world.campaign("spring")
        await world.leads(id, 1, phones=["+12125550100"], due_at=TUESDAY + timedelta(hours=1))
        await world.do("UPDATE leads SET first_name = 'Ann', last_name = 'Lee'")

    stage.play(play)
    text = shell.ok("campaign", "show", "spring", "--yaml").out
    file = tmp_path / "spring.yaml"
    file.write_text(f'{text}schedule:\n  windows:\n    mon-fri: ["13:00-18:00"]\n', "utf-8")

    ran = shell("campaign", "apply", file)

    assert "Ann Lee" in ran.out
    assert "+12125550100" in ran.out
    assert "It is outside the allowed hours where this person is." in ran.out
    assert "outside_window" not in ran.out
    assert "[" not in ran.out, "no list of Python's"
    (id,) = stage.rows("SELECT id FROM leads")[0]
    assert str(id) not in ran.out
    assert ran.out.count("Leads of spring") == 1
    assert ran.status == 2
    assert "fix: Say --yes to apply it." in ran.err, "it was shown just now"
