"""What only a person can settle: unsure attempts, and follow-ups that are not wanted any more."""

import json
from uuid import UUID

import pytest

from channels.fake import Lose
from outreach.channel import ChannelName
from tests.orchestrator.commands.conftest import Shell, Stage
from tests.orchestrator.engine.world import World

ANN = "+12025550111"


def lost(stage: Stage, channel: ChannelName = ChannelName.VOICE) -> str:
    """An attempt whose order was sent and never answered; its id."""

    async def scene(world: World) -> UUID:
        (attempt,) = await world.leads(
            await world.campaign("spring"), 1, phones=[ANN], channel=channel
        )
        await world.do("UPDATE leads SET whatsapp = phone")
        world.voice.always = world.whatsapp.always = Lose(taken=True)
        await world.tick()
        return attempt

    return str(stage.play(scene))


def test_an_unsure_attempt_is_listed_with_what_was_asked(shell: Shell, stage: Stage):
    assert shell.ok("attempts", "unsure", "--json").data == []
    attempt = lost(stage)

    (listed,) = shell.ok("attempts", "unsure", "--json").data

    assert (listed["id"], listed["campaign"], listed["channel"]) == (attempt, "spring", "voice")
    assert (listed["asked"], listed["answers"], listed["last_answer"]) == (0, [], None)
    assert listed["unsure_since"]
    assert attempt in shell.ok("attempts", "unsure").out


def test_a_person_is_told_what_was_asked_and_how_to_close_one(shell: Shell, stage: Stage):
    assert "No attempt is unsure" in shell.ok("attempts", "unsure").out
    attempt = lost(stage)
    assert "not asked yet" in shell.ok("attempts", "unsure").out

    answers = [["2031-03-04T15:10:00+00:00", "no_answer"], ["2031-03-04T15:12:00+00:00", "absent"]]
    stage.play(
        lambda world: world.do(
            "UPDATE attempts SET inquiry = inquiry"
            " || jsonb_build_object('answers', cast(:answers AS jsonb))",
            answers=json.dumps(answers),
        )
    )
    said = shell.ok("attempts", "unsure").out

    assert "1 attempt may have been made" in said
    assert attempt in said
    assert "The provider's answer could not be understood." in said
    assert "2 times; the last time, 2031-03-04 15:12 UTC, it was not in the provider's list" in said
    assert (
        "a call: outreach attempts close ID --as not_placed|no_answer|busy|voicemail|talked" in said
    )
    assert "None" not in said


@pytest.mark.parametrize(
    ("outcome", "follows"), [("not_placed", "not_placed"), ("no_answer", "retry")]
)
def test_closing_one_by_hand_lets_the_rules_go_on(shell: Shell, stage: Stage, outcome, follows):
    attempt = lost(stage)

    shell.ok("attempts", "close", attempt, "--as", outcome)

    assert stage.rows("SELECT n, state, outcome, outcome_by, reason FROM attempts ORDER BY n") == [
        (1, "ended", outcome, "cli", "first_step"),
        (2, "planned", None, None, follows),
    ]
    assert stage.rows("SELECT work FROM leads") == [("planned",)]
    assert shell.ok("attempts", "unsure", "--json").data == []
    assert stage.rows("SELECT count(*) FROM lines") == [(0,)]


def test_a_message_that_arrived_waits_for_its_answer(shell: Shell, stage: Stage):
    attempt = lost(stage, ChannelName.WHATSAPP)

    shell.ok("attempts", "close", attempt, "--as", "delivered")

    assert stage.rows("SELECT state FROM messages") == [("sent",)]
    assert stage.rows("SELECT work, work_reason FROM leads") == [("waiting", "reply")]
    assert stage.rows("SELECT no_reply_due_at IS NOT NULL FROM conversations") == [(True,)]


def test_a_message_that_never_left_is_written_anew(shell: Shell, stage: Stage):
    attempt = lost(stage, ChannelName.WHATSAPP)

    shell.ok("attempts", "close", attempt, "--as", "not_placed")

    assert stage.rows("SELECT state FROM messages") == [("failed",)]
    assert stage.rows("SELECT state FROM attempts ORDER BY n") == [("ended",), ("planned",)]


def test_what_is_not_unsure_cannot_be_closed_by_hand(shell: Shell, stage: Stage):
    attempt = lost(stage)
    shell.ok("attempts", "close", attempt, "--as", "busy")

    again = shell("attempts", "close", attempt, "--as", "busy")

    assert again.status == 2
    assert "ended" in again.err


