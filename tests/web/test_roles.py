"""Every route of the console says who may use it, and everybody else is turned away."""

import pytest
from fastapi.routing import APIRoute

from orchestrator.engine.actions.roles import Role
from tests.web.conftest import Site
from web.visitor import ANYONE, AtLeast

NOBODY = "00000000-0000-7000-8000-000000000000"
STATED = {
    "/": Role.VIEWER,
    "/leads": Role.VIEWER,
    "/leads/{id}": Role.VIEWER,
    "/calls/{id}": Role.VIEWER,
    "/calls/{id}/recording": Role.VIEWER,
    "/campaigns": Role.VIEWER,
    "/campaigns/{name}": Role.VIEWER,
    "/companies/{id}": Role.VIEWER,
    "/contacts": Role.VIEWER,
    "/palette": Role.VIEWER,
    "/live": Role.VIEWER,
    "/logout": Role.VIEWER,
    "/leads/{id}/cancel-follow-up": Role.REP,
    "/leads/{id}/reschedule": Role.REP,
    "/leads/{id}/call-now": Role.REP,
    "/leads/{id}/notes": Role.REP,
    "/companies/{id}/values": Role.REP,
    "/companies/{id}/fit": Role.REP,
    "/companies/{id}/keep": Role.REP,
    "/companies/{id}/merge": Role.REP,
    "/companies/add": Role.REP,
    "/companies": Role.VIEWER,
    "/campaigns/{name}/launch": Role.OPERATOR,
    "/campaigns/{name}/duplicate": Role.OPERATOR,
    "/inbox": Role.VIEWER,
    "/inbox/{id}": Role.VIEWER,
    "/inbox/{id}/write": Role.REP,
    "/inbox/{id}/template": Role.REP,
    "/inbox/{id}/notes": Role.REP,
    "/inbox/{id}/draft": Role.REP,
    "/inbox/{id}/typing": Role.REP,
    "/inbox/{id}/take": Role.REP,
    "/inbox/{id}/give-back": Role.REP,
    "/inbox/{id}/assign": Role.REP,
    "/inbox/{id}/snooze": Role.REP,
    "/inbox/{id}/resolve": Role.REP,
    "/inbox/{id}/reopen": Role.REP,
    "/campaigns/{name}/{deed}": Role.OPERATOR,
    "/campaigns/{name}/import": Role.OPERATOR,
    "/imports/{id}": Role.OPERATOR,
    "/imports/{id}/errors.csv": Role.OPERATOR,
    "/imports/{id}/columns": Role.OPERATOR,
    "/imports/{id}/consent": Role.OPERATOR,
    "/imports/{id}/start": Role.OPERATOR,
    "/imports/{id}/again": Role.OPERATOR,
    "/imports/{id}/undo": Role.OPERATOR,
    "/documents": Role.VIEWER,
    "POST /documents": Role.OPERATOR,
    "/documents/new/{kind}": Role.OPERATOR,
    "/documents/{kind}/{name}": Role.VIEWER,
    "/stop": Role.OPERATOR,
    "/resume": Role.OPERATOR,
    "/settings/keys": Role.ADMIN,
    "/settings/keys/{id}/revoke": Role.ADMIN,
    "/settings/webhooks": Role.ADMIN,
    "/settings/webhooks/{id}/remove": Role.ADMIN,
    "/settings/webhooks/{id}/enable": Role.ADMIN,
    "/settings/webhooks/deliveries/{id}/replay": Role.ADMIN,
}
FOR_STRANGERS = {"/login", "/enter", "/welcome"}


def guard(route: APIRoute) -> object:
    found = [one.call for one in route.dependant.dependencies]
    guards = [one for one in found if one is ANYONE or isinstance(one, AtLeast)]
    assert len(guards) == 1, f"{route.path} does not say who may use it"
    return guards[0]


async def test_every_route_states_the_role_that_the_design_gives_it(site: Site) -> None:
    stated = {}
    for route in site.routes.routes:
        assert isinstance(route, APIRoute)
        found = guard(route)
        if isinstance(found, AtLeast):
            stated[key(route)] = found.role
        else:
            assert route.path in FOR_STRANGERS

    assert stated == STATED


def key(route: APIRoute) -> str:
    """Its path; with the method where changing takes another role than looking."""
    changing = f"POST {route.path}"
    return changing if "POST" in route.methods and changing in STATED else route.path


def filled(path: str) -> str:
    return (
        path.replace("{id}", NOBODY)
        .replace("{name}", "nobody")
        .replace("{deed}", "pause")
        .replace("{kind}", "agent")
    )


async def test_strangers_are_led_to_the_sign_in_from_every_page(site: Site) -> None:
    stranger = site.stranger()

    for route in site.routes.routes:
        assert isinstance(route, APIRoute)
        if route.path in FOR_STRANGERS:
            continue
        for method in route.methods:
            answer = await stranger.http.request(method, filled(route.path))
            assert answer.status_code in (303, 401), (method, route.path)


@pytest.mark.parametrize("role", list(Role))
async def test_every_role_gets_what_it_may_and_nothing_else(site: Site, role: Role) -> None:
    browser = await site.signed_in(role)
    headers = {"X-CSRF-Token": await browser.csrf()}

    for route in site.routes.routes:
        assert isinstance(route, APIRoute)
        if route.path in FOR_STRANGERS | {"/logout", "/live"}:
            continue
        for method in route.methods:
            answer = await browser.http.request(method, filled(route.path), headers=headers)
            allowed = role >= STATED[key(route)]
            assert (answer.status_code != 403) is allowed, (role, method, route.path)
            assert answer.status_code < 500
