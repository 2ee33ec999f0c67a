"""Who was erased is known again by a mark alone: import, planning, gate and replies all ask it."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from orchestrator.engine.actions.add_lead import add_lead
from orchestrator.engine.actions.edit_lead import edit_lead
from orchestrator.engine.actions.person_row import Person
from orchestrator.engine.context import Context
from orchestrator.engine.persons import read_persons, rules_of
from orchestrator.erasure_key import refuse_strange_marks
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.marks import Marks
from outreach.reason import Reason
from storage import erased, left_alone
from storage.database import transaction
from tests.orchestrator.engine.lists import OPERATOR, apply_examples, bring, write
from tests.orchestrator.engine.world import TUESDAY, World, person

MARKS = Marks(b"a key that nobody knows and that is long enough")
GONE, EMAIL, HERE = "+12125550123", "ann@example.com", "+12125550124"


async def mark(engine: AsyncEngine, *points: str) -> None:
    async with transaction(engine) as tx:
        for point in points:
            await erased.add(tx, MARKS, point, id=uuid4(), by="cli", now=TUESDAY)


def keyed(world: World) -> Context:
    return world.context(marks=MARKS)


@pytest.mark.parametrize("dry_run", [True, False])
async def test_no_list_brings_in_who_was_erased(
    engine: AsyncEngine, world: World, tmp_path: Path, dry_run: bool
) -> None:
    await apply_examples(world)
    await mark(engine, GONE, EMAIL)
    file = write(
        tmp_path,
        [
            f"{GONE},Ann,",
            f"{HERE},Ben,",
            f"+12125550125,Annie,{EMAIL.upper()}",
        ],
        header="phone,first_name,email",
    )

    report = await bring(engine, file, marks=MARKS, dry_run=dry_run, errors=tmp_path / "errors.csv")

    assert (report.imported, dict(report.rejected)) == (1, {"erased": 2})
    refused = (tmp_path / "errors.csv").read_text(encoding="utf-8-sig")
    assert refused.count(",erased,") == 2
    assert GONE not in refused
    assert "Ann" not in refused
    for query in (
        "SELECT phone FROM leads",
        "SELECT value FROM contact_points",
        "SELECT first_name FROM contacts WHERE first_name <> 'Ben'",
        "SELECT cells::text FROM import_rejections WHERE cells <> '{}'",
    ):
        assert {row[0] for row in await world.rows(query)} <= {HERE}


async def test_the_gate_lets_nobody_through_who_was_erased(world: World) -> None:
    campaign = await world.campaign("spring")
    gone, _ = await world.leads(campaign, 2, phones=[GONE, HERE])
    await mark(world.engine, GONE)

    await world.tick(keyed(world))

    assert [one.order.to for one in world.voice.taken] == [HERE]
    row = await world.rows("SELECT state, cancel_reason FROM attempts WHERE id = :id", id=gone)
    assert row == [("cancelled", "suppressed")]


async def test_a_process_without_the_key_contacts_nobody_once_somebody_was_erased(
    world: World,
) -> None:
    await world.leads(await world.campaign("spring"), 1, phones=[HERE])
    await mark(world.engine, GONE)

    await world.tick(world.context())

    assert world.voice.tried == []


async def test_where_nobody_was_erased_no_key_is_needed(world: World) -> None:
    await world.leads(await world.campaign("spring"), 1, phones=[HERE])

    await world.tick(world.context())

    assert len(world.voice.taken) == 1


@pytest.mark.parametrize("point", [GONE, EMAIL])
async def test_planning_finds_no_way_to_who_was_erased(world: World, point: str) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1, phones=[GONE])
    await world.do("UPDATE leads SET email = :email", email=EMAIL)
    await mark(world.engine, point)
    ((lead,),) = await world.rows("SELECT id FROM leads")
    assert isinstance(lead, UUID)

    async with transaction(world.engine) as tx:
        rules = await rules_of(keyed(world), tx, campaign)
        assert rules is not None
        ((_, found),) = await read_persons(tx, [lead], rules, TUESDAY)

    assert set(found.closed.values()) == {Reason.SUPPRESSED}


async def test_no_message_answers_who_was_erased(tx: AsyncConnection) -> None:
    await erased.add(tx, MARKS, GONE, id=uuid4(), by="cli", now=TUESDAY)

    asked = [(phone, ChannelName.WHATSAPP, None) for phone in (GONE, HERE)]

    assert await left_alone.held(tx, MARKS, asked) == [True, False]
    assert await left_alone.held(tx, Marks(), asked) == [True, True]


async def test_nobody_brings_in_by_hand_who_was_erased(world: World) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 1, phones=[HERE])
    await mark(world.engine, GONE, EMAIL)
    ((lead,),) = await world.rows("SELECT id FROM leads")
    assert isinstance(lead, UUID)

    for given in ({"phone": GONE}, {"phone": person(3), "email": EMAIL}):
        with pytest.raises(Rejected) as refused:
            async with transaction(world.engine) as tx:
                await add_lead(keyed(world), tx, "spring", Person(values=given), OPERATOR)
        assert refused.value.code == "erased"
        with pytest.raises(Rejected) as refused:
            async with transaction(world.engine) as tx:
                await edit_lead(keyed(world), tx, lead, given, OPERATOR)
        assert refused.value.code == "erased"


async def test_a_mark_of_another_key_is_noticed_when_a_process_begins(tx: AsyncConnection) -> None:
    await refuse_strange_marks(tx, Marks())
    await erased.add(tx, MARKS, GONE, id=uuid4(), by="cli", now=TUESDAY)

    await refuse_strange_marks(tx, MARKS)
    for other in (Marks(), replace(MARKS, key=b"another key that is also long enough")):
        with pytest.raises(Rejected) as refused:
            await refuse_strange_marks(tx, other)
        assert refused.value.code == "erasure_key_unknown"


def test_a_mark_says_nothing_of_the_number_and_is_the_same_for_ever() -> None:
    made = MARKS.of(GONE)

    assert made == MARKS.of(GONE) != MARKS.of(HERE)
    assert "2125550123" not in made
    assert made != replace(MARKS, key=b"another key that is also long enough").of(GONE)
    assert "key that" not in repr(MARKS)
