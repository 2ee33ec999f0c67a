"""A company or a country is left alone, in every campaign or in one, until that is lifted."""

from pathlib import Path

import pytest

from orchestrator.engine import lifting
from orchestrator.engine.replan import unblock
from outreach.lifting import Lifter
from tests.orchestrator.commands.conftest import Shell, Stage
from tests.orchestrator.engine.world import World

STANDS = (
    "SELECT c.name, l.phone, l.work, l.work_reason, l.status FROM leads l"
    " JOIN campaigns c ON c.id = l.campaign_id ORDER BY 1, 2"
)
PARIS, LONDON = "+33199001200", "+442079460100"
HELD = ("blocked", "suppressed", "new")
FREE = ("planned", None, "new")


async def two_campaigns(world: World) -> None:
    for name in ("spring", "summer"):
        await world.leads(await world.campaign(name), 2, phones=[PARIS, LONDON])
    await world.do("UPDATE leads SET work = 'planned', company = 'Acme Ltd', country = 'FR'")
    await world.do("UPDATE leads SET company = 'Other', country = 'GB' WHERE phone = :p", p=LONDON)


@pytest.mark.parametrize("words", [("--company", " ACME ltd"), ("--country", "fr")])
def test_what_is_planned_for_them_is_taken_back_and_comes_again_when_it_is_lifted(
    shell: Shell, stage: Stage, words: tuple[str, str]
):
    stage.play(two_campaigns)

    done = shell.ok("suppress", *words, "--json").data
    again = shell.ok("suppress", *words, "--json").data

    assert done == {"added": 1, "taken_back": 2}
    assert again == {"added": 0, "taken_back": 0}
    assert stage.rows(STANDS) == [
        ("spring", PARIS, *HELD),
        ("spring", LONDON, *FREE),
        ("summer", PARIS, *HELD),
        ("summer", LONDON, *FREE),
    ]
    assert shell.ok("suppress", *words, "--lift", "--json").data == {"lifted": 1, "taken_back": 0}

    async def look_again(world: World) -> None:
        for (campaign,) in await world.rows("SELECT id::text FROM campaigns"):
            await lifting.lift_in_batches(
                world.context(), str(campaign), Lifter.SUPPRESSION_LIFTED.value
            )
        await unblock(world.context())

    stage.play(look_again)
    assert {row[2:] for row in stage.rows(STANDS)} == {FREE}


def test_one_campaign_alone_can_leave_them_alone(shell: Shell, stage: Stage):
    stage.play(two_campaigns)

    shell.ok("suppress", "--country", "FR", "--campaign", "spring")

    assert [row[2:] for row in stage.rows(STANDS)] == [HELD, FREE, FREE, FREE]
    assert shell.ok("suppress", "--country", "FR", "--lift", "--json").data["lifted"] == 0


@pytest.mark.parametrize("named", [("company", "acme ltd"), ("country", "FR")])
def test_the_gate_refuses_what_was_planned_since(
    shell: Shell, stage: Stage, named: tuple[str, str]
):
    shell.ok("suppress", f"--{named[0]}", named[1])
    stage.play(two_campaigns)

    async def tick(world: World) -> list[str]:
        await world.tick()
        return world.voice.tried

    stage.play(tick)
    # Their other attempt did not get the line: one person has one.
    states = "SELECT DISTINCT state, cancel_reason FROM attempts WHERE phone = :p ORDER BY 1"
    assert stage.rows(states, p=PARIS) == [("cancelled", "suppressed"), ("planned", None)]
    assert stage.rows(states, p=LONDON) == [("planned", None), ("started", None)]


def test_an_import_holds_them_back_and_leaves_their_own_standing_alone(
    applied: Shell, database_url: str, tmp_path: Path
):
    applied.ok("suppress", "--company", "Acme Ltd")
    applied.ok("suppress", "--country", "FR")
    (tmp_path / "l.csv").write_text(
        "phone,company,consent\n+442079460101,ACME Ltd,yes\n"
        f"{PARIS},Other,yes\n{LONDON},Other,yes\n",
        encoding="utf-8",
    )

    ran = applied("leads", "import", "l.csv", "--campaign", "spring-phone", "--json")

    assert ran.data["blocked"] == {"suppressed": 2}
    rows = Stage(database_url).rows("SELECT DISTINCT status FROM leads")
    assert rows == [("new",)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--country", "XX"), "is no country"),
        (("--company", " "), "no name"),
        (("--company", "Acme", "--country", "FR"), "not both"),
        (("+12025550123", "--country", "FR"), "one at a time"),
        (("+12025550123", "--campaign", "spring"), "--campaign goes with"),
        (("--country", "FR", "--campaign", "nothing"), "no campaign 'nothing'"),
    ],
)
def test_what_cannot_be_meant_is_refused(shell: Shell, words: tuple[str, ...], said: str):
    ran = shell("suppress", *words)

    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
