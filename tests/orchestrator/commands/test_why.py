"""`leads why` and `campaign why`: each decision in words that need no manual."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from channels.fake import Lose
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.actions.suppress import Reach, suppress_contacts
from orchestrator.engine.duties import fold_events
from storage import clock
from storage.database import transaction
from tests.orchestrator.commands.conftest import Shell, Stage
from tests.orchestrator.engine.world import TUESDAY, World

CONTACT = text("SELECT contact_id FROM leads")
ANN = "+12025550111"
OPERATOR = Actor(name="cli", role=Role.OWNER)
FOLDED = "SELECT sum(count)::int FROM tallies WHERE kind = 'attempt.started' HAVING sum(count) = 3"
CODE = re.compile(r"[a-z]_[a-z]|[0-9a-f]{8}-[0-9a-f]{4}|None|\{")


async def lived(world: World) -> None:
    """A lead that was planned, refused once, started, lost sight of, and suppressed."""
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1, phones=[ANN])
    await world.do("UPDATE campaigns SET status = 'paused'")
    async with transaction(world.engine) as tx:
        await clock.move(tx, TUESDAY + timedelta(minutes=5))
    await world.tick()
    await world.do("UPDATE campaigns SET status = 'running'")
    world.voice.always = Lose(taken=True)
    await world.tick()
    async with transaction(world.engine) as tx:
        [(contact,)] = await tx.execute(CONTACT)
        reach = Reach(source="cli", reason="opted_out", by=OPERATOR)
        await suppress_contacts(world.context(), tx, [contact], reach, await clock.now(tx))


def test_a_leads_history_is_told_in_sentences_with_both_times(shell: Shell, stage: Stage):
    stage.play(lived)
    said = shell.ok("leads", "why", ANN).out

    assert "A call is planned for 2031-03-04 15:00 UTC (Tue 10:00 in New York)" in said
    assert "Its turn has come, from +12025550100" in said
    assert "The last check said yes" in said
    assert "so it is asked and never told twice" in said
    assert "They must not be contacted any more, at the command line." in said
    assert "2031-03-04 15:0" in said
    assert "Tue 10:0" in said
    body = said.split("\n", 1)[1]
    assert not CODE.search(body), CODE.search(body)


def test_the_history_as_data_has_the_codes_and_the_words(shell: Shell, stage: Stage):
    stage.play(lived)
    (lead,) = shell.ok("leads", "why", ANN, "--json").data
    kinds = [one["kind"] for one in lead["events"]]
    assert kinds[0] == "attempt.planned"
    assert "person.suppressed" in kinds, "what is of the person stands in each of their leads"
    assert all(one["told"].endswith(".") for one in lead["events"])


def test_a_consent_that_is_not_enough_is_told_with_the_rule_that_asks_for_more(
    shell: Shell, stage: Stage
):
    async def scene(world: World) -> None:
        campaign = await world.campaign("spring", document={"purpose": "marketing"})
        await world.leads(campaign, 1, phones=[ANN])
        await world.do("UPDATE consents SET basis = 'opt-in'")
        await world.tick()

    stage.play(scene)
    said = shell.ok("leads", "why", ANN).out
    (lead,) = shell.ok("leads", "why", ANN, "--json").data

    wanted = "a consent in writing by the rules of US; on record is an express consent"
    assert f"Consent is not enough. Needed for calls: {wanted}." in said
    assert f"What is missing: {wanted}." in said
    assert lead["law"]["consent_lacks"] == [f"calls: {wanted}", f"messages: {wanted}"]


def test_a_campaign_says_how_many_wait_for_what(shell: Shell, stage: Stage):
    async def scene(world: World) -> None:
        campaign = await world.campaign("spring")
        await world.leads(campaign, 3, due_at=TUESDAY + timedelta(hours=22))
        await world.leads(campaign, 2)
        await world.leads(campaign, 4)
        await world.do(
            "UPDATE leads SET work = 'blocked', work_reason = 'no_consent' WHERE id IN"
            " (SELECT lead_id FROM attempts ORDER BY due_at, id LIMIT 4)"
        )
        await world.do(
            "UPDATE attempts SET state = 'cancelled' WHERE lead_id IN"
            " (SELECT id FROM leads WHERE work = 'blocked')"
        )

    stage.play(scene)
    said = shell.ok("campaign", "why", "spring").out
    assert "Campaign spring is running." in said
    assert "3 wait for 08:00 where they are; the first is due 2031-03-05 13:00 UTC." in said
    assert "2 are due and wait for their turn." in said
    assert "4 are not contacted. No consent that is enough is recorded for this channel." in said
    data = shell.ok("campaign", "why", "spring", "--json").data
    assert [line["leads"] for line in data["leads"]] == [4, 3, 2]
    shell.ok("stop")
    assert "outreach resume-all" in shell.ok("campaign", "why", "spring").out
    assert shell("campaign", "why", "autumn").status == 2


def test_a_campaigns_counts_are_exact_whether_they_are_folded_or_not(shell: Shell, stage: Stage):
    async def scene(world: World) -> None:
        world.limits = replace(world.limits, fold_batch=2)
        campaign = await world.campaign("spring")
        await world.leads(campaign, 3)
        await world.tick()
        # Transactions of other tests on this server may hold it up.
        while not await world.rows(FOLDED):
            await fold_events(world.context())
        await world.leads(campaign, 2)
        await world.tick()

    stage.play(scene)
    (listed,) = shell.ok("campaign", "list", "--json").data
    assert (listed["started"], listed["ended"]) == (5, 0)
    happened = shell.ok("campaign", "show", "spring", "--json").data["happened"]
    assert (happened["attempt.planned"], happened["attempt.started"]) == (5, 5)
    assert stage.rows("SELECT sum(count)::int FROM tallies WHERE kind = 'attempt.started'") == [
        (3,)
    ]


def test_a_lead_says_whether_now_is_a_time_by_which_rules_and_what_moved_it(
    shell: Shell, stage: Stage
):
    async def scene(world: World) -> None:
        campaign = await world.campaign("spring")
        await world.leads(campaign, 1, phones=["+13055550111"])
        async with transaction(world.engine) as tx:
            await clock.move(tx, TUESDAY + timedelta(hours=10, minutes=30))
        await world.tick()

    stage.play(scene)
    said = shell.ok("leads", "why", "+13055550111").out
    (lead,) = shell.ok("leads", "why", "+13055550111", "--json").data

    assert "May not be contacted now; hours open Wed 08:00 in New York." in said
    assert "US-FL (Florida): Tue 20:30 in America/New_York is outside 08:00-20:00" in said
    assert "Taken to be in US-FL." in said
    assert "US: Sales calls only from 08:00 to 21:00" in said
    assert lead["law"]["places"] == ["US-FL"]
    assert lead["law"]["rules"] == ["US", "US-FL"]
    assert lead["law"]["open_until"] is None


HISTORY = ["campaign.paused", "campaign.resumed", "campaign.applied"]


def came_by_hand(shell: Shell, stage: Stage) -> str:
    """A lead of a campaign that was launched before it came."""

    async def launched(world: World) -> None:
        campaign = await world.campaign("spring")
        await world.do(
            "INSERT INTO events (at, kind, actor, campaign_id)"
            " VALUES (:at, 'campaign.launched', 'cli', :id)",
            at=TUESDAY - timedelta(hours=1),
            id=campaign,
        )

    stage.play(launched)
    shell.ok(
        *("leads", "add", "--campaign", "spring", "--phone", ANN),
        *("--consent", "express", "--proof", "form 7"),
    )
    ((lead,),) = stage.rows("SELECT id FROM leads")
    return str(lead)


def test_a_lead_s_history_names_what_happened_to_its_campaign_since_it_came(
    shell: Shell, stage: Stage, tmp_path: Path
):
    came_by_hand(shell, stage)
    shell.ok("campaign", "pause", "spring")
    shell.ok("campaign", "resume", "spring")
    edited = tmp_path / "spring.yaml"
    document = shell.ok("campaign", "show", "spring", "--yaml").out
    edited.write_text(document.replace("goal: ", "goal: More. "))
    shell.ok("campaign", "apply", edited, "--yes")

    said, shown = shell.ok("leads", "why", ANN).out, shell.ok("leads", "show", ANN).out

    for one in (said, shown):
        history = one.split("\n", 1)[1]
        assert history.index("The campaign was paused.") < history.index("The campaign goes on.")
        assert "was published as version 2" in history
        assert "The campaign runs." not in history, "it ran before the lead came"
    (told,) = shell.ok("leads", "why", ANN, "--json").data
    kinds = [one["kind"] for one in told["events"]]
    assert [one for one in kinds if one.startswith("campaign.")] == HISTORY
    (data,) = shell.ok("leads", "show", ANN, "--json").data
    assert [one["kind"] for one in data["campaign_events"]] == HISTORY
    assert stage.rows("SELECT count(*) FROM events WHERE kind = 'campaign.paused'") == [(1,)]


def test_a_lead_that_was_taken_out_is_told_of_no_later_pause(shell: Shell, stage: Stage):
    lead = came_by_hand(shell, stage)
    shell.ok("leads", "remove", lead)
    shell.ok("campaign", "pause", "spring")

    assert "The campaign was paused." not in shell.ok("leads", "why", lead).out
