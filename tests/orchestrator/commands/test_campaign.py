"""Campaigns from the command line: applied as versions, shown as they are."""

import pytest

from tests.orchestrator.commands.conftest import EXAMPLES, Shell

CAMPAIGNS = sorted((EXAMPLES / "campaigns").glob("*.yaml"))


def test_applying_the_same_file_again_changes_nothing(applied: Shell):
    again = applied.ok("campaign", "apply", *sorted(EXAMPLES.glob("*/*.yaml")), "--json").data

    assert len(again) == len(list(EXAMPLES.glob("*/*.yaml")))
    assert [one["version"] for one in again] == [1] * len(again)
    assert not any(one["changed"] for one in again)
    assert "says so already" in applied.ok("campaign", "apply", CAMPAIGNS[0]).out.replace("\n", " ")


def test_a_change_is_a_new_version(applied: Shell, tmp_path):
    changed = tmp_path / "changed.yaml"
    text = CAMPAIGNS[0].read_text(encoding="utf-8")
    changed.write_text(text.replace("concurrency:", "weight: 7\nconcurrency:"), encoding="utf-8")

    (one,) = applied.ok("campaign", "apply", changed, "--json").data

    assert (one["version"], one["changed"]) == (2, True)


@pytest.mark.parametrize("path", CAMPAIGNS, ids=lambda path: path.stem)
def test_what_show_prints_as_yaml_is_the_same_campaign(applied: Shell, tmp_path, path):
    (name,) = (one["name"] for one in applied.ok("campaign", "apply", path, "--json").data)
    shown = tmp_path / "shown.yaml"
    shown.write_text(applied.ok("campaign", "show", name, "--yaml").out, encoding="utf-8")

    (again,) = applied.ok("campaign", "apply", shown, "--json").data

    assert again == {"kind": "campaign", "name": name, "version": 1, "changed": False}
    assert applied.ok("campaign", "show", name, "--yaml").out == shown.read_text("utf-8")


def test_show_says_where_a_campaign_stands(applied: Shell):
    name = applied.ok("campaign", "list", "--json").data[0]["name"]

    shown = applied.ok("campaign", "show", name, "--json").data

    assert (shown["name"], shown["status"], shown["version"]) == (name, "draft", 1)
    assert shown["follow_ups"] == {"planned": 0, "fired": 0, "cancelled": 0}
    assert name in applied.ok("campaign", "show", name).out


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
