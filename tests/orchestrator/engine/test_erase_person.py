"""Who demands it is erased: nothing says who they were, what was done still counts, and nobody
contacts them or takes them in again.
"""

import json
import wave
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine import call_reading, chat_reading, media, replies, sending
from orchestrator.engine.actions.edit_lead import edit_lead
from orchestrator.engine.actions.erase_person import Erased, erase_person
from orchestrator.engine.actions.export_person import export_person
from orchestrator.engine.actions.notes import add_note
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.journal import CallJournal
from outreach.errors import Rejected
from outreach.marks import Marks
from outreach.outcome import AnsweredBy
from outreach.speech import Speaker, Turn
from storage.database import transaction
from storage.search import search_text
from tests.orchestrator.engine.returning import TUESDAY, World, build, call, status, written

PHONE, EMAIL = "+12025550123", "zoraida@quixote.example.com"
FIRST, LAST, COMPANY = "Zoraida", "Vanderplume", "Quixotic Looms"
OTHER = "+12025550177"
KEY = b"a key that nobody knows and that is long enough"
ADMIN = Actor(name="user:1", role=Role.ADMIN)
QUOTE = f"I am {FIRST} {LAST} of {COMPANY}, a demo sounds good"


@pytest.fixture
async def world(engine: AsyncEngine, tmp_path: Path) -> World:
    made = await build(engine, tmp_path / "recordings")
    made.ctx = replace(made.ctx, marks=Marks(KEY))
    return made


async def erase(world: World, value: str = PHONE, actor: Actor = ADMIN) -> Erased:
    kind = "email" if "@" in value else "phone"
    async with transaction(world.engine) as tx:
        return await erase_person(world.ctx, tx, kind, value, actor)


async def found(world: World, words: Sequence[str]) -> dict[str, str]:
    """Every column of every table in which one of these words stands, whatever its type."""
    columns = await world.run(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
    )
    assert len(columns) > 400
    hits = {}
    for table, column in columns:
        rows = await world.run(
            f'SELECT "{column}"::text AS value FROM "{table}"'
            f' WHERE lower("{column}"::text) LIKE ANY(:patterns)',
            patterns=[f"%{word.lower()}%" for word in words],
        )
        if rows:
            hits[f"{table}.{column}"] = str(rows[0].value)
    return hits


async def called(world: World, lead: UUID) -> UUID:
    """A call that was recorded, transcribed and read, with a recording in the store."""
    attempt = await world.attempt(lead)
    connect = await media.answer_call(world.ctx, attempt, "CA1")
    assert isinstance(connect, media.Connect)
    assert await media.open_media(world.ctx, connect.token, "CA1") is not None
    journal = CallJournal(ctx=world.ctx, call_id=attempt)
    for number, (speaker, words) in enumerate(
        ((Speaker.AGENT, f"Hello {FIRST}, this is Ada."), (Speaker.PERSON, f"Yes. {QUOTE}."))
    ):
        await journal.turn(Turn(number=number, speaker=speaker, text=words))
    await journal.heard(AnsweredBy.HUMAN, "first words")
    await world.receive(call(attempt, "completed", duration_s=18))
    wav = world.ctx.recordings / "talk.wav"
    wav.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(wav), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(3200))
    await journal.closed(ended_by="person", recording=wav)
    world.model.reading = {
        "outcome": "interested",
        "outcome_turn": 1,
        "outcome_quote": QUOTE,
        "summary": f"{FIRST} of {COMPANY} wants a demo.",
        "next_step": f"Write to {EMAIL}.",
        "fields": [{"name": "interested", "value": True, "turn": 1, "quote": QUOTE}],
    }
    await call_reading.read_call(world.ctx, str(attempt))
    return attempt


async def chatted(world: World, lead: UUID) -> None:
    """An opening message, their answer, ours, and a reading of it all."""
    attempt = await world.attempt(lead, channel="whatsapp")
    await world.receive(status(attempt, "delivered"))
    await world.receive(written(f"This is {FIRST}, write to {EMAIL}"))
    await world.move_clock(timedelta(minutes=1))
    await replies.answer_due(world.ctx)
    await sending.send_composed(world.ctx)
    await world.move_clock(timedelta(days=1))
    await chat_reading.start_due(world.ctx)
    for task, ids in world.jobs.deferred:
        if task == "read_conversation":
            await chat_reading.read_conversation(world.ctx, ids["conversation_id"])


