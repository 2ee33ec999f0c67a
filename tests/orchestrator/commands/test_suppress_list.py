"""Public do-not-call lists: imported, looked up by import, planning and gate, replaced at once."""

from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.engine import lifting
from orchestrator.engine.replan import unblock
from outreach.lifting import Lifter
from storage import clock, do_not_call
from storage.database import transaction
from tests.orchestrator.commands.conftest import Shell, Stage
from tests.orchestrator.engine.world import TUESDAY, World

PARIS, LYON = "+33199001200", "+33199001201"
BLOCKED = ("blocked", "do_not_call_list")
STANDS = "SELECT phone, work, work_reason FROM leads ORDER BY phone"


def listed(shell: Shell, *lines: str, name: str = "bloctel", more: tuple[str, ...] = ()) -> object:
    Path("list.txt").write_text("\n".join((*lines, "")))
    arguments = ("suppress", "list", "import", "list.txt", "--list", name, "--country", "FR")
    return shell.ok(*arguments, *more, "--json").data


async def two_leads(world: World) -> None:
    await world.leads(await world.campaign("spring"), 2, phones=[PARIS, LYON])


async def tick(world: World) -> None:
    await world.tick()


async def look_again(world: World) -> None:
    for (campaign,) in await world.rows("SELECT id::text FROM campaigns"):
        await lifting.lift_in_batches(world.context(), str(campaign), Lifter.LIST_REPLACED.value)
    await unblock(world.context())


def test_the_gate_refuses_who_is_on_a_list_and_why_names_it(shell: Shell, stage: Stage):
    stage.play(two_leads)
    assert listed(shell, "01 99 00 12 00") == {
        "numbers": 1,
        "before": None,
        "bad": 0,
        "shown": [],
    }

    stage.play(tick)

    assert stage.rows(STANDS)[0] == (PARIS, *BLOCKED)
    assert stage.rows("SELECT phone FROM attempts WHERE state = 'started'") == [(LYON,)]
    said = shell.ok("leads", "why", PARIS).out
    assert "on the list bloctel (FR) of 2031-03-04, which no consent beats" in said
    [told] = shell.ok("leads", "why", PARIS, "--json").data
    assert len(told["law"]["do_not_call"]) == 1


def test_a_new_version_takes_the_place_of_the_old_one_and_lets_go_of_who_left_it(
    shell: Shell, stage: Stage
):
    stage.play(two_leads)
    listed(shell, PARIS)
    stage.play(tick)

    done = listed(shell, LYON, LYON, more=("--replace",))
    stage.play(look_again)

    assert done == {"numbers": 1, "before": 1, "bad": 0, "shown": []}
    assert stage.rows(STANDS)[0] == (PARIS, "planned", None)
    versions = "SELECT numbers, replaced_at IS NULL FROM do_not_call_lists ORDER BY imported_at, 2"
    assert stage.rows(versions) == [(1, False), (1, True)]
    assert stage.rows("SELECT count(*) FROM do_not_call_numbers") == [(1,)]


def test_planning_keeps_who_is_still_on_the_new_version(shell: Shell, stage: Stage):
    stage.play(two_leads)
    listed(shell, PARIS)
    stage.play(tick)

    listed(shell, PARIS, LYON, more=("--replace",))
    stage.play(look_again)

    assert stage.rows(STANDS)[0] == (PARIS, *BLOCKED)


def test_a_dropped_list_holds_nobody(shell: Shell, stage: Stage):
    stage.play(two_leads)
    listed(shell, PARIS)
    stage.play(tick)

    shell.ok("suppress", "list", "drop", "bloctel")
    stage.play(look_again)

    assert stage.rows(STANDS)[0] == (PARIS, "planned", None)
    assert shell("suppress", "list", "drop", "bloctel").status == 2


def test_what_would_leave_a_list_without_numbers_or_by_accident_changes_nothing(
    shell: Shell, stage: Stage
):
    listed(shell, PARIS)
    arguments = ("suppress", "list", "import", "list.txt", "--list", "bloctel", "--country")

    again = shell(*arguments, "FR")
    elsewhere = shell(*arguments, "GB", "--replace")
    Path("list.txt").write_text("<html>Please log in</html>\n")
    empty = shell(*arguments, "FR", "--replace")

    assert (again.status, elsewhere.status, empty.status) == (2, 2, 2)
    assert "--replace" in again.err
    assert "holds no number of FR" in empty.err
    assert stage.rows("SELECT name, numbers, replaced_at FROM do_not_call_lists") == [
        ("bloctel", 1, None)
    ]
    assert stage.rows("SELECT block, ends FROM do_not_call_numbers") == [(3319900, [1200])]


def test_lines_that_are_no_numbers_are_counted_and_shown(shell: Shell):
    Path("list.txt").write_text("number\n+33199001200\n\n# none\n12\n")

    ran = shell("suppress", "list", "import", "list.txt", "--list", "b", "--country", "fr")

    assert ran.status == 1
    assert "1 numbers; 2 lines not understood." in ran.out


def test_an_imported_row_on_a_list_is_taken_and_blocked(applied: Shell):
    listed(applied, PARIS)
    Path("l.csv").write_text(
        "phone,first_name,consent,plan\n+33199001200,Ann,written,free\n+33199001201,Bea,written,free\n"
    )

    ran = applied("leads", "import", "l.csv", "--campaign", "spring-phone", "--json")

    assert ran.data["blocked"].get("do_not_call_list") == 1
    leads = applied.ok("leads", "list", "--json").data["rows"]
    reasons = {lead["phone"]: lead["work_reason"] for lead in leads}
    assert reasons[PARIS] == "do_not_call_list"
    assert reasons[LYON] != "do_not_call_list"


def test_an_old_list_is_told_at_launch_and_by_the_doctor(shell: Shell, stage: Stage):
    async def begin(world: World) -> None:
        await world.leads(await world.campaign("spring"), 1, phones=[PARIS])

    stage.play(begin)
    listed(shell, LYON)
    assert "warning" not in shell.ok("campaign", "launch", "spring").out

    async def later(world: World) -> None:
        async with transaction(world.engine) as tx:
            await clock.move(tx, TUESDAY + timedelta(days=32, hours=1))

    stage.play(later)
    said = shell.ok("campaign", "launch", "spring").out
    assert "warning: The do-not-call list bloctel (FR) is 32 days old; 31 are allowed." in said
    assert "do_not_call_list_old" in shell("doctor", "--json").out
    [shown] = shell.ok("suppress", "list", "show", "--json").data
    assert (shown["age_days"], shown["is_old"]) == (32, True)


@pytest.mark.parametrize("phone", ["+33199001200", "+14155550100"])
def test_a_number_that_is_on_no_list_is_found_on_none(shell: Shell, stage: Stage, phone: str):
    listed(shell, "+33199001300", "+33198001200")

    async def found(world: World) -> dict[str, object]:
        async with transaction(world.engine) as tx:
            return dict(await do_not_call.find(tx, {phone, "nonsense"}))

    assert stage.play(found) == {}
