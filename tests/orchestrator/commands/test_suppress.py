"""Suppressing from the command line: a number, an address, a list; known people or not."""

import pytest

from orchestrator.engine.actions.suppress import EVERYWHERE
from tests.orchestrator.commands.conftest import EXAMPLES, Shell, Stage
from tests.orchestrator.engine.world import World

ANN, BEN, CAT = "+12025550111", "+12025550112", "+12025550113"


def test_a_number_that_nobody_knows_is_put_on_the_list(shell: Shell, stage: Stage):
    assert shell.ok("suppress", ANN, "--json").data == {"added": 1, "known": 0, "bad": []}
    assert shell.ok("suppress", ANN, "--json").data == {"added": 0, "known": 1, "bad": []}
    assert stage.rows("SELECT kind, value, scope, created_by FROM suppressions") == [
        ("phone", ANN, EVERYWHERE, "cli")
    ]


def test_an_address_is_kept_in_lower_case(shell: Shell, stage: Stage):
    shell.ok("suppress", "Ann@Example.COM")

    assert stage.rows("SELECT kind, value FROM suppressions") == [("email", "ann@example.com")]


@pytest.mark.row("S2-11")
def test_whatever_is_planned_for_them_is_cancelled_in_every_campaign(shell: Shell, stage: Stage):
    async def two_campaigns(world: World) -> None:
        for name in ("spring", "summer"):
            await world.leads(await world.campaign(name), 2, phones=[ANN, BEN])

    stage.play(two_campaigns)

    shell.ok("suppress", ANN)

    states = stage.rows("SELECT phone, state FROM attempts ORDER BY phone, state")
    assert states == [(ANN, "cancelled")] * 2 + [(BEN, "planned")] * 2
    assert stage.rows("SELECT DISTINCT work, status FROM leads WHERE phone = :p", p=ANN) == [
        ("ended", "do_not_contact")
    ]
    assert stage.play(lambda world: world.tick()) == 1
    assert stage.rows("SELECT DISTINCT state FROM attempts WHERE phone = :p", p=ANN) == [
        ("cancelled",)
    ]


def test_somebody_known_already_is_taken_back_all_the_same(shell: Shell, stage: Stage):
    shell.ok("suppress", ANN)

    async def planned_later(world: World) -> None:
        await world.leads(await world.campaign("spring"), 1, phones=[ANN])

    stage.play(planned_later)

    assert shell.ok("suppress", ANN, "--json").data["known"] == 1
    assert stage.rows("SELECT state FROM attempts") == [("cancelled",)]


def test_a_list_is_taken_in_and_its_bad_lines_are_named(shell: Shell, stage: Stage, tmp_path):
    (tmp_path / "list.txt").write_text(
        f"\ufeff# asked us to stop\n{ANN}\n\n{BEN}  # by letter\n{ANN}\n"
        "020 7946 0018\nnobody@nowhere\ncat@example.com\n",
        encoding="utf-8",
    )

    ran = shell("suppress", "--file", "list.txt", "--json")

    assert ran.status == 1
    assert (ran.data["added"], ran.data["known"]) == (3, 0)
    assert [(one["line"], one["code"]) for one in ran.data["bad"]] == [
        (6, "phone_not_e164"),
        (7, "bad_email"),
    ]
    assert stage.rows("SELECT DISTINCT source FROM suppressions") == [("list.txt",)]
    spoken = shell("suppress", "--file", "list.txt")
    assert spoken.status == 1
    assert "0 added, 3 known already, 2 not understood." in spoken.out
    assert "list.txt:6: '020 7946 0018'" in spoken.out


def test_the_example_is_a_list_without_a_bad_line(shell: Shell):
    from_repository = shell.ok("suppress", "--file", EXAMPLES / "do-not-contact.txt", "--json")

    assert from_repository.data["bad"] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no file"),
        (b"", "names nobody"),
        (b"# only a comment\n", "names nobody"),
        (bytes(range(128, 256)), "UTF-8"),
        (bytes(99), "binary"),
    ],
)
def test_a_file_that_is_no_list_is_refused(lone_shell: Shell, tmp_path, content, said):
    if content is not None:
        (tmp_path / "list.txt").write_bytes(content)

    ran = lone_shell("suppress", "--file", "list.txt")

    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err


def test_a_person_and_a_list_at_once_are_refused(lone_shell: Shell):
    assert lone_shell("suppress", ANN, "--file", "list.txt").status == 2


def test_it_is_told_once_and_withdraws_their_consent(shell: Shell, stage: Stage):
    async def known(world: World) -> None:
        await world.leads(await world.campaign("spring"), 1, phones=[CAT])

    stage.play(known)

    shell.ok("suppress", CAT)
    shell.ok("suppress", CAT)

    told = "SELECT kind, actor, contact_id IS NOT NULL FROM events WHERE kind = ANY(:kinds)"
    kinds = ["person.suppressed", "consent.revoked"]
    assert sorted(stage.rows(told, kinds=kinds)) == [
        ("consent.revoked", "cli", True),
        ("person.suppressed", "cli", True),
    ]


def test_a_number_of_nobody_is_told_too(shell: Shell, stage: Stage):
    shell.ok("suppress", ANN)
    shell.ok("suppress", ANN)

    assert stage.rows("SELECT actor, contact_id FROM events WHERE kind = 'person.suppressed'") == [
        ("cli", None)
    ]


def test_who_was_listed_by_mistake_is_taken_off_again(shell: Shell, stage: Stage):
    shell.ok("suppress", "+12025550123")

    assert shell.ok("suppress", "+12025550123", "--lift", "--json").data == {"lifted": 1}
    assert "0 taken off the list" in shell.ok("suppress", "+12025550123", "--lift").out
    assert stage.rows("SELECT lifted_by FROM suppressions") == [("cli",)]