async def full_life(world: World) -> UUID:
    """Everything that can happen to somebody, on both channels."""
    lead = await world.lead(PHONE)
    async with transaction(world.engine) as tx:
        await edit_lead(
            world.ctx,
            tx,
            lead,
            {"first_name": FIRST, "last_name": LAST, "email": EMAIL, "company": COMPANY},
            ADMIN,
        )
        await add_note(world.ctx, tx, lead, f"{FIRST} likes looms.", ADMIN)
    await world.run(
        "UPDATE contacts SET first_name = :first, last_name = :last", first=FIRST, last=LAST
    )
    await world.run(
        "INSERT INTO consents (id, contact_id, state, purpose, channel, basis, wording, proof,"
        " source, recorded_at, recorded_by) SELECT :id, contact_id, 'granted', 'any', 'any',"
        " 'express', :wording, :proof, 'import', :now, 'cli' FROM leads",
        id=uuid4(),
        wording=f"{FIRST} agrees",
        proof=f"form of {EMAIL}",
        now=TUESDAY,
    )
    await called(world, lead)
    await chatted(world, lead)
    await world.run(
        "INSERT INTO imports (id, campaign_id, file_name, started_at, started_by)"
        " VALUES (:id, :campaign, 'spring.csv', :now, 'cli')",
        id=(list_id := uuid4()),
        campaign=world.campaign_id,
        now=TUESDAY,
    )
    for number, cells in enumerate(
        (
            ["(202) 555-0123", "no name", "spring"],
            ["12", f"{FIRST.upper()} {LAST}", COMPANY],
            ["12", EMAIL.upper(), ""],
            [OTHER, "Somebody", "Else"],
        ),
        start=1,
    ):
        await world.run(
            "INSERT INTO import_rejections (import_id, row_number, code, message, cells)"
            " VALUES (:id, :n, 'phone_invalid', :said, :cells)",
            id=list_id,
            n=number,
            said=f"{cells[0]} is no phone number",
            cells=cells,
        )
    return lead


async def counts(world: World) -> list[tuple[object, ...]]:
    """What reports are made of."""
    queries = (
        "SELECT 'attempts', channel, outcome, count(*), sum(cost_micros) FROM attempts"
        " WHERE state = 'ended' GROUP BY 2, 3",
        "SELECT 'leads', campaign_id::text, status, count(*), NULL FROM leads GROUP BY 2, 3",
        "SELECT 'messages', direction, state, count(*), NULL FROM messages GROUP BY 2, 3",
        "SELECT 'calls', direction, answered_by, count(*), sum(duration_s) FROM calls"
        " GROUP BY 2, 3",
        "SELECT 'readings', outcome, made_by, count(*), NULL FROM readings GROUP BY 2, 3",
        "SELECT 'events', kind, lead_id::text, count(*), NULL FROM events WHERE kind NOT IN"
        " ('person.erased', 'lead.removed', 'lead.ended') GROUP BY 2, 3",
    )
    rows = [tuple(row) for query in queries for row in await world.run(query)]
    return sorted(rows, key=repr)


WORDS = (PHONE, PHONE.removeprefix("+"), "(202) 555-0123", EMAIL, FIRST, LAST, COMPANY, "quixot")


async def test_after_a_full_life_on_both_channels_nothing_is_found_in_any_column(
    world: World,
) -> None:
    await full_life(world)
    before = await found(world, WORDS)
    assert {place.split(".")[0] for place in before} >= {
        *("leads", "contacts", "contact_points", "attempts", "calls", "turns", "readings"),
        *("extractions", "conversations", "messages", "consents", "notes", "inbox"),
        "import_rejections",
    }

    done = await erase(world)

    assert (done.leads, done.recordings) == (1, 1)
    assert await found(world, WORDS) == {}
    assert not list(world.ctx.recordings.rglob("*.wav"))
    assert (await world.one("SELECT count(*) FROM import_rejections WHERE cells <> '{}'"))[0] == 1


async def test_what_was_done_still_counts(world: World) -> None:
    await full_life(world)
    before = await counts(world)

    await erase(world)

    assert await counts(world) == before


async def test_the_history_of_who_was_erased_is_told_without_them(world: World) -> None:
    lead = await full_life(world)
    told = await world.run("SELECT seq, kind, data FROM events ORDER BY tx, seq")

    await erase(world)

    again = await world.run("SELECT seq, kind, data FROM events ORDER BY tx, seq")
    assert again[: len(told)] == told
    assert [row.kind for row in again[len(told) :]][-1] == "person.erased"
    closed = await world.one("SELECT work, closed_reason FROM leads WHERE id = :id", id=lead)
    assert tuple(closed) == ("ended", "erased")


