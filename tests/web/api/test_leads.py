"""Leads through the API: by the rules of a list, once, and never over another's words."""

from uuid import uuid4

from httpx import AsyncClient

from orchestrator.engine.actions.roles import Role
from outreach.marks import Marks
from tests.web.api.conftest import ADA, Api
from web.api import application

NIGHT = {**ADA, "phone": "+6421555010"}
SYDNEY = {**ADA, "phone": "+61491570156", "first_name": "Nia"}


async def operator(api: Api) -> AsyncClient:
    await api.world.campaign("spring")
    return await api.of(Role.OPERATOR)


async def made(client: AsyncClient, **changes: object) -> dict[str, object]:
    answer = await client.post("/leads", json={**ADA, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_lead_is_created_planned_and_found_again(api: Api) -> None:
    client = await operator(api)

    lead = await made(client)

    assert (lead["campaign"], lead["work"], lead["next_channel"]) == ("spring", "planned", "voice")
    assert (await client.get(f"/leads/{lead['id']}")).json() == lead
    assert (await client.get("/leads", params={"search": "ada"})).json()["items"] == [lead]
    assert (await client.get("/leads", params={"status": "qualified"})).json()["items"] == []
    ((actor,),) = await api.world.rows("SELECT actor FROM events WHERE kind = 'lead.added'")
    assert str(actor).startswith("key:")


async def test_what_a_row_would_be_refused_for_is_a_problem_with_its_four_facts(api: Api) -> None:
    client = await operator(api)

    answer = await client.post("/leads", json={**ADA, "phone": "12"})

    said = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert said["type"] == f"urn:outreach:problem:{said['code']}"
    assert said["detail"]
    assert said["fix"]
    assert said["where"] == "phone"


async def test_nobody_stands_twice_in_a_campaign(api: Api) -> None:
    client = await operator(api)
    await made(client)

    again = await client.post("/leads", json=ADA)

    assert (again.status_code, again.json()["code"]) == (409, "already_in_campaign")


async def test_the_same_request_under_one_key_is_done_once_and_answered_twice(api: Api) -> None:
    client = await operator(api)
    headers = {"Idempotency-Key": "one"}

    first = await client.post("/leads", json=ADA, headers=headers)
    second = await client.post("/leads", json=ADA, headers=headers)
    other = await client.post("/leads", json={**ADA, "first_name": "Eve"}, headers=headers)
    theirs = await (await api.of(Role.OPERATOR)).post("/leads", json=ADA, headers=headers)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert theirs.status_code == 409
    assert await api.world.rows("SELECT count(*) FROM leads") == [(1,)]


async def test_what_was_refused_may_be_sent_again_under_the_same_key(api: Api) -> None:
    client = await operator(api)
    headers = {"Idempotency-Key": "one"}
    body = {**ADA, "campaign": "autumn"}
    refused = await client.post("/leads", json=body, headers=headers)

    await api.world.campaign("autumn")
    taken = await client.post("/leads", json=body, headers=headers)

    assert (refused.status_code, taken.status_code) == (404, 201)


async def test_an_answer_is_forgotten_after_a_day(api: Api) -> None:
    client = await operator(api)
    headers = {"Idempotency-Key": "one"}
    await client.post("/leads", json=ADA, headers=headers)
    await api.world.do("UPDATE api_answers SET created_at = created_at - interval '25 hours'")

    again = await client.post("/leads", json=ADA, headers=headers)

    assert again.status_code == 409


async def test_of_many_each_is_taken_or_refused_by_itself(api: Api) -> None:
    client = await operator(api)
    several = [ADA, {**ADA, "phone": "12"}, {**ADA, "phone": "+12125550124"}, ADA]

    said = (await client.post("/leads/batch", json={"leads": several})).json()

    assert said["taken"] == 2
    assert [one["lead"] is not None for one in said["items"]] == [True, False, True, False]
    assert said["items"][3]["problem"]["code"] == "already_in_campaign"
    assert await api.world.rows("SELECT count(*) FROM leads") == [(2,)]


async def test_a_lead_is_posted_and_called_in_one_call(api: Api) -> None:
    client = await operator(api)
    await api.world.leads((await api.world.rows("SELECT id FROM campaigns"))[0][0], 3)

    said = (await client.post("/leads/contact", json=ADA)).json()
    await api.world.tick()

    assert (said["contact"]["now"], said["contact"]["channel"]) == (True, "voice")
    called = await api.world.rows("SELECT state FROM attempts WHERE phone = '+12125550123'")
    assert called == [("started",)]


async def test_who_may_not_be_called_now_is_kept_and_the_nearest_legal_time_is_told(
    api: Api,
) -> None:
    client = await operator(api)

    said = (await client.post("/leads/contact", json=SYDNEY)).json()
    await api.world.tick()

    assert said["contact"]["now"] is False
    assert said["contact"]["due_at"] == said["lead"]["next_due_at"]
    assert said["contact"]["due_at"] > "2031-03-04T20:00"
    assert "nearest allowed times" in said["contact"]["problem"]["fix"]
    assert api.world.voice.taken == []


async def test_a_change_based_on_what_is_there_is_written(api: Api) -> None:
    client = await operator(api)
    lead = await made(client)
    seen = (await client.get(f"/leads/{lead['id']}")).headers["ETag"]

    changed = await client.patch(
        f"/leads/{lead['id']}",
        json={"first_name": "Grace", "last_name": None},
        headers={"If-Match": seen},
    )

    assert (changed.status_code, changed.json()["first_name"]) == (200, "Grace")
    assert changed.headers["ETag"] != seen
    assert changed.headers["ETag"] == (await client.get(f"/leads/{lead['id']}")).headers["ETag"]


async def test_a_change_never_overwrites_what_its_author_has_not_seen(api: Api) -> None:
    client = await operator(api)
    lead = await made(client)
    path = f"/leads/{lead['id']}"
    seen = (await client.get(path)).headers["ETag"]
    await client.patch(path, json={"first_name": "Grace"}, headers={"If-Match": seen})

    late = await client.patch(path, json={"first_name": "Eve"}, headers={"If-Match": seen})
    blind = await client.patch(path, json={"first_name": "Eve"})

    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert (blind.status_code, blind.json()["code"]) == (428, "if_match_missing")
    assert (await client.get(path)).json()["first_name"] == "Grace"


async def test_a_list_goes_on_where_it_ended(api: Api) -> None:
    client = await operator(api)
    ids = [(await made(client, phone=f"+121255501{n:02}"))["id"] for n in range(5)]
    found: list[str] = []
    after: str | None = None

    while True:
        page = (
            await client.get("/leads", params={"limit": 2, **({"after": after} if after else {})})
        ).json()
        found += [one["id"] for one in page["items"]]
        after = page["after"]
        if after is None:
            break

    assert found == ids[::-1]


async def test_a_status_that_ends_takes_back_what_is_planned(api: Api) -> None:
    client = await operator(api)
    lead = await made(client)

    said = await client.put(f"/leads/{lead['id']}/status", json={"status": "converted"})

    after = (await client.get(f"/leads/{lead['id']}")).json()
    assert said.json() == {"changed": True}
    assert (after["status"], after["work"], after["next_due_at"]) == ("converted", "ended", None)


async def test_who_must_not_be_contacted_is_no_matter_of_a_status(api: Api) -> None:
    client = await operator(api)
    lead = await made(client)
    path = f"/leads/{lead['id']}/status"

    into = await client.put(path, json={"status": "do_not_contact"})
    await api.world.do("UPDATE leads SET status = 'unsubscribed'")
    out = await client.put(path, json={"status": "new"})

    assert {into.json()["code"], out.json()["code"]} == {"status_by_suppression"}


async def test_a_lead_is_taken_out_moved_and_timed(api: Api) -> None:
    client = await operator(api)
    await api.world.campaign("autumn")
    lead = await made(client)
    path = f"/leads/{lead['id']}"

    later = await client.post(f"{path}/reschedule", json={"at": "2031-03-05T10:00"})
    night = await client.post(f"{path}/reschedule", json={"at": "2031-03-05T03:00"})
    cancelled = await client.post(f"{path}/cancel-follow-up")
    noted = await client.post(f"{path}/notes", json={"body": "Prefers mornings."})
    moved = await client.post(f"{path}/move", json={"campaign": "autumn"})
    removed = await client.delete(f"/leads/{moved.json()['id']}")

    assert later.json()["due_at"] == "2031-03-05T15:00:00Z"
    assert night.status_code == 422
    assert "nearest allowed" in night.json()["fix"]
    assert cancelled.json() == {"changed": True}
    assert noted.status_code == 201
    assert moved.json()["campaign"] == "autumn"
    assert removed.json() == {"changed": True}


async def test_what_is_not_there_is_told_as_such(api: Api) -> None:
    client = await operator(api)

    for answer in (
        await client.get(f"/leads/{uuid4()}"),
        await client.delete(f"/leads/{uuid4()}"),
        await client.get("/leads", params={"campaign": "nobody"}),
        await client.get("/nowhere"),
    ):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_that_is_larger_than_any_request_of_ours_is_not_read(api: Api) -> None:
    client = await operator(api)

    answer = await client.post("/leads", content=b"x" * (1024 * 1024 + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_what_was_answered_does_not_outlive_the_person(api: Api) -> None:
    await api.world.campaign("spring")
    marked = api.world.context(marks=Marks(key=b"k" * 32))
    api.app = application.build(marked)
    client, admin = await api.of(Role.OPERATOR), await api.of(Role.ADMIN)
    other = {**ADA, "phone": "+12125550124"}
    lead = (await client.post("/leads", json=ADA, headers={"Idempotency-Key": "a"})).json()
    await client.post("/leads", json=other, headers={"Idempotency-Key": "b"})

    refused = await client.post(f"/leads/{lead['id']}/erase")
    erased = await admin.post(f"/leads/{lead['id']}/erase")

    assert (refused.status_code, erased.json()) == (403, {"changed": True})
    assert await api.world.rows("SELECT name FROM api_answers") == [("b",)]
    assert (await client.get(f"/leads/{lead['id']}")).json()["phone"] is None