@pytest.mark.parametrize(
    ("channel", "outcome"),
    [(ChannelName.VOICE, "delivered"), (ChannelName.WHATSAPP, "busy"), (ChannelName.VOICE, "joy")],
)
def test_an_outcome_that_cannot_be_is_refused(shell: Shell, stage: Stage, channel, outcome):
    attempt = lost(stage, channel)

    ran = shell("attempts", "close", attempt, "--as", outcome)

    assert ran.status == 2
    assert outcome in ran.err
    assert "fix:" in ran.err
    assert stage.rows("SELECT state FROM attempts") == [("unsure",)]


@pytest.mark.row("S4-13")
def test_a_follow_up_that_was_cancelled_never_fires(shell: Shell, stage: Stage):
    async def planned(world: World) -> UUID:
        (attempt,) = await world.leads(await world.campaign("spring"), 1, phones=[ANN])
        return attempt

    attempt = str(stage.play(planned))
    lead = str(stage.rows("SELECT id FROM leads")[0][0])

    assert shell.ok("leads", "cancel-follow-up", lead, "--json").data == {
        "lead": lead,
        "cancelled": [attempt],
    }
    assert "No attempt was planned." in shell.ok("leads", "cancel-follow-up", lead).out

    assert stage.play(lambda world: world.tick()) == 0
    assert stage.rows("SELECT state, cancelled_by FROM attempts") == [("cancelled", "cli")]
    assert stage.rows("SELECT work FROM leads") == [("ended",)]


def test_the_page_of_a_lead_names_the_attempts_that_can_be_corrected(shell: Shell, stage: Stage):
    attempt = lost(stage)
    shell.ok("attempts", "close", attempt, "--as", "no_answer")
    ((lead,),) = stage.rows("SELECT lead_id FROM attempts LIMIT 1")

    said = shell.ok("leads", "show", str(lead)).out
    data = shell.ok("leads", "show", str(lead), "--json").data

    assert f"nobody answered (attempt {attempt})" in said
    assert data[0]["attempts"][0]["id"] == attempt
    assert "Cost: no prices configured." in said
    assert data[0]["attempts"][0]["cost_micros"] is None


def test_the_page_of_a_lead_says_what_each_attempt_cost(shell: Shell, stage: Stage):
    attempt = lost(stage)
    shell.ok("attempts", "close", attempt, "--as", "no_answer")
    stage.rows(
        "UPDATE attempts SET cost_micros = 14400, cost_currency = 'USD' WHERE n = 1 RETURNING id"
    )
    ((lead,),) = stage.rows("SELECT lead_id FROM attempts LIMIT 1")

    assert "Cost: 0.0144 USD." in shell.ok("leads", "show", str(lead)).out
    data = shell.ok("leads", "show", str(lead), "--json").data
    made = data[0]["attempts"][0]
    assert (made["cost_micros"], made["cost_currency"]) == (14400, "USD")


def test_a_corrected_result_decides_anew(shell: Shell, stage: Stage):
    attempt = lost(stage)
    shell.ok("attempts", "close", attempt, "--as", "no_answer")

    said = shell.ok("attempts", "correct", attempt, "not_interested", "--because", "Met her.").out

    assert "they are not interested; before: nobody answered" in said
    assert stage.rows("SELECT n, state, outcome, outcome_by FROM attempts ORDER BY n") == [
        (1, "ended", "not_interested", "cli"),
        (2, "cancelled", None, None),
    ]
    assert stage.rows("SELECT made_by, summary FROM readings") == [("person", "Met her.")]
    again = shell.ok("attempts", "correct", attempt, "not_interested", "--json").data
    assert (again["changed"], again["was"]) == (False, "not_interested")


def test_an_opt_out_that_was_none_stays_on_the_list_until_it_is_lifted(shell: Shell, stage: Stage):
    attempt = lost(stage)
    shell.ok("attempts", "close", attempt, "--as", "no_answer")
    shell.ok("attempts", "correct", attempt, "opted_out")

    said = shell.ok("attempts", "correct", attempt, "no_answer").out

    assert "still not contacted" in said
    lifted = shell("suppress", ANN, "--lift")
    assert lifted.status == 2
    assert "no consent since" in lifted.err
    assert stage.rows("SELECT count(*) FROM suppressions WHERE lifted_at IS NULL") == [(1,)]


def test_an_unsure_attempt_is_closed_and_not_corrected(shell: Shell, stage: Stage):
    refused = shell("attempts", "correct", lost(stage), "busy")

    assert refused.status == 2
    assert "attempts close" in refused.err
