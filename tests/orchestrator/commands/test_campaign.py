"""Campaigns from the command line: applied as versions, shown as they are."""

import io
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.engine.edit_jobs import work_off_edits
from tests.orchestrator.commands.conftest import EXAMPLES, Shell, Stage
from tests.orchestrator.engine.world import TUESDAY, World

CAMPAIGNS = sorted((EXAMPLES / "campaigns").glob("*.yaml"))


def test_applying_the_same_file_again_changes_nothing(applied: Shell):
    again = applied.ok("campaign", "apply", *sorted(EXAMPLES.glob("*/*.yaml")), "--json").data[
        "documents"
    ]

    assert len(again) == len(list(EXAMPLES.glob("*/*.yaml")))
    assert [one["version"] for one in again] == [1] * len(again)
    assert not any(one["changed"] for one in again)
    assert "says so already" in applied.ok("campaign", "apply", CAMPAIGNS[0]).out.replace("\n", " ")


def change(folder: Path, old: str, new: str) -> Path:
    """The first example with something changed, as a file of its own."""
    file = folder / "changed.yaml"
    text = CAMPAIGNS[0].read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def test_a_change_is_a_new_version_and_says_what_it_changes(applied: Shell, tmp_path: Path):
    changed = change(tmp_path, "concurrency:", "weight: 7\nconcurrency:")

    said = applied.ok("campaign", "apply", changed, "--base", "1")

    assert "weight: 1 → 7" in said.out
    assert "is now at version 2." in said.out
    (one,) = applied.ok("campaign", "apply", changed, "--json").data["documents"]
    assert (one["version"], one["changed"]) == (2, False)


def test_a_file_that_does_not_say_what_it_is_from_overwrites_nothing(
    applied: Shell, tmp_path: Path
):
    changed = change(tmp_path, "concurrency:", "weight: 7\nconcurrency:")

    ran = applied("campaign", "apply", changed)

    assert (ran.status, ran.out) == (2, "")
    assert "is at version 1" in ran.err
    assert "weight: 1 → 7" in ran.err
    assert "--base 1" in ran.err


def test_who_missed_a_version_is_shown_what_it_changed(applied: Shell, tmp_path: Path):
    changed = change(tmp_path, "concurrency:", "weight: 7\nconcurrency:")
    name = applied.ok("campaign", "apply", changed, "--base", "1", "--json").data["documents"][0][
        "name"
    ]
    mine = tmp_path / "mine.yaml"
    text = applied.ok("campaign", "show", name, "--yaml").out
    assert "version: 2\n" in text
    mine.write_text(text.replace("version: 2", "version: 1").replace("weight: 7", "weight: 9"))

    ran = applied("campaign", "apply", mine)

    assert ran.status == 2
    assert "yours starts from 1" in ran.err
    assert "weight: 1 → 7" in ran.err
    mine.write_text(text.replace("weight: 7", "weight: 9"))
    assert "is now at version 3" in applied.ok("campaign", "apply", mine).out


@pytest.mark.parametrize(("kind", "name"), [("agent", "ada"), ("template", "intro")])
def test_agents_and_templates_have_versions_too(applied: Shell, tmp_path: Path, kind, name):
    text = applied.ok("campaign", "show", name, "--yaml", "--kind", kind).out
    mine = tmp_path / "mine.yaml"
    mine.write_text(text.replace("version: 1", "version: 7"), encoding="utf-8")

    assert "says so already" in applied.ok("campaign", "apply", mine).out

    old = "Hello" if kind == "agent" else "body: "
    assert old in text
    mine.write_text(
        mine.read_text("utf-8").replace(old, old + "Well, " if kind == "template" else "Well")
    )
    ran = applied("campaign", "apply", mine)
    assert ran.status == 2
    assert "starts from 7" in ran.err


@pytest.mark.parametrize("version", ["first", "0", "true", "1.5"])
def test_a_version_that_is_none_is_refused_with_its_line(applied: Shell, tmp_path: Path, version):
    changed = change(tmp_path, "concurrency:", f"version: {version}\nconcurrency:")

    ran = applied("campaign", "apply", changed)

    assert ran.status == 2
    assert "whole number" in ran.err
    assert "changed.yaml:" in ran.err


def test_one_base_is_not_for_many_files(applied: Shell):
    assert "one by one" in applied("campaign", "apply", *CAMPAIGNS, "--base", "1").err


@pytest.fixture
def running(shell: Shell, stage: Stage, tmp_path: Path) -> Path:
    """A running campaign with three leads, and a file that moves them."""

    async def play(world: World) -> None:
        id = await world.campaign("spring")
        phones = [f"+1212555010{index}" for index in range(3)]
        await world.leads(id, 3, phones=phones, due_at=TUESDAY + timedelta(hours=1))

    stage.play(play)
    text = shell.ok("campaign", "show", "spring", "--yaml").out
    file = tmp_path / "spring.yaml"
    file.write_text(f'{text}schedule:\n  windows:\n    mon-fri: ["13:00-18:00"]\n', "utf-8")
    return file


def test_a_preview_says_whom_an_edit_moves_and_changes_nothing(shell: Shell, running: Path):
    said = shell.ok("campaign", "apply", running, "--preview").out
    data = shell.ok("campaign", "apply", running, "--preview", "--json").data

    assert "3 move to a later time" in said
    assert "Tue 04 Mar 11:00 in New York, call" in said
    assert "Tue 04 Mar 13:00 in New York, call" in said
    assert data["campaigns"][0]["counts"] == {"later": 3}
    assert len(data["campaigns"][0]["first"]) == 3
    assert shell.ok("campaign", "show", "spring", "--json").data["version"] == 1