@pytest.mark.parametrize("state", ["planned", "claimed"])
async def test_what_has_not_passed_the_gate_is_taken_back_first(world: World, state: str) -> None:
    lead = await world.lead(PHONE)
    attempt = await world.attempt(lead, state)

    await erase(world)

    row = await world.one("SELECT state, cancel_reason FROM attempts WHERE id = :id", id=attempt)
    assert tuple(row) == ("cancelled", "erased")


@pytest.mark.parametrize("state", ["starting", "started", "live", "unsure"])
async def test_nobody_is_erased_while_a_contact_is_under_way(world: World, state: str) -> None:
    lead = await world.lead(PHONE)
    await world.attempt(lead, state)
    planned = await world.attempt(lead, "planned")

    with pytest.raises(Rejected) as refused:
        await erase(world)

    assert refused.value.code == "contact_under_way"
    assert (await world.one("SELECT phone FROM leads")).phone == PHONE
    row = await world.one("SELECT state FROM attempts WHERE id = :id", id=planned)
    assert row.state == "planned"


async def test_an_address_that_colleagues_share_names_nobody_and_stays_theirs(
    world: World,
) -> None:
    for phone in (PHONE, OTHER):
        lead = await world.lead(phone)
        await world.run(
            "UPDATE leads SET email = :email, search = :words WHERE id = :id",
            email=EMAIL,
            words=search_text([EMAIL], [(phone, 1)]),
            id=lead,
        )

    with pytest.raises(Rejected) as refused:
        await erase(world, EMAIL)
    await erase(world)

    assert refused.value.code == "several_people"
    left = await world.run("SELECT phone, email FROM leads WHERE closed_reason IS NULL")
    assert [tuple(row) for row in left] == [(OTHER, EMAIL)]
    assert (await world.one("SELECT count(*) FROM suppressions"))[0] == 1


async def test_erasing_takes_the_role_of_an_admin_and_a_key(world: World) -> None:
    with pytest.raises(Rejected) as refused:
        await erase(world, actor=Actor(name="user:2", role=Role.OPERATOR))
    assert refused.value.code == "not_allowed"

    world.ctx = replace(world.ctx, marks=Marks())
    with pytest.raises(Rejected) as refused:
        await erase(world)
    assert refused.value.code == "erasure_key_missing"


async def test_what_comes_in_later_is_taken_away_by_erasing_again(world: World) -> None:
    await erase(world)
    await world.receive(written(f"{FIRST} here again"))
    assert await found(world, [PHONE])

    await erase(world)

    assert await found(world, [PHONE, FIRST]) == {}
    assert (await world.one("SELECT count(*) FROM suppressions"))[0] == 1


async def test_a_recording_that_is_held_by_law_holds_the_person(world: World) -> None:
    await called(world, await world.lead(PHONE))
    await world.run("UPDATE recordings SET legal_hold = true")

    with pytest.raises(Rejected) as refused:
        await erase(world)

    assert refused.value.code == "legal_hold"


async def test_everything_about_a_person_can_be_handed_to_them(world: World) -> None:
    await full_life(world)

    async with transaction(world.engine) as tx:
        all_of_it = await export_person(tx, "phone", PHONE, ADMIN)

    assert {name for name, rows in all_of_it.items() if rows} >= {
        *("leads", "attempts", "conversations", "messages", "turns", "readings", "consents"),
        *("events", "recordings", "deliveries", "contact_points"),
    }
    said = json.dumps(all_of_it)
    assert all(word in said for word in (PHONE, EMAIL, FIRST, LAST, COMPANY, QUOTE, ".wav"))
    assert "token_hash" not in said


async def test_nobody_else_stands_in_what_is_handed_out(world: World) -> None:
    await world.attempt(await world.lead(OTHER), "planned")
    await full_life(world)

    async with transaction(world.engine) as tx:
        said = json.dumps(await export_person(tx, "email", EMAIL, ADMIN))

    assert OTHER not in said
    assert PHONE in said


async def test_of_whom_nothing_is_stored_nothing_is_handed_out(world: World) -> None:
    with pytest.raises(Rejected) as refused:
        async with transaction(world.engine) as tx:
            await export_person(tx, "phone", OTHER, ADMIN)

    assert refused.value.code == "unknown_person"
