"""Recordings and transcripts go when they are old enough; who is held by law keeps theirs."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from orchestrator.engine.actions.erase_person import erase_person
from orchestrator.engine.actions.hold_person import hold_person, release_person
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.context import Context
from orchestrator.engine.keeping import forget_old
from orchestrator.engine.retention import prune_attempts
from orchestrator.law.reading import read_rulebook
from outreach.errors import Rejected
from outreach.law.tightening import Stricter
from outreach.marks import Marks
from storage import clock
from storage.database import transaction
from tests.law import RULEBOOK
from tests.orchestrator.engine.world import TUESDAY, World

NEW_YORK, PARIS = "+12125550100", "+33199001200"
ADMIN = Actor(name="user:1", role=Role.ADMIN)
OPERATOR = Actor(name="user:2", role=Role.OPERATOR)
KEY = b"a key that nobody knows and that is long enough"
WRITTEN = "SELECT a.phone FROM turns t JOIN attempts a ON a.id = t.call_id ORDER BY 1"
RECORDED = "SELECT phone FROM recordings r JOIN attempts a ON a.id = call_id {} ORDER BY 1"
STORED = RECORDED.format("WHERE r.status = 'stored' AND r.uri IS NOT NULL")


async def talked(world: World, folder: Path) -> list[UUID]:
    """Two calls on that Tuesday, to New York and to Paris, recorded and written down."""
    phones = [NEW_YORK, PARIS]
    made = await world.leads(await world.campaign("spring"), 2, phones=phones)
    for id, phone in zip(made, phones, strict=True):
        await world.do(
            "UPDATE attempts SET state = 'ended', starting_at = :now, ended_at = :now,"
            " outcome = 'talked' WHERE id = :id",
            id=id,
            now=TUESDAY,
        )
        await world.do(
            "INSERT INTO calls (id, attempt_id, contact_id, lead_id, direction, from_phone,"
            " to_phone, created_at, ended_at) SELECT id, id, contact_id, lead_id, 'outbound', 'a',"
            " phone, :now, :now FROM attempts WHERE id = :id",
            id=id,
            now=TUESDAY,
        )
        await world.do("INSERT INTO turns VALUES (:id, 0, 'agent', 'Hello', 0, 500)", id=id)
        name = f"{phone}.wav"
        (folder / name).write_bytes(b"sound")
        await world.do(
            "INSERT INTO recordings (id, call_id, source, uri, status, created_at)"
            " VALUES (:new, :id, 'ours', :uri, 'stored', :now)",
            new=uuid4(),
            id=id,
            uri=name,
            now=TUESDAY,
        )
    return made


def files(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def later(world: World, days: int) -> None:
    async with transaction(world.engine) as tx:
        await clock.move(tx, TUESDAY + timedelta(days=days))


def here(world: World, folder: Path) -> Context:
    return world.context(recordings=folder, marks=Marks(KEY))


async def test_a_recording_goes_first_and_the_transcript_a_year_later(
    world: World, tmp_path: Path
) -> None:
    await talked(world, tmp_path)
    await later(world, 89)
    assert await forget_old(here(world, tmp_path)) == 0

    await later(world, 91)
    assert await forget_old(here(world, tmp_path)) == 2
    assert files(tmp_path) == []
    assert await world.rows(STORED) == []
    assert await world.rows(WRITTEN) == [(NEW_YORK,), (PARIS,)]

    await later(world, 366)
    assert await forget_old(here(world, tmp_path)) == 2
    assert await world.rows(WRITTEN) == []
    assert await forget_old(here(world, tmp_path)) == 0


async def test_a_place_may_keep_them_for_a_shorter_time(world: World, tmp_path: Path) -> None:
    await talked(world, tmp_path)
    stricter = {"FR": Stricter(recordings_kept="P30D", transcripts_kept="P60D")}  # type: ignore[arg-type]
    ctx = replace(here(world, tmp_path), rulebook=read_rulebook(stricter=stricter))

    await later(world, 61)
    await forget_old(ctx)

    assert await world.rows(STORED) == [(NEW_YORK,)]
    assert await world.rows(WRITTEN) == [(NEW_YORK,)]
    assert files(tmp_path) == [f"{NEW_YORK}.wav"]
    assert ctx.rulebook is not RULEBOOK


async def test_who_is_held_by_law_loses_nothing_until_the_hold_is_lifted(
    world: World, tmp_path: Path
) -> None:
    await talked(world, tmp_path)
    ctx = here(world, tmp_path)
    async with transaction(world.engine) as tx:
        assert await hold_person(tx, "phone", PARIS, ADMIN)
        assert not await hold_person(tx, "phone", PARIS, ADMIN)
    await later(world, 400)

    await forget_old(ctx)
    assert await world.rows(STORED) == [(PARIS,)]
    assert await world.rows(WRITTEN) == [(PARIS,)]
    async with transaction(world.engine) as tx:
        with pytest.raises(Rejected) as refused:
            await erase_person(ctx, tx, "phone", PARIS, ADMIN)
    assert refused.value.code == "legal_hold"

    async with transaction(world.engine) as tx:
        assert await release_person(tx, "phone", PARIS, ADMIN)
    await forget_old(ctx)
    assert await world.rows(STORED) == []
    assert files(tmp_path) == []
    kinds = "SELECT kind FROM events WHERE kind LIKE 'person.%' ORDER BY seq"
    assert await world.rows(kinds) == [("person.held",), ("person.released",)]


async def test_tries_of_who_is_held_are_not_pruned(world: World) -> None:
    await world.leads(await world.campaign("spring"), 2, phones=[NEW_YORK, PARIS])
    await world.do(
        "UPDATE attempts SET state = 'ended', outcome = 'no_answer', ended_at = :now", now=TUESDAY
    )
    await world.do(
        "INSERT INTO attempts (id, campaign_id, lead_id, contact_id, n, channel, phone, state,"
        " due_at, ended_at, reason, created_by, created_at) SELECT gen_random_uuid(), campaign_id,"
        " lead_id, contact_id, 2, channel, phone, 'ended', due_at, ended_at, reason, created_by,"
        " created_at FROM attempts"
    )
    await world.do("UPDATE leads SET work = 'ended'")
    await world.do("UPDATE campaigns SET status = 'completed', ended_at = :now", now=TUESDAY)
    async with transaction(world.engine) as tx:
        await hold_person(tx, "phone", PARIS, ADMIN)
    await later(world, 4000)

    assert await prune_attempts(world.context()) == 1
    assert await world.rows("SELECT phone FROM attempts ORDER BY phone, n") == [
        (NEW_YORK,),
        (PARIS,),
        (PARIS,),
    ]


async def test_only_an_admin_holds_somebody_and_only_somebody_who_is_known(world: World) -> None:
    async with transaction(world.engine) as tx:
        with pytest.raises(Rejected, match="admin"):
            await hold_person(tx, "phone", PARIS, OPERATOR)
        with pytest.raises(Rejected, match="Nothing is stored"):
            await hold_person(tx, "phone", PARIS, ADMIN)
