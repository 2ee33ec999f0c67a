"""Whatever is wrong with what a person typed is said once, with the fix, and with status 2."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import transaction
from tests.orchestrator.commands.conftest import EXAMPLES, Ran, Shell, Stage
from tests.orchestrator.engine.world import World

CAMPAIGN = (EXAMPLES / "campaigns" / "1-phone.yaml").read_text(encoding="utf-8")

BOMB = "a0: &a0 [1, 2, 3]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
"""Twelve lines that would be thirty billion values."""


def refused(ran: Ran, *words: str) -> None:
    """One message that holds these words, nothing on stdout, status 2."""
    assert ran.status == 2, ran
    assert ran.out == ""
    assert ran.err.count("error:") == 1
    for word in words:
        assert word in ran.err


@pytest.fixture
def write(tmp_path: Path):
    def write(name: str, text: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


@pytest.fixture
def as_nobody() -> Iterator[None]:
    """Read as somebody who may not; root may read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("databse: {pool_size: 3}\n", ["config.yaml:1", "databse", "'database'"]),
        ("database:\n  pool_sise: 3\n", ["config.yaml:2", "'pool_size'"]),
        ("limits:\n\n  voice_slots: many\n", ["config.yaml:3", "voice_slots"]),
        ("limits: [\n", ["config.yaml:2", "not YAML"]),
        ("limits: {tick: 'a\n", ["config.yaml", "not YAML"]),
        ("just words\n", ["config.yaml", "no mapping"]),
        ("limits:\n", ["config.yaml:1", "limits"]),
        ("twilio: {account_sid: AC1}\n", ["OUTREACH__TWILIO__AUTH_TOKEN"]),
        ("llm: {api_key: '${env:NOWHERE_SET}'}\n", ["NOWHERE_SET", "export"]),
        (
            "twilio:\n  auth_token: secret\n  account_sid: AC1\n",
            ["config.yaml:2", "${env:TWILIO_AUTH_TOKEN}"],
        ),
        (b"limits: \x00\x01", ["config.yaml", "binary"]),
        (b"\xff\xfe\x00", ["config.yaml", "UTF-8"]),
    ],
)
def test_a_mistake_in_the_configuration_is_named(lone_shell: Shell, write, said, words):
    write("config.yaml", said)

    refused(lone_shell("campaign", "list"), *words)


def test_all_that_is_wrong_with_a_configuration_is_said_at_once(lone_shell: Shell, write):
    write("config.yaml", "databse: 1\nlimits: {tick: soon}\nllm: {model: m}\n")

    ran = lone_shell("campaign", "list")

    assert (ran.status, ran.out, ran.err.count("error:"), ran.err.count("fix:")) == (2, "", 3, 3)


def test_the_version_is_printed_without_a_configuration(lone_shell: Shell, write):
    write("config.yaml", "databse: 1\n")

    said = lone_shell.ok("--version").out

    assert said.startswith("outreach 0.")


def test_the_secret_that_was_written_into_the_file_is_not_repeated(lone_shell: Shell, write):
    write("config.yaml", "twilio:\n  account_sid: AC1\n  auth_token: hunter2\n")

    assert "hunter2" not in lone_shell("campaign", "list").err


def test_the_environment_is_named_when_it_is_what_is_wrong(lone_shell: Shell, monkeypatch):
    monkeypatch.setenv("OUTREACH__LIMITS__VOICE_SLOTS", "many")

    refused(lone_shell("campaign", "list"), "limits.voice_slots")


def test_a_section_in_the_environment_that_is_no_json_is_refused(lone_shell: Shell, monkeypatch):
    monkeypatch.setenv("OUTREACH__LIMITS", "many")

    refused(lone_shell("campaign", "list"), "limits")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("agent: ada", "agnet: ada", ["agnet", "agent"]),
        ("kind: campaign", "kind: campain", ["campain", "campaign"]),
        ("kind: campaign", "colour: red", ["no kind", "campaign"]),
        ("agent: ada", "agent: grace", ["no agent grace", "ada"]),
    ],
)
def test_a_mistake_in_a_campaign_is_named(applied: Shell, write, old, new, words):
    path = write("mine.yaml", CAMPAIGN.replace(old, new, 1))

    ran = applied("campaign", "apply", path)

    assert ran.status == 2
    assert ran.out == ""
    assert "error:" in ran.err
    for word in words:
        assert word in ran.err


def test_every_mistake_of_a_campaign_is_named_with_its_line(shell: Shell, write):
    path = write("mine.yaml", "kind: campaign\nname: Not A Slug\nconcurrency: none\ntitle: T\n")

    ran = shell("campaign", "apply", path)

    assert ran.status == 2
    assert f"{path}:2 name" in ran.err
    assert f"{path}:3 concurrency" in ran.err
    assert "goal is missing" in ran.err


def test_one_bad_document_among_good_ones_leaves_nothing_applied(shell: Shell, write):
    bad = write("bad.yaml", "kind: agent\n")

    assert shell("campaign", "apply", EXAMPLES / "agents" / "ada.yaml", bad).status == 2
    refused(
        shell("campaign", "apply", write("mine.yaml", CAMPAIGN)), "There is no agent", "none yet"
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("absent.yaml", None, ["no file"]),
        ("folder", "folder", ["folder"]),
        ("empty.yaml", "", ["no kind"]),
        ("binary.yaml", bytes(range(256)), ["UTF-8"]),
        ("zeros.yaml", bytes(64), ["binary"]),
        ("list.yaml", "- a\n- b\n", ["not a mapping"]),
        ("broken.yaml", "a: [b\n", ["not YAML"]),
        ("twice.yaml", "kind: agent\nkind: agent\n", ["twice"]),
        ("two.yaml", "kind: agent\n---\nkind: agent\n", ["not YAML"]),
        ("tagged.yaml", "kind: !!python/object:os.system {}\n", ["tagged.yaml"]),
        ("itself.yaml", "a: &a [*a]\n", ["itself.yaml", "aliases"]),
        ("deep.yaml", "[" * 5000, ["deep.yaml"]),
        ("bomb.yaml", BOMB, ["bomb.yaml", "aliases"]),
        ("x" * 300, None, ["cannot be read"]),
    ],
)
def test_a_file_that_is_no_document_is_refused(lone_shell: Shell, write, name, content, words):
    if content == "folder":
        Path(name).mkdir()
    elif content is not None:
        write(name, content)

    refused(lone_shell("campaign", "apply", name), *words)


