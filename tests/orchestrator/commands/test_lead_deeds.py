"""`outreach leads add|remove|move|reschedule|now`, as they are typed and answered."""

from uuid import uuid4

import pytest

from tests.orchestrator.commands.conftest import Shell, Stage

NUMBER = "+12125550100"


@pytest.fixture
def lead(shell: Shell, stage: Stage) -> str:
    """Somebody in a running campaign, added by hand; a second campaign is there."""
    stage.play(lambda world: world.campaign("spring"))
    stage.play(lambda world: world.campaign("summer"))
    said = shell.ok(
        *("leads", "add", "--campaign", "spring", "--phone", NUMBER),
        *("--field", "first_name=Ada", "--consent", "express", "--proof", "form 7", "--json"),
    )
    found = said.data["id"]
    assert isinstance(found, str)
    return found


def test_a_lead_is_shown_as_a_person_reads(shell: Shell, lead: str):
    said = shell.ok("leads", "show", lead).out

    assert said.startswith(f"Ada, lead {lead} of spring\n")
    assert "New; a call is due" in said
    assert "their time" in said
    assert "{" not in said


def test_the_list_names_the_lead_and_its_next_hour(shell: Shell, lead: str):
    said = shell.ok("leads", "list").out

    assert lead in said
    assert "their time" in said


def test_an_illegal_time_is_refused_and_the_nearest_are_named(shell: Shell, lead: str):
    refused = shell("leads", "reschedule", lead, "--at", "2031-03-06T23:00")
    done = shell.ok("leads", "reschedule", lead, "--at", "2031-03-06T14:30")

    assert refused.status == 2
    assert "before: Thu 06 Mar 2031 20:59 America/New_York" in refused.err
    assert "after: Fri 07 Mar 2031 08:00 America/New_York" in refused.err
    assert done.out == (
        "Next: voice on Thu 06 Mar 2031 14:30 America/New_York (2031-03-06T19:30Z).\n"
    )


def test_now_is_said_in_both_times(shell: Shell, lead: str):
    said = shell.ok("leads", "now", lead, "--json").data

    assert (said["lead"], said["zone"], said["channel"]) == (lead, "America/New_York", "voice")


def test_a_lead_is_moved_and_removed(shell: Shell, lead: str):
    moved = shell.ok("leads", "move", lead, "--to", "summer", "--json").data
    removed = [shell.ok("leads", "remove", moved["id"], "--json").data for _ in range(2)]

    assert (moved["campaign"], moved["work"]) == ("summer", "planned")
    assert [one["removed"] for one in removed] == [True, False]
    said = shell.ok("leads", "list", "--campaign", "summer").out
    assert "The lead was taken out of the campaign." in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "--campaign", "winter", "--phone", NUMBER), "no campaign winter"),
        (("add", "--campaign", "spring", "--phone", "555"), "not written as +"),
        (("add", "--campaign", "spring", "--phone", NUMBER), "already has a lead"),
        (("add", "--campaign", "spring", "--phone", "+12125550101", "--field", "x"), "KEY=VALUE"),
        (("add", "--campaign", "spring", "--phone", "+12125550101", "--field", "x=1"), "has no x"),
        (
            ("add", "--campaign", "spring", "--phone", "+12125550101", "--consent", "express"),
            "--proof",
        ),
        (("remove", "Ada"), "neither the id of a lead nor a phone number"),
        (("move", str(uuid4()), "--to", "spring"), "no lead"),
        (("now", str(uuid4())), "no lead"),
    ],
)
def test_a_mistake_gets_one_message_and_status_two(
    shell: Shell, lead: str, words: tuple[str, ...], said: str
):
    ran = shell("leads", *words)

    assert ran.status == 2
    assert said in ran.err


@pytest.mark.parametrize(
    "deed",
    [("reschedule", "--at", "2031-03-06T14:30"), ("now",), ("remove",), ("cancel-follow-up",)],
    ids=lambda words: words[0],
)
def test_a_lead_is_named_by_its_number_too(shell: Shell, lead: str, deed: tuple[str, ...]):
    word, *options = deed

    said = shell.ok("leads", word, NUMBER, *options, "--json").data

    assert said["lead"] == lead


def test_a_number_of_several_leads_is_answered_with_their_ids(shell: Shell, lead: str):
    shell.ok("leads", "move", NUMBER, "--to", "summer")

    refused = shell("leads", "now", NUMBER)

    assert refused.status == 2
    assert "is the number of 2 leads" in refused.err
    assert lead in refused.err
    assert "in summer" in refused.err


@pytest.mark.parametrize(
    ("written", "fix"),
    [("+1 212 555 0100", "Write it as +12125550100."), ("2125550100", "with + and the country")],
)
def test_a_number_that_is_written_otherwise_is_refused_with_its_form(
    shell: Shell, lead: str, written: str, fix: str
):
    refused = shell("leads", "now", written)

    assert refused.status == 2
    assert fix in refused.err
