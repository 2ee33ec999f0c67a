"""What a colleague corrects is checked like a row, and the plan follows it."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import pytest

from orchestrator.engine.actions.edit_lead import edit_lead
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.replan import unblock
from outreach.errors import Rejected
from storage.database import transaction
from tests.orchestrator.engine.test_lead_deeds import OFFICE, VIEWER, add
from tests.orchestrator.engine.world import World

REP = Actor(name="user:rep", role=Role.REP)
FIELDS = [
    {"key": "plan", "type": "choice", "choices": ["gold", "tin"]},
    {"key": "seats", "type": "number"},
    {"key": "visited", "type": "boolean"},
]
NEW, FAR = "+12125550177", "+61491570156"


async def edit(world: World, lead: UUID, by: Actor = REP, **values: str) -> list[str]:
    async with transaction(world.engine) as tx:
        return await edit_lead(world.context(), tx, lead, values, by)


@pytest.fixture
async def lead(world: World) -> UUID:
    await world.campaign("spring", document={**OFFICE, "fields": FIELDS})
    return await add(world, first_name="Ada", plan="gold", seats="12", visited="yes")


async def test_values_are_typed_and_what_is_not_named_stays(world: World, lead: UUID) -> None:
    changed = await edit(
        world, lead, first_name="Eve", seats="40", plan="", email="Eve@Example.com"
    )

    assert changed == ["email", "first_name", "plan", "seats"]
    assert await world.rows(
        "SELECT first_name, email, fields, search LIKE '% eve %', work FROM leads"
    ) == [("Eve", "eve@example.com", {"seats": 40, "visited": True}, True, "planned")]
    assert await world.rows("SELECT value FROM contact_points WHERE kind = 'email'") == [
        ("eve@example.com",)
    ]
    ((data, actor),) = await world.rows("SELECT data, actor FROM events WHERE kind = 'lead.edited'")
    assert (data, actor) == ({"fields": changed}, "user:rep")


async def test_a_planned_call_goes_to_the_new_number_in_its_own_hours(
    world: World, lead: UUID
) -> None:
    ((before,),) = await world.rows("SELECT due_at FROM attempts")

    await edit(world, lead, phone=FAR)

    ((phone, due_at),) = await world.rows("SELECT phone, due_at FROM attempts")
    assert phone == FAR
    assert due_at - before >= timedelta(hours=5), "in Sydney it is night"
    assert await world.rows("SELECT country, 'Australia/Sydney' = ANY(zones) FROM leads") == [
        ("AU", True)
    ]


async def test_who_lacked_a_value_is_contacted_once_it_is_given(world: World, lead: UUID) -> None:
    await world.do("UPDATE leads SET work = 'blocked', work_reason = 'missing_variable'")
    await world.do("DELETE FROM attempts")

    await edit(world, lead, title="Director")
    assert await unblock(world.context()) == 1

    assert await world.rows("SELECT work FROM leads") == [("planned",)]


async def test_a_number_that_was_called_bad_is_tried_again_when_it_is_given_again(
    world: World, lead: UUID
) -> None:
    ((number,),) = await world.rows("SELECT phone FROM leads")
    await world.do("UPDATE contact_points SET status = 'invalid' WHERE kind = 'phone'")
    await world.do("UPDATE leads SET work = 'blocked', work_reason = 'invalid_number'")
    await world.do("DELETE FROM attempts")

    assert await edit(world, lead, phone=str(number)) == []
    await unblock(world.context())

    assert await world.rows("SELECT work FROM leads") == [("planned",)]


async def test_a_value_that_a_plan_needs_and_that_is_taken_away_takes_the_plan_back(
    world: World, lead: UUID
) -> None:
    await world.do("UPDATE leads SET zones = '{}'")

    with pytest.raises(Rejected):
        await edit(world, lead, phone="")

    assert await world.rows("SELECT state FROM attempts") == [("planned",)]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"phone": "212 555 0100"}, "phone_not_e164"),
        ({"plan": "lead"}, "bad_field"),
        ({"colour": "red"}, "unknown_field"),
        ({"time_zone": "Mars"}, "unknown_time_zone"),
        ({"consent": "express"}, "consent_is_not_edited"),
    ],
)
async def test_what_a_list_would_be_refused_for_changes_nothing(
    world: World, lead: UUID, values: Mapping[str, str], code: str
) -> None:
    before = await world.rows("SELECT * FROM leads")

    with pytest.raises(Rejected) as refusal:
        await edit(world, lead, **values)

    assert refusal.value.code == code
    assert await world.rows("SELECT * FROM leads") == before


async def test_another_persons_number_stays_theirs(world: World, lead: UUID) -> None:
    await add(world, phone=NEW)

    with pytest.raises(Rejected) as refusal:
        await edit(world, lead, phone=NEW)

    assert refusal.value.code == "number_of_another"


async def test_who_may_only_look_edits_nothing(world: World, lead: UUID) -> None:
    with pytest.raises(Rejected, match="role rep"):
        await edit(world, lead, VIEWER, first_name="Eve")