def test_a_running_campaign_is_changed_only_by_who_says_yes(
    shell: Shell, running: Path, stage: Stage
):
    refused = shell("campaign", "apply", running)
    done = shell.ok("campaign", "apply", running, "--yes")
    stage.play(lambda world: work_off_edits(world.context()))

    assert refused.status == 2
    assert "--yes" in refused.err
    assert "is now at version 2" in done.out
    shown = shell.ok("campaign", "show", "spring")
    assert "Planning anew after the edit to version 2 was done" in shown.out
    assert "3 later" in shown.out
    assert stage.rows("SELECT DISTINCT due_at FROM attempts") == [(TUESDAY + timedelta(hours=3),)]


class Terminal(io.StringIO):
    """Where somebody sits and types."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "status", "version"), [("n\n", 1, 1), ("y\n", 0, 2)])
def test_who_sits_at_a_terminal_is_asked(
    shell: Shell,
    running: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    status: int,
    version: int,
):
    monkeypatch.setattr(sys, "stdin", Terminal(answer))

    ran = shell("campaign", "apply", running)

    assert "of its leads change. Apply it?" in ran.out
    assert ran.status == status
    assert shell.ok("campaign", "show", "spring", "--json").data["version"] == version


def test_an_edit_that_moves_nobody_asks_nobody(shell: Shell, running: Path):
    text = shell.ok("campaign", "show", "spring", "--yaml").out
    running.write_text(f"{text}weight: 5\n", "utf-8")

    assert "3 stay as they are" in shell.ok("campaign", "apply", running).out


def test_a_copy_begins_as_a_draft_and_what_is_over_is_put_away(shell: Shell, running: Path):
    copied = shell.ok("campaign", "duplicate", "spring", "summer", "--title", "Summer").out
    too_early = shell("campaign", "archive", "spring")
    shell.ok("campaign", "cancel", "spring")
    shell.ok("campaign", "archive", "spring")

    listed = {one["name"] for one in shell.ok("campaign", "list", "--json").data}
    everything = shell.ok("campaign", "list", "--all", "--json").data
    assert "summer is a draft" in copied
    assert (too_early.status, "Cancel it first" in too_early.err) == (2, True)
    assert listed == {"summer"}
    assert {one["name"]: one["status"] for one in everything} == {
        "spring": "archived",
        "summer": "draft",
    }


@pytest.mark.parametrize("path", CAMPAIGNS, ids=lambda path: path.stem)
def test_what_show_prints_as_yaml_is_the_same_campaign(applied: Shell, tmp_path, path):
    (one,) = applied.ok("campaign", "apply", path, "--json").data["documents"]
    shown = tmp_path / "shown.yaml"
    shown.write_text(applied.ok("campaign", "show", one["name"], "--yaml").out, encoding="utf-8")

    (again,) = applied.ok("campaign", "apply", shown, "--json").data["documents"]

    assert (again["name"], again["version"], again["changed"]) == (one["name"], 1, False)
    assert applied.ok("campaign", "show", one["name"], "--yaml").out == shown.read_text("utf-8")


def test_show_says_where_a_campaign_stands(applied: Shell):
    name = applied.ok("campaign", "list", "--json").data[0]["name"]

    shown = applied.ok("campaign", "show", name, "--json").data

    assert (shown["name"], shown["status"], shown["version"]) == (name, "draft", 1)
    assert shown["follow_ups"] == {"planned": 0, "fired": 0, "cancelled": 0}
    said = applied.ok("campaign", "show", name).out
    assert f"Campaign {name} is a draft" in said
    assert "Follow-ups: 0 planned, 0 made, 0 cancelled." in said
    assert "{" not in said


def test_the_list_names_every_campaign(applied: Shell):
    listed = applied.ok("campaign", "list", "--json").data

    assert len(listed) == len(CAMPAIGNS)
    assert all(one["status"] == "draft" for one in listed)
    table = applied.ok("campaign", "list").out
    assert all(one["name"] in table for one in listed)


@pytest.mark.row("X-2")
def test_a_campaign_is_paused_resumed_and_cancelled(shell: Shell, stage):
    stage.play(lambda world: world.campaign("spring"))

    said = [
        shell.ok("campaign", verb, "spring", "--json").data
        for verb in ("pause", "pause", "resume", "launch", "cancel", "cancel")
    ]

    assert [one["status"] for one in said] == [
        "paused",
        "paused",
        "running",
        "running",
        "cancelled",
        "cancelled",
    ]
    over = shell("campaign", "resume", "spring")
    assert (over.status, over.out) == (2, "")
    assert "cancelled" in over.err


def test_words_are_for_people_and_json_for_programs(shell: Shell, stage):
    stage.play(lambda world: world.campaign("spring"))

    assert shell.ok("campaign", "pause", "spring").out == "Campaign spring is paused.\n"


def test_the_emergency_stop_is_set_once_and_lifted_once(shell: Shell):
    said = [shell.ok(word, "--json").data for word in ("stop", "stop", "resume-all", "resume-all")]

    assert [one["changed"] for one in said] == [True, False, True, False]


def test_the_database_says_its_revision_and_address(shell: Shell, database_url):
    assert shell.ok("db", "migrate", "--json").data["revision"]
    assert shell.ok("db", "url", "--json").data == {"url": database_url.replace("+psycopg", "")}
    assert shell.ok("db", "stop", "--json").data == {"stopped": False}
