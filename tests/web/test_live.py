"""Live pages miss nothing: what happened while a browser was away is told when it is back."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.http_server import listen, serving
from outreach.events import Kind
from storage import live_events
from storage.database import transaction
from storage.events import Event, record
from storage.live_events import Cursor, parse_cursor
from tests.orchestrator.engine.world import TUESDAY
from web.feed import Feed
from web.pages.live import stream


@pytest.fixture
async def feed(engine: AsyncEngine) -> AsyncIterator[Feed]:
    """Closed at the end, with the connection that it may just have been about to open.

    What is cut off while it connects is closed when it is collected; until then the server waits
    for its password, a minute long, and the database cannot be dropped.
    """
    made = Feed(database=engine)
    yield made
    await made.close()
    del made
    gc.collect()


async def happen(engine: AsyncEngine, times: int = 1) -> list[str]:
    leads = [uuid4() for _ in range(times)]
    async with transaction(engine) as tx:
        events = [Event(kind=Kind.LEAD_EDITED, at=TUESDAY, lead_id=lead) for lead in leads]
        await record(tx, events)
    return [str(lead) for lead in leads]


async def final(engine: AsyncEngine, since: Cursor, leads: Sequence[str | None]) -> Cursor:
    """Wait until exactly these are told; a running transaction of any database holds them back."""
    found: list[str | None] = []
    while len(found) < len(leads):
        await asyncio.sleep(0.02)
        async with transaction(engine) as tx:
            changes = await live_events.after(tx, since, 100)
        found = [str(one.lead_id) if one.lead_id else None for one in changes]
    assert found == list(leads)
    return changes[-1].cursor


async def test_a_watcher_is_told_what_happens(engine: AsyncEngine, feed: Feed) -> None:
    await happen(engine)

    async with feed.watch(None) as batches:
        (lead,) = await happen(engine)
        heard = [str(one.lead_id) for one in await anext(batches)]
        while lead not in heard:
            heard += [str(one.lead_id) for one in await anext(batches)]

    assert heard[-1] == lead


async def test_who_was_away_hears_all_that_was_missed_and_nothing_twice(
    engine: AsyncEngine, feed: Feed
) -> None:
    before = await final(engine, Cursor(0, 0), await happen(engine, 3))
    missed = await happen(engine, 5)
    last = await final(engine, before, missed)

    async with feed.watch(before) as batches:
        batch = await anext(batches)

    assert [str(one.lead_id) for one in batch] == missed
    assert batch[-1].cursor == last
    async with transaction(engine) as tx:
        assert await live_events.after(tx, last, 10) == []


async def test_nothing_is_told_before_all_that_came_before_it(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        start = await live_events.newest(tx)
    async with transaction(engine) as slow:
        await record(slow, [Event(kind=Kind.LEAD_EDITED, at=TUESDAY)])
        later = await happen(engine)
        async with transaction(engine) as tx:
            assert await live_events.after(tx, start, 10) == []

    await final(engine, start, [None, *later])


async def test_a_feed_that_nobody_watches_holds_nothing(feed: Feed) -> None:
    async with feed.watch(None):
        assert feed.watchers == 1

    assert feed.watchers == 0


async def test_a_feed_that_ends_lets_everybody_go(feed: Feed) -> None:
    async with feed.watch(None) as batches, feed.watch(None) as others:
        await feed.close()
        assert [batch async for batch in batches] == []
        assert [batch async for batch in others] == []
    async with feed.watch(None) as late:
        assert [batch async for batch in late] == []


async def test_an_open_stream_does_not_keep_the_server_from_ending(feed: Feed) -> None:
    @asynccontextmanager
    async def closing(_: FastAPI) -> AsyncIterator[None]:
        yield
        await feed.close()

    app = FastAPI(lifespan=closing)

    @app.get("/live")
    async def live() -> StreamingResponse:
        return StreamingResponse(stream(feed, ""), media_type="text/event-stream")

    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    async with httpx.AsyncClient() as http, AsyncExitStack() as server:
        await server.enter_async_context(serving(app, listener))
        async with http.stream("GET", f"http://127.0.0.1:{port}/live") as answer:
            lines = answer.aiter_lines()
            assert await anext(lines) == "retry: 2000"
            await server.aclose()
            ended = [line async for line in lines if line]

    assert ended == []


def test_a_cursor_comes_back_as_it_was_and_nonsense_as_none() -> None:
    assert parse_cursor(str(Cursor(7, 12))) == Cursor(7, 12)
    for nonsense in ("", "7", "7-", "-1-2", "a-b", "9" * 30 + "-1", "٣-٤"):
        assert parse_cursor(nonsense) is None
