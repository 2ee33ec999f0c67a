"""What people allow and forbid holds at once, whoever says it."""

from uuid import uuid4

from orchestrator.engine.actions.roles import Role
from tests.web.api.conftest import ADA, Api

POINT = {"point": ADA["phone"]}


async def test_who_is_suppressed_is_called_no_more_until_that_is_lifted(api: Api) -> None:
    await api.world.campaign("spring")
    client = await api.of(Role.OPERATOR)
    await client.post("/leads", json=ADA)

    done = await client.post("/suppressions", json=POINT)
    await api.world.tick()
    (held,) = (await client.get("/suppressions", params=POINT)).json()["items"]
    lifted = await client.post("/suppressions/lift", json=POINT)

    assert (done.status_code, done.json()) == (201, {"changed": True})
    assert api.world.voice.taken == []
    assert (held["value"], held["reason"]) == (ADA["phone"], "do_not_contact")
    assert lifted.json() == {"changed": True}
    assert (await client.get("/suppressions", params=POINT)).json()["items"] == []
    every = (await client.get("/suppressions", params={"lifted": "true"})).json()["items"]
    assert len(every) == 1


async def test_a_consent_that_is_taken_back_takes_back_the_plans_and_a_new_one_lifts_that(
    api: Api,
) -> None:
    await api.world.campaign("spring")
    client = await api.of(Role.OPERATOR)
    lead = (await client.post("/leads", json=ADA)).json()
    path = f"/contacts/{lead['contact_id']}/consents"

    await client.post(f"{path}/revoke", json={})
    blocked = (await client.get(f"/leads/{lead['id']}")).json()
    given = await client.post(path, json={"basis": "express_written", "proof": "form 18"})
    said = (await client.get(path)).json()["items"]

    assert (blocked["work"], blocked["work_reason"]) == ("blocked", "consent_revoked")
    assert given.status_code == 201
    assert [one["state"] for one in said] == ["granted", "revoked", "granted"]
    assert said[0]["proof"] == "form 18"


async def test_a_basis_that_counts_for_nothing_and_a_person_whom_nobody_knows_are_refused(
    api: Api,
) -> None:
    client = await api.of(Role.OPERATOR)
    path = f"/contacts/{uuid4()}/consents"

    vague = await client.post(path, json={"basis": "we_think_so", "proof": "none"})
    unknown = await client.post(path, json={"basis": "web_form", "proof": "form 1"})

    assert (vague.status_code, vague.json()["code"]) == (422, "unknown_basis")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_contact")
