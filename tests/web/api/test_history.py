"""What was tried and said, as programs read it."""

from pathlib import Path
from uuid import uuid4

from orchestrator.engine.actions.roles import Role
from outreach.events import Kind
from storage.database import transaction
from storage.events import Event, record
from tests.orchestrator.engine.world import TUESDAY
from tests.web.api.conftest import Api
from tests.web.people import lead_of, spoken
from web.api import application


async def test_a_lead_tells_its_attempts_and_a_call_the_words_that_prove_its_values(
    api: Api,
) -> None:
    lead, _ = await lead_of(api.world)
    call = await spoken(api.world, lead)
    client = await api.of(Role.VIEWER)

    (attempt,) = (await client.get(f"/leads/{lead}/attempts")).json()["items"]
    said = (await client.get(f"/calls/{call}")).json()

    assert (attempt["outcome"], attempt["call_id"]) == ("qualified", str(call))
    assert attempt["values"] == {"company_size": 50}
    assert [turn["speaker"] for turn in said["transcript"]] == ["agent", "person"]
    (field,) = said["fields"]
    assert said["transcript"][field["evidence_turn"]]["text"] == field["quote"]
    assert said["reading"]["outcome"] == "qualified"
    assert said["has_recording"] is False


async def test_a_recording_is_heard_whole_or_in_parts(api: Api, tmp_path: Path) -> None:
    lead, _ = await lead_of(api.world)
    call = await spoken(api.world, lead)
    (tmp_path / "one.wav").write_bytes(b"RIFF0123456789")
    await api.world.do(
        "INSERT INTO recordings (id, call_id, source, uri, channels, duration_ms, status,"
        " created_at) VALUES (:id, :call, 'ours', 'one.wav', 2, 4000, 'stored', :at)",
        id=uuid4(),
        call=call,
        at=TUESDAY,
    )
    api.app = application.build(api.world.context(recordings=tmp_path))
    client = await api.of(Role.VIEWER)

    whole = await client.get(f"/calls/{call}/recording")
    part = await client.get(f"/calls/{call}/recording", headers={"Range": "bytes=4-7"})

    assert (whole.status_code, whole.content) == (200, b"RIFF0123456789")
    assert (part.status_code, part.content) == (206, b"0123")


async def test_a_call_without_a_recording_says_so(api: Api) -> None:
    lead, _ = await lead_of(api.world)
    call = await spoken(api.world, lead)

    answer = await (await api.of(Role.VIEWER)).get(f"/calls/{call}/recording")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_recording")


async def test_events_are_told_once_each_from_where_one_began(api: Api) -> None:
    client = await api.of(Role.VIEWER)
    await api.world.settled()
    begin = (await client.get("/events")).json()["since"]
    leads = [uuid4() for _ in range(5)]
    for lead in leads:
        async with transaction(api.world.engine) as tx:
            await record(tx, [Event(kind=Kind.LEAD_EDITED, at=TUESDAY, lead_id=lead)])
    await api.world.settled()
    found: list[str] = []

    for _ in range(4):
        page = (await client.get("/events", params={"since": begin, "limit": 2})).json()
        found += [one["lead_id"] for one in page["items"]]
        begin = page["since"]
    other = await client.get("/events", params={"since": "0-0", "kind": "lead.moved"})

    assert found == [str(lead) for lead in leads]
    assert other.json()["items"] == []
    assert (await client.get("/events", params={"since": "nowhere"})).status_code == 422


async def test_a_conversation_is_read_page_by_page(api: Api) -> None:
    lead, _ = await lead_of(api.world)
    conversation = uuid4()
    await api.world.do(
        "INSERT INTO conversations (id, sender_id, contact_id, phone, lead_id, created_at)"
        " SELECT :id, s.id, l.contact_id, l.phone, l.id, :at FROM leads l, senders s"
        " WHERE s.channel = 'whatsapp'",
        id=conversation,
        at=TUESDAY,
    )
    for word in ("one", "two", "three"):
        await api.world.do(
            "INSERT INTO messages (id, conversation_id, direction, author, kind, body, state,"
            " created_at) VALUES (:id, :of, 'in', 'person', 'text', :word, 'received',"
            " clock_timestamp())",
            id=uuid4(),
            of=conversation,
            word=word,
        )
    client = await api.of(Role.VIEWER)

    (thread,) = (await client.get("/conversations", params={"lead_id": str(lead)})).json()["items"]
    path = f"/conversations/{thread['id']}/messages"
    first = (await client.get(path, params={"limit": 2})).json()
    rest = (await client.get(path, params={"limit": 2, "after": first["after"]})).json()

    assert [one["body"] for one in first["items"] + rest["items"]] == ["three", "two", "one"]
    assert rest["after"] is None
    assert (await client.get(f"/conversations/{uuid4()}/messages")).status_code == 404
