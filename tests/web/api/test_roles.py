"""Every operation says which role it takes; without a key, or with a lesser one, nothing opens."""

import pytest
from fastapi.routing import APIRoute

from orchestrator.engine.actions.roles import Role
from tests.web.api.conftest import Api
from web.api import application

NOBODY = "00000000-0000-7000-8000-000000000000"
V, R, OP, A = Role.VIEWER, Role.REP, Role.OPERATOR, Role.ADMIN
STATED = {
    "GET /leads": V,
    "POST /leads": OP,
    "POST /leads/batch": OP,
    "POST /leads/contact": OP,
    "GET /leads/{id}": V,
    "PATCH /leads/{id}": R,
    "PUT /leads/{id}/status": R,
    "DELETE /leads/{id}": OP,
    "POST /leads/{id}/erase": A,
    "POST /leads/{id}/move": OP,
    "POST /leads/{id}/notes": R,
    "POST /leads/{id}/contact": R,
    "POST /leads/{id}/reschedule": R,
    "POST /leads/{id}/cancel-follow-up": R,
    "GET /leads/{id}/attempts": V,
    "GET /calls/{id}": V,
    "GET /calls/{id}/recording": V,
    "GET /conversations": V,
    "GET /conversations/{id}/messages": V,
    "GET /events": V,
    "GET /campaigns": V,
    "GET /campaigns/{name}": V,
    "GET /campaigns/{name}/forecast": V,
    "POST /campaigns/{name}/launch": OP,
    "POST /campaigns/{name}/pause": OP,
    "POST /campaigns/{name}/resume": OP,
    "POST /campaigns/{name}/cancel": OP,
    "POST /campaigns/{name}/archive": OP,
    "POST /documents": OP,
    "POST /stop": OP,
    "POST /resume": OP,
    "GET /suppressions": V,
    "POST /suppressions": OP,
    "POST /suppressions/lift": OP,
    "GET /contacts/{id}/consents": V,
    "POST /contacts/{id}/consents": OP,
    "POST /contacts/{id}/consents/revoke": R,
}


def operations(api: Api) -> list[tuple[str, str, str]]:
    """Method, address as it is called, and as it is stated."""
    found = []
    for route in application.routes(api.ctx).routes:
        assert isinstance(route, APIRoute)
        for method in route.methods or ():
            path = route.path.replace("{id}", NOBODY).replace("{name}", "nobody")
            found.append((method, path, f"{method} {route.path}"))
    return found


async def test_every_operation_states_the_role_that_its_deed_takes(api: Api) -> None:
    routes = [one for one in application.routes(api.ctx).routes if isinstance(one, APIRoute)]

    stated = {
        f"{method} {route.path}": Role[application.role_of(route).upper()]
        for route in routes
        for method in route.methods or ()
    }

    assert stated == STATED


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer outreach_wrong", "Basic YTpi"])
async def test_without_a_valid_key_nothing_opens(api: Api, header: str | None) -> None:
    client = api.client()
    headers = {} if header is None else {"Authorization": header}

    for method, path, _ in operations(api):
        answer = await client.request(method, path, headers=headers)
        assert answer.status_code in (401, 429), (method, path)
        assert answer.headers["content-type"] == "application/problem+json"
        assert "WWW-Authenticate" in answer.headers or "Retry-After" in answer.headers
    assert await api.world.rows("SELECT count(*) FROM events WHERE kind <> 'key.added'") == [(0,)]


@pytest.mark.parametrize("role", list(Role))
async def test_every_role_may_what_is_stated_and_nothing_else(api: Api, role: Role) -> None:
    client = await api.of(role)

    for method, path, stated in operations(api):
        answer = await client.request(method, path)
        assert (answer.status_code == 403) is (role < STATED[stated]), (role, stated)
        assert answer.status_code < 500
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"


async def test_a_key_of_a_rep_launches_nothing(api: Api) -> None:
    await api.world.campaign("spring", status="draft")

    answer = await (await api.of(Role.REP)).post("/campaigns/spring/launch")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert await api.world.rows("SELECT status FROM campaigns") == [("draft",)]


async def test_the_document_of_the_api_is_there_for_everybody_and_states_the_roles(
    api: Api,
) -> None:
    document = (await api.client().get("/openapi.json")).json()

    said = {
        f"{method.upper()} {path}": operation["x-role"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert said == {name: role.name.lower() for name, role in STATED.items()}


async def test_every_operation_has_a_name_of_its_own_for_those_who_make_clients(api: Api) -> None:
    document = (await api.client().get("/openapi.json")).json()

    names = [one["operationId"] for path in document["paths"].values() for one in path.values()]

    assert len(set(names)) == len(names) == len(STATED)
    assert "create_a_lead_and_contact_it_now" in names
