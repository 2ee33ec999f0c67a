"""A backup holds every row of one moment and comes back as it was; what is not whole is refused."""

import os
import random
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from outreach.errors import Rejected
from outreach.events import Kind
from storage import partitions, processes, tallies
from storage.archive import manifest
from storage.archive.contents import LEFT_OUT, table_names
from storage.archive.reading import opened
from storage.database import open_engine, transaction
from storage.processes import Process
from tests.databases import Databases
from tests.orchestrator.engine.world import TUESDAY, World
from tests.storage.archive.copies import back_up, restore, rows_of

AWKWARD = "tab\t, line\nfeed, back\\slash, \\N, \\., é 😀 'quote' \"double\""


@pytest.fixture
async def world(engine: AsyncEngine) -> World:
    made = World(engine)
    await made.begin()
    # Processes of a test are no work that goes on.
    await made.do("DELETE FROM processes")
    return made


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


@pytest.fixture
def other(databases: Databases) -> Iterator[str]:
    """Another database, migrated and empty."""
    with databases.clone(f"other_{uuid4().hex[:12]}") as url:
        yield url


async def busy(world: World) -> None:
    """Leads, attempts in flight, history of three months, a job, and values that are awkward."""
    campaign = await world.campaign("spring", title=AWKWARD)
    await world.leads(campaign, 20)
    await world.do("UPDATE leads SET fields = jsonb_build_object('a', cast(:a AS text))", a=AWKWARD)
    async with transaction(world.engine) as tx:
        await processes.beat(tx, Process(id=uuid4(), roles=["voice"], voice_slots=100))
    await world.tick()
    await world.do("DELETE FROM processes")
    async with transaction(world.engine) as tx:
        for days in (0, 31, 62):
            await partitions.ensure(tx, TUESDAY + timedelta(days=days))
            await tx.execute(
                text("INSERT INTO events (at, kind, actor) VALUES (:at, :kind, 'engine')"),
                {"at": TUESDAY + timedelta(days=days), "kind": Kind.RESUMED},
            )
        await tallies.fold(tx, 7)
    await world.do(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('side', 't', '{}')"
    )