def test_a_file_that_may_not_be_read_is_refused(lone_shell: Shell, write, as_nobody):
    path = Path("closed.yaml").absolute()
    if os.geteuid() != 65534:
        path.touch(mode=0o000)

    refused(lone_shell("campaign", "apply", path), "may not be read", "permissions")


@pytest.mark.parametrize("verb", ["launch", "pause", "resume", "cancel", "show"])
def test_a_campaign_that_nobody_knows_is_refused(shell: Shell, verb):
    refused(shell("campaign", verb, "autumn"), "no campaign autumn")


def test_a_campaign_without_its_channel_cannot_be_launched(applied: Shell):
    name = applied.ok("campaign", "list", "--json").data[0]["name"]

    refused(applied("campaign", "launch", name), "not configured", "fix:")


@pytest.mark.parametrize(
    "words",
    [
        ["dance"],
        ["campaign", "dance"],
        ["campaign", "show"],
        ["campaign", "list", "--wide"],
        ["db", "url", "extra"],
        ["simulator", "--port", "many"],
        ["simulator", "--port", "99999"],
        ["serve", "--port", "-1"],
        ["attempts", "close"],
    ],
)
def test_a_command_that_does_not_exist_is_refused(lone_shell: Shell, words):
    ran = lone_shell(*words)

    assert ran.status == 2
    assert ran.out == ""
    assert "Usage: " in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["attempts", "close", "7", "--as", "busy"], ["'7'", "an attempt"]),
        (["attempts", "close", "7", "--as", "dance"], ["'7'"]),
        (["leads", "cancel-follow-up", "7"], ["'7'", "a lead"]),
        (["suppress"], ["PHONE or EMAIL"]),
        (["suppress", "020 7946 0018"], ["+ and the country's code"]),
        (["suppress", "@example.com"], ["no e-mail address"]),
        (["simulator", "--now", "noon"], ["ISO 8601"]),
        (["simulator", "--now", "2026-11-24T14:00:00"], ["offset"]),
    ],
)
def test_a_word_that_means_nothing_is_refused(lone_shell: Shell, words, said):
    refused(lone_shell(*words), *said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["leads", "cancel-follow-up", "01890a5d-ac96-774b-bcce-b302099a8057"], "no lead"),
        (["attempts", "close", "01890a5d-ac96-774b-bcce-b302099a8057", "--as", "busy"], "attempt"),
    ],
)
def test_an_id_that_nobody_has_is_refused(shell: Shell, words, said):
    refused(shell(*words), said)


@pytest.mark.parametrize("words", [["db", "migrate"], ["campaign", "list"], ["stop"]])
def test_a_database_that_is_down_is_named_without_its_password(
    lone_shell: Shell, monkeypatch, words
):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        url = f"postgresql://me:hunter2@127.0.0.1:{port}/outreach"
        monkeypatch.setenv("OUTREACH__DATABASE__URL", url)
        ran = lone_shell(*words)

    refused(ran, "does not answer", "database.url", str(port))
    assert "hunter2" not in ran.err


@pytest.mark.parametrize("url", ["mysql://127.0.0.1/outreach", "nonsense", ""])
def test_an_address_that_is_no_database_is_refused(lone_shell: Shell, monkeypatch, url):
    monkeypatch.setenv("OUTREACH__DATABASE__URL", url)

    refused(lone_shell("db", "migrate"), "postgresql://")


@pytest.mark.parametrize("command", ["simulator", "serve", "demo"])
def test_a_port_that_is_taken_is_named(lone_shell: Shell, command):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        refused(lone_shell(command, "--port", str(port)), str(port), "--port")


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_that_cannot_be_is_refused(lone_shell: Shell, command):
    assert lone_shell(command, "--port", "99999").status == 2


def test_a_folder_in_which_nothing_can_be_made_is_named(lone_shell: Shell, write):
    write(".outreach", "a file")

    refused(lone_shell("demo", "--port", "0"), ".outreach", "Not a directory")


def test_a_database_that_goes_away_is_no_riddle(shell: Shell, stage: Stage):
    """Another session holds what a command needs for longer than it waits."""

    async def held(world: World) -> Ran:
        async with transaction(world.engine) as tx:
            await tx.execute(text("LOCK TABLE campaigns IN ACCESS EXCLUSIVE MODE"))
            return await asyncio.to_thread(shell, "campaign", "list")

    refused(stage.play(held), "The database failed", "lock timeout", "nothing was half done")


def test_a_host_that_is_not_ours_is_refused(lone_shell: Shell):
    refused(lone_shell("serve", "--host", "192.0.2.1", "--port", "0"), "192.0.2.1")


def test_a_role_that_does_not_exist_is_refused(lone_shell: Shell):
    refused(lone_shell("serve", "--roles", "web,singer"), "singer", "scheduler")


def test_a_demo_that_could_not_write_its_report_does_not_begin(lone_shell: Shell) -> None:
    refused(lone_shell("demo", "--exit", "--report", "nowhere/r.json"), "nowhere", "--report FILE")
