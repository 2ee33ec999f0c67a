"""Webhooks go to public addresses alone, are answered within seconds, and follow nobody."""

import asyncio

import pytest
from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from connectors import webhook_posts
from connectors.downloads import NotFetched
from connectors.webhook_posts import Posts
from orchestrator.http_server import listen, serving

HEADERS = {"webhook-id": "one"}


def receiver(got: list[tuple[str, bytes]]) -> FastAPI:
    app = FastAPI()

    @app.post("/taken")
    async def taken(request: Request) -> Response:
        got.append((request.headers["webhook-id"], await request.body()))
        return Response(status_code=204)

    @app.post("/moved")
    async def moved() -> Response:
        return RedirectResponse("/taken", status_code=307)

    @app.post("/slow")
    async def slow() -> Response:
        await asyncio.Event().wait()
        return Response()

    return app


async def test_a_host_that_is_named_is_told_and_a_redirect_is_not_followed() -> None:
    got: list[tuple[str, bytes]] = []
    listener = listen("127.0.0.1", 0)
    host = f"127.0.0.1:{listener.getsockname()[1]}"
    posts = Posts(private_hosts=frozenset({host}))

    async with serving(receiver(got), listener):
        taken = await posts.post(f"http://{host}/taken", HEADERS, b"{}")
        moved = await posts.post(f"http://{host}/moved", HEADERS, b"{}")

    assert (taken, moved) == (204, 307)
    assert got == [("one", b"{}")]


async def test_who_does_not_answer_in_time_has_not_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_posts, "LONGEST_S", 0.2)
    listener = listen("127.0.0.1", 0)
    host = f"127.0.0.1:{listener.getsockname()[1]}"
    posts = Posts(private_hosts=frozenset({host}))

    async with serving(receiver([]), listener):
        with pytest.raises(NotFetched) as refused:
            await posts.post(f"http://{host}/slow", HEADERS, b"{}")

    assert (refused.value.reason, refused.value.is_final) == ("no_answer_in_time", False)


@pytest.mark.parametrize(
    "url",
    ["https://localhost/", "https://2130706433/", "https://0x7f.1/"],
)
async def test_a_name_that_leads_to_this_machine_is_refused_after_it_was_resolved(url: str) -> None:
    with pytest.raises(NotFetched) as refused:
        await Posts().post(url, HEADERS, b"{}")

    assert refused.value.reason == "address_not_public"


async def test_another_port_of_a_named_host_is_not_named() -> None:
    with pytest.raises(NotFetched):
        Posts(private_hosts=frozenset({"127.0.0.1:8080"})).refuse("http://127.0.0.1:8081/")
