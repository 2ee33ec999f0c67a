"""What somebody may demand, from the command line: all about them, and to be forgotten."""

import json
import stat
from pathlib import Path

import pytest

from tests.orchestrator.commands.conftest import Shell, Stage
from tests.orchestrator.engine.world import World

ANN, BEN = "+12025550111", "+12025550112"


@pytest.fixture
def people(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setenv("OUTREACH__COMPLIANCE__ERASURE_KEY", "0123456789" * 4)

    async def two(world: World) -> None:
        await world.leads(await world.campaign("spring"), 2, phones=[ANN, BEN])

    stage.play(two)
    return stage


def test_everything_about_a_person_is_written_for_them_alone(
    shell: Shell, people: Stage, tmp_path: Path
) -> None:
    shell.ok("person", "export", ANN, "--out", tmp_path / "ann.json")

    file = tmp_path / "ann.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one["phone"] for one in json.loads(file.read_text())["leads"]] == [ANN]
    assert shell.ok("person", "export", ANN).data == json.loads(file.read_text())


def test_nobody_is_erased_by_a_slip(shell: Shell, people: Stage) -> None:
    ran = shell("person", "erase", ANN)

    assert ran.status == 2
    assert "--confirm" in ran.err
    assert people.rows("SELECT count(*) FROM leads WHERE phone = :p", p=ANN) == [(1,)]


def test_a_person_is_erased_and_stays_away(
    shell: Shell, people: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = shell.ok("person", "erase", ANN, "--confirm", "--json").data

    assert done == {"leads": 1, "recordings": 0, "marked": 1}
    assert people.rows("SELECT phone, state FROM attempts ORDER BY phone DESC") == [
        ("erased", "cancelled"),
        (BEN, "planned"),
    ]
    ((lead,),) = people.rows("SELECT id::text FROM leads WHERE phone IS NULL")
    shown = shell.ok("leads", "why", str(lead)).out
    assert "erased on their demand" in " ".join(shown.split())
    shell.ok("leads", "show", str(lead))
    assert shell.ok("leads", "list", "--json").data["total"] == 2
    ran = shell("leads", "add", "--campaign", "spring", "--phone", ANN)
    assert ran.status == 2
    assert "erased" in ran.err
    monkeypatch.delenv("OUTREACH__COMPLIANCE__ERASURE_KEY")
    ran = shell("suppress", BEN)
    assert ran.status == 2
    assert "compliance.erasure_key" in ran.err


def test_what_is_no_number_is_refused(shell: Shell, people: Stage) -> None:
    for command in (("export",), ("erase", "--confirm")):
        ran = shell("person", *command, "5550111")
        assert ran.status == 2
        assert "fix:" in ran.err