def without_counts(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    """Counts are written complete and their cursor anew: they are compared by what they say."""
    return {name: found for name, found in rows.items() if name not in ("tallies", "duties")}


async def test_every_row_comes_back_as_it_was(
    world: World, url: str, other: str, tmp_path: Path
) -> None:
    await busy(world)
    saved = await back_up(url, tmp_path / "b.zip")

    await restore(other, tmp_path / "b.zip", settled=False)

    before, after = rows_of(url), rows_of(other)
    assert without_counts(after) == without_counts(before)
    assert sum(map(len, after.values())) == saved.rows
    assert len(before["leads"]) == 20
    assert any("tab\\t" in row for row in after["leads"])


async def test_every_table_is_in_the_backup_or_left_out_for_a_reason(world: World) -> None:
    found = await world.rows(
        "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND c.relnamespace = 'public'::regnamespace"
    )
    assert {name for (name,) in found} == set(table_names()) | set(LEFT_OUT)


async def test_counts_are_the_same_after_it_and_go_on(
    world: World, url: str, other: str, tmp_path: Path
) -> None:
    await busy(world)
    [(campaign,)] = await world.rows("SELECT id FROM campaigns")
    async with transaction(world.engine) as tx:
        before = await tallies.counts(tx, [campaign])
    await back_up(url, tmp_path / "b.zip")
    await restore(other, tmp_path / "b.zip")

    engine = await open_engine(other)
    try:
        restored = World(engine)
        async with transaction(engine) as tx:
            after = await tallies.counts(tx, [campaign])
        assert after[campaign] == {
            **before[campaign],
            **({Kind.ATTEMPT_UNSURE: n} if (n := after[campaign].get(Kind.ATTEMPT_UNSURE)) else {}),
        }
        await restored.leads(campaign, 0)
        await restored.do(
            "INSERT INTO events (at, kind, actor, campaign_id)"
            " VALUES (:at, 'campaign.paused', 'cli', :id)",
            at=TUESDAY,
            id=campaign,
        )
        for _ in range(3):
            async with transaction(engine) as tx:
                await tallies.fold(tx, 1000)
        async with transaction(engine) as tx:
            assert (await tallies.counts(tx, [campaign]))[campaign] == {
                **after[campaign],
                Kind.CAMPAIGN_PAUSED: 1,
            }
    finally:
        await engine.dispose()


async def test_events_precede_every_transaction_to_come_and_numbers_go_on(
    world: World, url: str, other: str, tmp_path: Path
) -> None:
    await busy(world)
    await back_up(url, tmp_path / "b.zip")
    await restore(other, tmp_path / "b.zip", settled=False)
    engine = await open_engine(other)
    try:
        restored = World(engine)
        assert await restored.rows("SELECT DISTINCT tx::text FROM events") == [("0",)]
        [(highest,)] = await restored.rows("SELECT max(seq) FROM events")
        [(job,)] = await restored.rows("SELECT max(id) FROM procrastinate_jobs")
        await restored.do(
            "INSERT INTO events (at, kind, actor) VALUES (:at, 'operator.stopped', 'cli')",
            at=TUESDAY,
        )
        await restored.do(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('q', 't', '{}')"
        )
        assert await restored.rows("SELECT max(seq) - :was FROM events", was=highest) == [(1,)]
        assert await restored.rows("SELECT max(id) - :was FROM procrastinate_jobs", was=job) == [
            (1,)
        ]
    finally:
        await engine.dispose()


async def test_months_are_made_as_they_were(
    world: World, url: str, other: str, tmp_path: Path
) -> None:
    await busy(world)
    await back_up(url, tmp_path / "b.zip")
    await restore(other, tmp_path / "b.zip")
    engine = await open_engine(other)
    try:
        assert await World(engine).rows("SELECT count(*) FROM events_rest") == [(0,)]
    finally:
        await engine.dispose()


async def test_a_database_that_is_not_empty_is_refused_unless_it_may_be_replaced(
    world: World, url: str, other: str, tmp_path: Path
) -> None:
    await busy(world)
    await back_up(url, tmp_path / "b.zip")
    await restore(other, tmp_path / "b.zip", settled=False)
    before = rows_of(other)

    with pytest.raises(Rejected) as refused:
        await restore(other, tmp_path / "b.zip")
    assert refused.value.code == "database_not_empty"
    assert rows_of(other) == before

    await restore(other, tmp_path / "b.zip", replace=True, settled=False)
    assert rows_of(other) == before


@pytest.mark.parametrize("replace", [False, True])
async def test_a_database_in_use_is_refused(
    world: World, url: str, other: str, tmp_path: Path, replace: bool
) -> None:
    await back_up(url, tmp_path / "b.zip")
    engine = await open_engine(other)
    try:
        async with transaction(engine) as tx:
            await processes.beat(tx, Process(id=uuid4(), roles=["worker"]))
        with pytest.raises(Rejected) as refused:
            await restore(other, tmp_path / "b.zip", replace=replace)
        assert refused.value.code == "database_in_use"
        await World(engine).do("DELETE FROM processes")
        async with transaction(engine) as tx:
            await tx.execute(text("SELECT FROM leads"))
            with pytest.raises(Rejected) as refused:
                await restore(other, tmp_path / "b.zip", replace=replace)
        assert refused.value.code == "database_in_use"
    finally:
        await engine.dispose()


async def test_a_restore_that_fails_halfway_leaves_what_was_there(
    world: World, url: str, other: str, tmp_path: Path
) -> None:
    await busy(world)
    await back_up(url, tmp_path / "b.zip")
    await restore(other, tmp_path / "b.zip", settled=False)
    before = rows_of(other)
    with psycopg.connect(other.replace("+psycopg", ""), autocommit=True) as connection:
        # A rule of this database that the backup's rows break, late in the order of tables.
        connection.execute("ALTER TABLE attempts ADD CHECK (n < 1) NOT VALID")

    with pytest.raises(psycopg.errors.CheckViolation):
        await restore(other, tmp_path / "b.zip", replace=True)

    assert rows_of(other) == before


async def test_a_file_that_is_cut_off_anywhere_is_refused(
    world: World, url: str, other: str, tmp_path: Path
) -> None:
    await busy(world)
    await back_up(url, tmp_path / "b.zip")
    whole = (tmp_path / "b.zip").read_bytes()
    before = rows_of(other)
    for length in (0, 1, 30, len(whole) // 3, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.zip").write_bytes(whole[:length])
        with pytest.raises(Rejected) as refused:
            await restore(other, tmp_path / "cut.zip", replace=True)
        assert refused.value.code == "backup_damaged"
        assert "nothing has been changed" in str(refused.value.fix)
    assert rows_of(other) == before


async def test_a_file_with_a_wrong_byte_is_refused_or_says_the_same(
    world: World, url: str, tmp_path: Path
) -> None:
    await busy(world)
    await back_up(url, tmp_path / "b.zip")
    whole = (tmp_path / "b.zip").read_bytes()
    with opened(tmp_path / "b.zip") as archive:
        expected = {t.name: b"".join(archive.rows(t)) for t in archive.manifest.tables}
    chance = random.Random(7)
    refused = 0
    for _ in range(150):
        place = chance.randrange(len(whole))
        wrong = bytearray(whole)
        wrong[place] ^= 1 << chance.randrange(8)
        (tmp_path / "wrong.zip").write_bytes(wrong)
        try:
            with opened(tmp_path / "wrong.zip") as archive:
                found = {t.name: b"".join(archive.rows(t)) for t in archive.manifest.tables}
        except Rejected:
            refused += 1
            continue
        assert found == expected, place
    assert refused > 100


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"not a zip at all", "backup_damaged"), (None, "file_unreadable")],
)
async def test_a_file_that_is_no_backup_is_refused(
    tmp_path: Path, content: bytes | None, code: str
) -> None:
    if content is not None:
        (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(Rejected) as refused, opened(tmp_path / "b.zip"):
        pass
    assert refused.value.code == code


async def test_a_zip_of_something_else_and_of_another_version_are_refused(
    world: World, url: str, other: str, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("cat.txt", "meow")
    with pytest.raises(Rejected) as refused:
        await restore(other, tmp_path / "photos.zip")
    assert refused.value.code == "backup_damaged"

    await back_up(url, tmp_path / "b.zip")
    with (
        zipfile.ZipFile(tmp_path / "b.zip") as old,
        zipfile.ZipFile(tmp_path / "newer.zip", "w") as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == manifest.NAME:
                content = content.replace(b'"revision": "', b'"revision": "9')
            new.writestr(name, content)
    with pytest.raises(Rejected) as refused:
        await restore(other, tmp_path / "newer.zip")
    assert refused.value.code == "backup_of_another_version"


async def test_a_backup_overwrites_nothing_and_is_for_its_owner_alone(
    world: World, url: str, tmp_path: Path
) -> None:
    file = tmp_path / "b.zip"
    await back_up(url, file)
    assert os.stat(file).st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["b.zip"]
    with pytest.raises(Rejected) as refused:
        await back_up(url, file)
    assert refused.value.code == "file_exists"
    with pytest.raises(Rejected) as refused:
        await back_up(url, tmp_path / "nowhere" / "b.zip")
    assert refused.value.code == "file_unwritable"


async def test_a_database_that_is_not_ours_is_not_backed_up(
    empty_database_url: str, tmp_path: Path
) -> None:
    with pytest.raises(Rejected) as refused:
        await back_up(empty_database_url, tmp_path / "b.zip")
    assert refused.value.code == "nothing_to_back_up"
    assert os.listdir(tmp_path) == []


async def test_recordings_are_in_it_when_asked_for_and_counted_when_not(
    world: World, url: str, other: str, tmp_path: Path
) -> None:
    kept, back = tmp_path / "kept", tmp_path / "back"
    call, lost = uuid4(), uuid4()
    for number, id_ in enumerate((call, lost)):
        await world.do(
            "INSERT INTO calls (id, direction, provider_ref, from_phone, to_phone, created_at)"
            " VALUES (:id, 'inbound', :ref, '+12025550100', '+12025550101', :at)",
            id=id_,
            ref=f"CA{number}",
            at=TUESDAY,
        )
        await world.do(
            "INSERT INTO recordings (id, call_id, source, uri, status, created_at)"
            " VALUES (:id, :call, 'ours', :uri, 'stored', :at)",
            id=uuid4(),
            call=id_,
            uri=f"{id_.hex[:8]}/{id_}.wav",
            at=TUESDAY,
        )
    (kept / call.hex[:8]).mkdir(parents=True)
    (kept / call.hex[:8] / f"{call}.wav").write_bytes(b"sound" * 1000)

    without = await back_up(url, tmp_path / "without.zip")
    assert (without.recordings, without.recordings_left) == (0, 2)
    saved = await back_up(url, tmp_path / "b.zip", kept)
    assert (saved.recordings, saved.recordings_left) == (1, 1)

    await restore(other, tmp_path / "b.zip", recordings=back)
    assert (back / call.hex[:8] / f"{call}.wav").read_bytes() == b"sound" * 1000


async def test_a_recording_cannot_be_written_outside_its_folder(
    world: World, url: str, tmp_path: Path
) -> None:
    await back_up(url, tmp_path / "b.zip")
    with (
        zipfile.ZipFile(tmp_path / "b.zip") as old,
        zipfile.ZipFile(tmp_path / "evil.zip", "w") as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == manifest.NAME:
                content = content.replace(b'"recordings": 0', b'"recordings": 1')
            new.writestr(name, content)
        new.writestr("recordings/../../evil.wav", b"x")
    with pytest.raises(Rejected) as refused, opened(tmp_path / "evil.zip"):
        pass
    assert refused.value.code == "backup_damaged"
