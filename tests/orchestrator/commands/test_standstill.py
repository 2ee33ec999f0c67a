"""What keeps a whole campaign still is said before anything about one of its leads."""

import pytest

from tests.orchestrator.commands.conftest import Shell, Stage

NUMBER = "+12125550100"
STOPPED = "Everything is stopped: nobody is contacted until `outreach resume-all`."
ASKS = [("leads", "why", NUMBER), ("leads", "show", NUMBER), ("leads", "list")]
ASKS += [("campaign", "why", "spring"), ("campaign", "show", "spring")]


@pytest.fixture
def spring(shell: Shell, stage: Stage) -> Stage:
    """A running campaign with one lead."""
    stage.play(lambda world: world.campaign("spring"))
    shell.ok(
        *("leads", "add", "--campaign", "spring", "--phone", NUMBER),
        *("--consent", "express", "--proof", "form 7"),
    )
    return stage


def stand(stage: Stage, status: str) -> None:
    stage.play(lambda world: world.do(f"UPDATE campaigns SET status = '{status}'"))


@pytest.mark.parametrize("ask", ASKS, ids=" ".join)
@pytest.mark.parametrize(
    ("status", "command"),
    [("draft", "outreach campaign launch spring"), ("paused", "outreach campaign resume spring")],
)
def test_a_campaign_that_does_not_run_is_said_first(
    shell: Shell, spring: Stage, ask: tuple[str, ...], status: str, command: str
):
    stand(spring, status)

    first = shell.ok(*ask).out.splitlines()[0]

    assert status in first
    assert f"`{command}`" in first


@pytest.mark.parametrize("ask", ASKS, ids=" ".join)
def test_the_emergency_stop_is_said_first(shell: Shell, spring: Stage, ask: tuple[str, ...]):
    shell.ok("stop")

    assert shell.ok(*ask).out.splitlines()[0] == STOPPED


@pytest.mark.parametrize("ask", ASKS[:3], ids=" ".join)
def test_nothing_is_said_of_a_campaign_that_runs(shell: Shell, spring: Stage, ask: tuple[str, ...]):
    said = shell.ok(*ask).out

    assert "Campaign spring" not in said
    assert "stopped" not in said


@pytest.mark.parametrize("deed", ["launch", "resume"])
def test_who_launches_or_resumes_is_told_that_everything_is_stopped(
    shell: Shell, spring: Stage, deed: str
):
    stand(spring, "paused")
    shell.ok("stop")

    said = shell.ok("campaign", deed, "spring").out

    assert said.startswith("Campaign spring is running, but everything is stopped")
    assert "`outreach resume-all`" in said
    assert shell.ok("campaign", deed, "spring", "--json").data["stopped"] is True


def test_archiving_a_draft_asks_before_it_ends_leads(shell: Shell, spring: Stage):
    stand(spring, "draft")

    refused = shell("campaign", "archive", "spring")

    assert refused.status == 2
    assert "1 lead that is not ended" in refused.err
    assert "--yes" in refused.err
    assert spring.rows("SELECT status FROM campaigns") == [("draft",)]
    assert shell.ok("campaign", "archive", "spring", "--yes").out.endswith("is archived.\n")


def test_archiving_what_holds_nobody_asks_nothing(shell: Shell, stage: Stage):
    stage.play(lambda world: world.campaign("empty"))
    stand(stage, "draft")

    shell.ok("campaign", "archive", "empty")


@pytest.mark.parametrize("verb", ["why", "show"])
def test_whoever_reads_a_lead_as_data_is_told_that_its_campaign_stands_still(
    shell: Shell, spring: Stage, verb: str
):
    stand(spring, "paused")
    shell.ok("stop")

    (lead,) = shell.ok("leads", verb, NUMBER, "--json").data

    assert lead["standstill"][0] == STOPPED
    assert "Campaign spring is paused" in lead["standstill"][1]
    shell.ok("resume-all")
    stand(spring, "running")
    assert shell.ok("leads", verb, NUMBER, "--json").data[0]["standstill"] == []
