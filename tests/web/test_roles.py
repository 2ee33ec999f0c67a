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
    "/palette": Role.VIEWER,
    "/live": Role.VIEWER,
    "/logout": Role.VIEWER,
    "/leads/{id}/cancel-follow-up": Role.REP,
    "/leads/{id}/reschedule": Role.REP,
    "/leads/{id}/call-now": Role.REP,
    "/leads/{id}/notes": Role.REP,
    "/campaigns/{name}/{deed}": Role.OPERATOR,
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
            stated[route.path] = found.role
        else:
            assert route.path in FOR_STRANGERS

    assert stated == STATED


def filled(path: str) -> str:
    return path.replace("{id}", NOBODY).replace("{name}", "nobody").replace("{deed}", "pause")


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
            allowed = role >= STATED[route.path]
            assert (answer.status_code != 403) is allowed, (role, method, route.path)
            assert answer.status_code < 500
