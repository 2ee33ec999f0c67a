"""Campaigns through the API: by documents, by deeds, and with what they would do."""

from orchestrator.engine.actions.roles import Role
from tests.orchestrator.engine.world import CAMPAIGN
from tests.web.api.conftest import Api

AUTUMN = {**CAMPAIGN, "name": "autumn", "steps": [{"channel": "voice"}]}


async def test_a_campaign_is_applied_launched_paused_resumed_and_cancelled(api: Api) -> None:
    client = await api.of(Role.OPERATOR)
    applied = await client.post("/documents", json={"document": AUTUMN})

    standings = [
        (await client.post(f"/campaigns/autumn/{word}")).json()["status"]
        for word in ("launch", "pause", "resume", "cancel", "archive")
    ]

    assert (applied.status_code, applied.json()["version"]) == (200, 1)
    assert standings == ["running", "paused", "running", "cancelled", "archived"]


async def test_an_edit_names_the_version_it_is_based_on(api: Api) -> None:
    client = await api.of(Role.OPERATOR)
    await client.post("/documents", json={"document": AUTUMN})
    edited = {**AUTUMN, "goal": "Offer two demos."}

    blind = await client.post("/documents", json={"document": edited})
    seen = await client.post("/documents", json={"document": edited, "based_on": 1})

    assert blind.status_code == 409
    assert (seen.json()["version"], seen.json()["differences"][0]["path"]) == (2, "goal")


async def test_all_that_is_wrong_with_a_document_is_told_at_once(api: Api) -> None:
    client = await api.of(Role.OPERATOR)

    answer = await client.post("/documents", json={"document": {**AUTUMN, "gaol": 1, "name": "?"}})

    said = answer.json()
    assert answer.status_code == 422
    assert len(said["details"]) == 2
    assert any("gaol" in line for line in said["details"])


async def test_a_campaign_shows_its_counts_its_document_and_what_it_would_do(api: Api) -> None:
    campaign = await api.world.campaign("spring")
    await api.world.leads(campaign, 3)
    client = await api.of(Role.VIEWER)

    one = (await client.get("/campaigns/spring")).json()
    forecast = (await client.get("/campaigns/spring/forecast")).json()
    (listed,) = (await client.get("/campaigns")).json()["items"]

    assert (one["leads"], one["counts"]["statuses"]) == (3, {"new": 3})
    assert one["document"]["name"] == "spring"
    assert forecast["planned"] == 3
    assert forecast["forecast"]["hours"]
    assert listed["name"] == "spring"


async def test_everything_is_stopped_and_goes_on(api: Api) -> None:
    client = await api.of(Role.OPERATOR)

    said = [(await client.post(path)).json() for path in ("/stop", "/stop", "/resume")]

    assert said == [{"changed": True}, {"changed": False}, {"changed": True}]
    assert await api.world.rows("SELECT stopped FROM operator_stop") == [(False,)]
