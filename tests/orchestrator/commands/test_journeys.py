"""What people did, where a company stands and what a trigger would do, at a prompt."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from orchestrator.engine.journeys.recompute import recompute
from storage import clock
from storage.database import transaction
from tests.orchestrator.commands.conftest import EXAMPLES, Shell, Stage
from tests.orchestrator.engine.world import World

TRIGGER = """
kind: trigger
name: warm
title: Warm companies
when: {stage: education}
then: {enrol: {campaign: spring, at_most: 1, titles: [vp]}, task: Look at them.}
"""


async def acme(world: World) -> UUID:
    """A company with a lead who read a report for 25 of 15 minutes, and glanced at the prices."""
    await world.leads(await world.campaign("spring"), 1)
    company = uuid4()
    await world.do(
        "INSERT INTO companies (id, name, domains, created_at, updated_at)"
        " VALUES (:id, 'Acme Ltd', ARRAY['acme.example.com'], now(), now())",
        id=company,
    )
    await world.do("UPDATE contacts SET company_id = :id, title = 'VP Sales'", id=company)
    for act, kind, ratio, depth in (
        ("report", "content", 1667, 800),
        ("page", "website", 167, 300),
    ):
        await world.do(
            "INSERT INTO touchpoints (id, company_id, contact_id, kind, channel, attention_ratio,"
            " depth, occurred_at, source_ref, data) SELECT :id, :company, contacts.id, :kind,"
            " 'direct', :ratio, :depth, (SELECT now() + shift FROM clock) - interval '1 hour',"
            " :act, jsonb_build_object('act', cast(:act AS text), 'title', 'The guide')"
            " FROM contacts",
            id=uuid4(),
            company=company,
            kind=kind,
            ratio=ratio,
            depth=depth,
            act=act,
        )
    async with transaction(world.engine) as tx:
        await recompute(tx, [company], await clock.now(tx))
    return company


@pytest.mark.row("S0-2")
@pytest.mark.parametrize("whose", ["acme.example.com", "ACME ltd"])
def test_touchpoints_of_a_company_are_listed_and_noise_only_when_it_is_asked_for(
    shell: Shell, stage: Stage, whose: str
) -> None:
    stage.play(acme)

    (one,) = shell.ok("touchpoints", "list", whose, "--json").data
    both = shell.ok("touchpoints", "list", whose, "--noise", "--json").data

    assert (one["act"], one["score"], one["attention"]) == ("report", 72, 1.667)
    assert [one["score"] for one in both].count(None) == 1
    assert "The guide" in shell.ok("touchpoints", "list", whose).out


def test_touchpoints_of_a_lead_are_found_by_its_number(shell: Shell, stage: Stage) -> None:
    stage.play(acme)
    ((phone,),) = stage.rows("SELECT phone FROM leads")

    (one,) = shell.ok("touchpoints", "list", str(phone), "--json").data

    assert one["score"] == 72


@pytest.mark.row("S0-12")
@pytest.mark.row("S3-10")
def test_a_journey_says_how_it_came_there_and_what_moves_it_forward(
    shell: Shell, stage: Stage
) -> None:
    company = stage.play(acme)

    seen = shell.ok("journey", "acme.example.com", "--json").data
    page = shell.ok("journey", str(company)).out

    assert (seen["stage"], seen["needs_attention"]) == ("education", False)
    assert seen["changes"][0]["because"] == "download"
    assert seen["days_to_next"] > 0
    assert "second_conversation" in seen["moves_it_forward"]
    assert "a second conversation" in page


def test_who_is_no_company_is_said_so(shell: Shell, stage: Stage) -> None:
    ran = shell("journey", "nobody.example.com")

    assert ran.status == 2
    assert "There is no company" in ran.err


def test_a_trigger_says_whom_it_would_set_off_for_and_does_nothing(
    shell: Shell, stage: Stage, tmp_path: Path
) -> None:
    company = stage.play(acme)
    file = tmp_path / "warm.yaml"
    file.write_text(TRIGGER)

    (tried,) = shell.ok("triggers", "apply", file, "--dry-run", "--json").data

    (would,) = tried["would"]
    assert (would["company"], would["cause"], would["rests"]) == (str(company), "stage", False)
    # The only one is in the campaign already.
    assert would["people"] == []
    assert stage.rows("SELECT FROM documents WHERE kind = 'trigger'") == []

    shell.ok("triggers", "apply", file)

    assert [one["name"] for one in shell.ok("triggers", "list", "--json").data] == ["warm"]
    assert shell.ok("triggers", "test", "warm", "--json").data == [tried]
    assert stage.rows("SELECT FROM trigger_firings") == []


def test_another_document_is_no_trigger(shell: Shell, stage: Stage) -> None:
    ran = shell("triggers", "apply", next(iter(sorted(EXAMPLES.glob("agents/*.yaml")))))

    assert ran.status == 2
    assert "no trigger" in ran.err


def test_a_brief_names_the_source_of_each_claim_and_who_does_not_fit_has_none(
    shell: Shell, stage: Stage
) -> None:
    company = stage.play(acme)

    brief = shell.ok("brief", "acme.example.com", "--json").data
    page = shell.ok("brief", str(company)).out
    shell.ok("company", "set", str(company), "industry=Software")
    again = shell.ok("brief", str(company), "--fresh").out
    shell.ok("company", "set", str(company), "--fit", "not_a_fit")
    none = shell("brief", str(company))

    assert (brief["version"], brief["why"]) == (1, "asked")
    assert all(claim["refs"] for one in brief["sections"] for claim in one["claims"])
    assert "72 of 100" in brief["lately"][0]["text"]
    assert "Stage of its journey: education.  [touchpoint:" in page
    assert "Version 2" in again
    assert "+ Industry: Software." in again
    assert none.status == 2
    assert "so it has no brief" in none.err
