"""After a restore the provider is asked what became of restored work; nobody is called twice."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.fake import Lose
from orchestrator.engine import sending
from orchestrator.engine.context import no_seam
from orchestrator.engine.gate import pass_gate
from orchestrator.engine.recover import recover
from orchestrator.engine.replies import answer_due
from outreach.channel import ChannelName
from storage import attempts, tallies
from storage.archive.settling import Settled
from storage.database import open_engine, transaction
from tests.databases import Databases
from tests.orchestrator.engine.test_recover import QUICK, dies_at, forget_leases
from tests.orchestrator.engine.world import TUESDAY, WHATSAPP_NUMBER, Crash, World
from tests.storage.archive.copies import back_up, restore

WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessShareLock'"


@pytest.fixture
def second_url(databases: Databases) -> Iterator[str]:
    with databases.clone(f"second_{uuid4().hex[:12]}") as url:
        yield url


@pytest.fixture
async def second(second_url: str) -> AsyncIterator[AsyncEngine]:
    engine = await open_engine(second_url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def restored(world: World, second: AsyncEngine) -> World:
    """The same world, with the same provider, on the database that will be restored into."""
    return replace(world, engine=second, limits=QUICK)


async def bring_back(restored: World, folder: Path) -> Settled:
    """Back up and restore; what happens between is what the backup does not know."""
    done = await restore(_url(restored.engine), folder / "b.zip")
    assert done is not None
    return done


async def keep(world: World, folder: Path) -> None:
    await back_up(_url(world.engine), folder / "b.zip")


def _url(engine: AsyncEngine) -> str:
    return engine.url.render_as_string(hide_password=False)


async def goes_on(world: World, rounds: int = 6) -> None:
    """Recovery and ticks of a new process, after a person has lifted the stop."""
    await world.do("UPDATE operator_stop SET stopped = false")
    await world.do("DELETE FROM processes")
    ctx = world.context()
    for _ in range(rounds):
        await forget_leases(world)
        await recover(ctx, world.after)
        await world.tick(ctx)


@pytest.mark.parametrize("channel", list(ChannelName))
async def test_what_was_only_claimed_is_asked_about_because_it_may_have_been_made_since(
    world: World, restored: World, tmp_path: Path, channel: ChannelName
) -> None:
    campaign = await world.campaign("spring")
    [attempt] = await world.leads(campaign, 1, channel=channel)
    fake = world.voice if channel is ChannelName.VOICE else world.whatsapp
    ctx = world.context(seam=dies_at("claimed"))
    with pytest.raises(Crash):
        await world.ticker(ctx).tick()
    assert await world.states() == {"claimed": 1}
    await keep(world, tmp_path)
    # After the backup the call is made; then the machine is lost.
    going_on = world.ticker(replace(ctx, seam=no_seam))
    going_on.dispatcher.dispatch(await pass_gate(going_on.ctx, [attempt]))
    await going_on.dispatcher.idle()
    assert fake.times_taken(attempt) == 1

    settled = await bring_back(restored, tmp_path)

    assert settled.asked_about == 1
    assert await restored.states() == {"unsure": 1}
    await goes_on(restored)
    assert fake.times_taken(attempt) == 1
    assert await restored.states() == {"started": 1}


async def test_what_had_no_number_yet_waits_for_a_person_and_is_in_nobodys_way(
    world: World, restored: World, tmp_path: Path
) -> None:
    campaign = await world.campaign("spring")
    without, other = await world.leads(campaign, 2)
    with pytest.raises(Crash):
        await world.ticker(world.context(seam=dies_at("claimed"))).tick()
    await world.do("UPDATE attempts SET sender_id = NULL WHERE id = :id", id=without)
    await keep(world, tmp_path)

    settled = await bring_back(restored, tmp_path)
    restored.limits = replace(restored.limits, recover_batch=1)
    await goes_on(restored)

    assert settled.asked_about == 1
    states = dict(await restored.rows("SELECT id, state FROM attempts"))
    assert states == {without: "unsure", other: "ended"}
    async with transaction(restored.engine) as tx:
        assert [one.attempt.id for one in await attempts.list_unsure(tx)] == [without]


async def test_what_was_claimed_and_never_made_ends_as_not_placed(
    world: World, restored: World, tmp_path: Path
) -> None:
    campaign = await world.campaign("spring")
    [attempt] = await world.leads(campaign, 1)
    with pytest.raises(Crash):
        await world.ticker(world.context(seam=dies_at("claimed"))).tick()
    await keep(world, tmp_path)

    await bring_back(restored, tmp_path)
    await goes_on(restored)

    assert await restored.rows("SELECT state, outcome FROM attempts") == [("ended", "not_placed")]
    assert restored.heard.follow_ups == [attempt]
    assert world.voice.taken == []


async def test_started_and_live_calls_are_asked_about_at_once_and_no_old_token_opens_them(
    world: World, restored: World, tmp_path: Path
) -> None:
    campaign = await world.campaign("spring")
    first, second = await world.leads(campaign, 2)
    await world.tick()
    await world.do(
        "UPDATE attempts SET state = 'live', token_hash = '\\x00', token_until = 'infinity',"
        " voice_process = :process WHERE id = :id",
        id=second,
        process=uuid4(),
    )
    await keep(world, tmp_path)
    world.voice.report(world.voice.taken[0].ref, "completed")

    settled = await bring_back(restored, tmp_path)

    assert settled.asked_about == 2
    assert await restored.rows(
        "SELECT count(*) FROM attempts WHERE lease_until <= clock_timestamp()"
        " AND claimed_by IS NULL AND voice_process IS NULL"
        " AND token_hash IS NULL AND token_until IS NULL"
    ) == [(2,)]
    await recover(restored.context(), restored.after)
    asked = {delivery.report.attempt_id for delivery in restored.heard.deliveries}  # type: ignore[union-attr]
    assert asked == {first, second}


async def test_nothing_goes_out_until_a_person_lifts_the_stop(
    world: World, restored: World, tmp_path: Path
) -> None:
    campaign = await world.campaign("spring")
    await world.leads(campaign, 3)
    await keep(world, tmp_path)

    settled = await bring_back(restored, tmp_path)

    assert settled.due == 3
    await restored.do("DELETE FROM processes")
    assert await restored.rows("SELECT stopped, changed_by FROM operator_stop") == [
        (True, "restored")
    ]
    await restored.tick()
    assert world.voice.taken == []
    assert await restored.states() == {"planned": 3}


async def conversation(world: World, **columns: object) -> tuple[UUID, UUID]:
    """A WhatsApp conversation of a lead, with its window open; the ids of both."""
    campaign = await world.campaign(f"c{uuid4().hex[:8]}")
    await world.leads(campaign, 1)
    [(lead, contact, phone)] = await world.rows(
        "SELECT id, contact_id, phone FROM leads WHERE campaign_id = :id", id=campaign
    )
    talk = uuid4()
    await world.do(
        "INSERT INTO conversations (id, sender_id, contact_id, phone, lead_id, created_at,"
        " window_expires_at, reply_due_at, reply_claimed_by, reply_lease_until)"
        " SELECT :id, s.id, :contact, :phone, :lead, :at, :until, :due, :by, :lease"
        " FROM senders s WHERE s.address = :address",
        id=talk,
        contact=contact,
        phone=phone,
        lead=lead,
        at=TUESDAY,
        until=TUESDAY + timedelta(hours=20),
        address=WHATSAPP_NUMBER,
        **{"due": None, "by": None, "lease": None, **columns},
    )
    return talk, UUID(str(lead))


async def message(world: World, talk: UUID, state: str) -> UUID:
    id_ = uuid4()
    await world.do(
        "INSERT INTO messages (id, conversation_id, direction, author, kind, body, state,"
        " lease_until, created_at) VALUES (:id, :talk, 'out', 'agent', 'text', 'Hello', :state,"
        " CASE WHEN :state = 'sending' THEN timestamptz 'infinity' END, :at)",
        id=id_,
        talk=talk,
        state=state,
        at=TUESDAY,
    )
    return id_


async def test_a_message_that_was_being_sent_is_looked_up_and_never_sent_again(
    world: World, restored: World, tmp_path: Path
) -> None:
    talk, _ = await conversation(world)
    sent = await message(world, talk, "sending")
    await keep(world, tmp_path)
    await bring_back(restored, tmp_path)

    ctx = restored.context()
    for _ in range(4):
        await sending.look_up_lost(ctx)
        await sending.send_composed(ctx)

    assert world.whatsapp.tried == []
    assert await restored.rows("SELECT id, state FROM messages") == [(sent, "failed")]
    assert await restored.rows("SELECT kind FROM tasks") == [("answer_message",)]


async def test_what_was_about_to_be_said_is_given_to_a_person(
    world: World, restored: World, tmp_path: Path
) -> None:
    talk, lead = await conversation(world)
    await message(world, talk, "composed")
    await message(world, talk, "composed")
    _, other = await conversation(
        world, due=TUESDAY, by=uuid4(), lease=TUESDAY + timedelta(days=9000)
    )
    await keep(world, tmp_path)

    settled = await bring_back(restored, tmp_path)

    assert settled.for_a_person == 2
    await restored.do("UPDATE operator_stop SET stopped = false")
    assert await answer_due(restored.context()) == 0
    assert await sending.send_composed(restored.context()) == 0
    assert await restored.rows("SELECT DISTINCT state FROM messages") == [("cancelled",)]
    assert set(await restored.rows("SELECT kind, lead_id FROM tasks")) == {
        ("answer_message", lead),
        ("answer_message", other),
    }


async def test_side_work_that_was_being_done_is_done_again(
    world: World, restored: World, tmp_path: Path
) -> None:
    await world.do(
        "INSERT INTO procrastinate_workers (id, last_heartbeat) OVERRIDING SYSTEM VALUE"
        " VALUES (7, clock_timestamp())"
    )
    for status in ("todo", "doing", "failed"):
        await world.do(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)"
            " VALUES ('side', cast(:status AS text), '{}',"
            " cast(cast(:status AS text) AS procrastinate_job_status), 7)",
            status=status,
        )
    await keep(world, tmp_path)
    await bring_back(restored, tmp_path)

    assert await restored.rows(
        "SELECT task_name, status::text, worker_id FROM procrastinate_jobs ORDER BY id"
    ) == [("todo", "todo", None), ("doing", "todo", None), ("failed", "failed", None)]
    assert await restored.rows("SELECT count(*) FROM procrastinate_workers") == [(0,)]
    assert await restored.rows("SELECT count(*) FROM processes") == [(0,)]


@pytest.mark.parametrize("held", ["webhook_rejections", "import_rejections"])
async def test_a_backup_under_load_loses_nothing_that_was_committed_and_tears_nothing(
    world: World, restored: World, tmp_path: Path, held: str
) -> None:
    world.limits = restored.limits
    campaign = await world.campaign("spring")
    await world.leads(campaign, 50)
    over = asyncio.Event()
    written: list[UUID] = []

    async def writes() -> None:
        while not over.is_set():
            written.extend(await world.leads(campaign, 20))

    async def ticks() -> None:
        ctx = world.context()
        while not over.is_set():
            await world.tick(ctx)
            await recover(ctx, world.after)

    async def folds() -> None:
        while not over.is_set():
            async with transaction(world.engine) as tx:
                await tallies.fold(tx, 50)

    for loss in range(10):
        world.voice.script.append(Lose(taken=loss % 2 == 0))
    crowd = [asyncio.create_task(one()) for one in (writes, ticks, ticks, folds)]
    before = await grown(written, 40)
    # While the backup waits for a table in the middle, the product goes on with those around it.
    async with transaction(world.engine) as holding:
        await holding.execute(text(f"LOCK TABLE {held} IN ACCESS EXCLUSIVE MODE"))
        backup = asyncio.create_task(keep(world, tmp_path))
        while not await world.rows(WAITING):
            await asyncio.sleep(0)
        await grown(written, 40)
    await backup
    over.set()
    await asyncio.gather(*crowd)

    await bring_back(restored, tmp_path)

    found = {id for (id,) in await restored.rows("SELECT id FROM attempts")}
    assert before <= found, "what was committed before the backup began is in it"
    assert len(found) < 50 + len(written), "and what came after its moment is not"
    await holds_together(restored)
    taken_before = {one.ref for one in world.voice.taken}
    restored.voice.script.clear()
    in_doubt = [
        UUID(str(id))
        for (id,) in await restored.rows(
            "SELECT id FROM attempts WHERE state IN ('unsure', 'started')"
        )
    ]
    await restored.do("UPDATE campaigns SET status = 'paused'")
    await goes_on(restored)
    assert {one.ref for one in world.voice.taken} == taken_before
    for id_ in in_doubt:
        assert world.voice.times_taken(id_) <= 1
    assert await restored.rows("SELECT count(*) FROM attempts WHERE state = 'unsure'") == [(0,)]


async def grown(written: list[UUID], by: int) -> set[UUID]:
    """Wait until so many more are written; returns what is."""
    enough = len(written) + by
    while len(written) < enough:
        await asyncio.sleep(0)
    return set(written)


async def holds_together(world: World) -> None:
    """Each of these is written in one transaction: one without the other would be torn."""
    nothing = [(0,)]
    torn = {
        "a planned attempt without its event": """
            SELECT count(*) FROM attempts a WHERE NOT EXISTS (SELECT FROM events e
              WHERE e.attempt_id = a.id AND e.kind = 'attempt.planned')""",
        "an event of an attempt that is not there": """
            SELECT count(*) FROM events e WHERE e.attempt_id IS NOT NULL
              AND NOT EXISTS (SELECT FROM attempts a WHERE a.id = e.attempt_id)""",
        "an attempt without its lead": """
            SELECT count(*) FROM attempts a
            WHERE NOT EXISTS (SELECT FROM leads l WHERE l.id = a.lead_id)""",
        "a call under way without its line": """
            SELECT count(*) FROM attempts a WHERE a.state IN ('started', 'live', 'unsure')
              AND NOT EXISTS (SELECT FROM lines WHERE lines.attempt_id = a.id)""",
        "a line of what is not under way": """
            SELECT count(*) FROM lines JOIN attempts a ON a.id = lines.attempt_id
            WHERE a.state NOT IN ('started', 'live', 'unsure')""",
        "a lead whose work is another than its attempt's": """
            SELECT count(*) FROM leads l JOIN attempts a ON a.lead_id = l.id
            WHERE (a.state = 'planned' AND l.work <> 'planned')
               OR (a.state IN ('started', 'unsure') AND l.work <> 'in_flight')""",
        "a claim that is still a claim": """
            SELECT count(*) FROM attempts WHERE state IN ('claimed', 'starting')""",
        "events that the counts do not know": """
            SELECT count(*) FROM (
              SELECT kind, count(*) AS n FROM events WHERE campaign_id IS NOT NULL
                AND kind <> 'attempt.unsure' GROUP BY kind) e
            FULL JOIN (SELECT kind, sum(count) AS n FROM tallies
                WHERE kind <> 'attempt.unsure' GROUP BY kind) t USING (kind)
            WHERE e.n IS DISTINCT FROM t.n""",
    }
    for what, query in torn.items():
        assert await world.rows(query) == nothing, what
