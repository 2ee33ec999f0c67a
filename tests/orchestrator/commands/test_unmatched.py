"""Calls of other platforms that belong to nobody: a person sees them, and says whose they are."""

from uuid import UUID, uuid4

import pytest

from orchestrator.engine import ingest
from outreach.call_delivery import CallDelivery
from outreach.reports import CallDelivered, Delivery
from tests.orchestrator.commands.conftest import Shell, Stage
from tests.orchestrator.engine.world import World


def told(stage: Stage, **values: object) -> None:
    """The platform `acme` tells this of a call."""

    async def scene(world: World) -> None:
        report = CallDelivered(source="acme", call=CallDelivery.model_validate(values))
        delivery = Delivery(source="hosted:acme", key=str(uuid4()), report=report)
        await ingest.receive(world.context(), delivery)

    stage.play(scene)


def started(stage: Stage) -> str:
    """An attempt that was made; its id."""

    async def scene(world: World) -> UUID:
        (attempt,) = await world.leads(await world.campaign("spring"), 1)
        await world.tick()
        return attempt

    return str(stage.play(scene))


def test_a_call_that_nobody_knows_is_listed_and_attached(shell: Shell, stage: Stage) -> None:
    attempt = started(stage)
    told(stage, attempt_id=uuid4(), outcome="busy")
    (listed,) = shell.ok("attempts", "unmatched", "--json").data
    assert (listed["source"], listed["outcome"], listed["parts"]) == ("acme", "busy", ["outcome"])

    shell.ok("attempts", "attach", listed["id"], "--to", attempt)

    assert shell.ok("attempts", "unmatched", "--json").data == []
    assert stage.rows("SELECT state, outcome FROM attempts WHERE n = 1") == [("ended", "busy")]
    assert "no unmatched" in shell("attempts", "attach", listed["id"], "--to", attempt).err.lower()


def test_what_cannot_be_attached_stays_listed_and_the_reason_is_said(
    shell: Shell, stage: Stage
) -> None:
    attempt = started(stage)
    told(stage, call_id="other-1", outcome="busy")
    (listed,) = shell.ok("attempts", "unmatched", "--json").data

    for to, words in (
        (attempt, "speaks of another one"),
        (str(uuid4()), "There is no call"),
        ("x", "is no id"),
    ):
        ran = shell("attempts", "attach", listed["id"], "--to", to)
        assert (ran.status, words in ran.err) == (2, True), ran.err

    assert len(shell.ok("attempts", "unmatched", "--json").data) == 1
    assert stage.rows("SELECT state FROM attempts") == [("started",)]


def test_a_platforms_numbers_are_known_once_it_is_configured(
    shell: Shell, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in {
        "PRESET": "retell",
        "SECRET": "s",
        "CALLS__API_KEY": "k",
        "CALLS__NUMBERS": '["+12025550177"]',
        "CALLS__VALUES": '{"agent": "a"}',
        "CALLS__BASE_URL": "http://127.0.0.1:9",
        "CALLS__CALLS_PER_SECOND": "2",
    }.items():
        monkeypatch.setenv(f"OUTREACH__HOSTED__RETELL__{key}", value)

    ran = shell("attempts", "attach", str(uuid4()), "--to", str(uuid4()))

    assert "no unmatched delivery" in ran.err
    assert stage.rows(
        "SELECT channel, provider, simulated, extract(epoch FROM emission)::float"
        " FROM senders WHERE address = '+12025550177'"
    ) == [("voice", "hosted:retell", True, 0.5)]


def test_people_read_a_table_without_codes_or_a_sentence(shell: Shell, stage: Stage) -> None:
    nothing = shell.ok("attempts", "unmatched").out
    told(stage, call_id="other-1", outcome="no_answer", status="completed")

    said = shell.ok("attempts", "unmatched").out

    assert nothing == "Every call that a platform told of belongs to an attempt.\n"
    assert "nobody answered" in said
    assert "outcome, status" in said
    assert "outreach attempts attach ID --to ATTEMPT" in said
    assert "[" not in said
    assert "no_answer" not in said
