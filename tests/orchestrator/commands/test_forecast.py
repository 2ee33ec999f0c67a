"""`campaign forecast`: what an operator is told before a launch."""

import re

from tests.orchestrator.commands.conftest import EXAMPLES, Shell

CODE = re.compile(r"[a-z]_[a-z]|None|\{|ChannelName")


def imported(shell: Shell) -> Shell:
    shell("leads", "import", EXAMPLES / "leads.csv", "--campaign", "spring-phone")
    return shell


def test_it_says_who_comes_when_and_who_does_not(applied: Shell):
    said = imported(applied).ok("campaign", "forecast", "spring-phone").out
    assert re.search(r"of \d+ may be contacted now", said)
    assert "Everybody is tried once by" in said
    assert "attempts at least" in said
    assert "are not contacted. No consent" in said
    assert "Attempts by hour (UTC)" in said
    assert re.search(r"The first\n  \w{3} \d\d:\d\d in [A-Z]", said)
    assert not CODE.search(said), CODE.search(said)


def test_as_data_it_counts_every_lead_once(applied: Shell):
    found = imported(applied).ok("campaign", "forecast", "spring-phone", "--json").data
    listed = applied.ok("campaign", "show", "spring-phone", "--json").data
    resting = sum(group["leads"] for group in found["resting"])
    assert found["planned"] == found["forecast"]["fewest"]
    assert found["planned"] + resting == sum(listed["leads"].values())


def test_a_campaign_without_leads_and_one_that_is_not_there(applied: Shell):
    assert "Nobody is planned" in applied.ok("campaign", "forecast", "spring-phone").out
    refused = applied("campaign", "forecast", "sprong")
    assert refused.status == 2
    assert "outreach campaign list" in refused.err
