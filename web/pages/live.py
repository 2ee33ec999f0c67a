"""`/live`: tells a browser which leads, calls and campaigns were just touched."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from storage.live_events import parse_cursor
from storage.typing_hints import Typing
from web.console import Console
from web.feed import Feed, Told
from web.visitor import VIEWER, Visitor

BEAT_S: Final = 20
"""A word now and then, so that nobody between us and the browser gives the connection up."""


def add(router: APIRouter, console: Console) -> None:
    @router.get("/live")
    async def live(
        request: Request, who: Annotated[Visitor, Depends(VIEWER)], since: str = ""
    ) -> Response:
        """From where the page was drawn (`since`), or from where the connection broke."""
        last = request.headers.get("last-event-id", since)
        told = stream(console.feed, last)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(told, media_type="text/event-stream", headers=headers)


async def stream(feed: Feed, last: str) -> AsyncIterator[str]:
    """The answer to `/live`, from the cursor that the browser saw last, until the feed ends."""
    yield "retry: 2000\n\n"
    async with feed.watch(parse_cursor(last)) as batches:
        coming = asyncio.ensure_future(anext(batches))
        try:
            while True:
                done, _ = await asyncio.wait({coming}, timeout=BEAT_S)
                if not done:
                    yield ": beat\n\n"
                    continue
                try:
                    batch = coming.result()
                except StopAsyncIteration:
                    return
                yield _message(batch)
                coming = asyncio.ensure_future(anext(batches))
        finally:
            coming.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                await coming


def _message(batch: Told) -> str:
    if isinstance(batch, Typing):
        data = json.dumps(asdict(batch), separators=(",", ":"))
        return f"event: typing\ndata: {data}\n\n"
    if not batch:
        return "event: missed\ndata: {}\n\n"
    touched = {
        "kinds": sorted({one.kind for one in batch}),
        "leads": sorted({str(one.lead_id) for one in batch if one.lead_id}),
        "campaigns": sorted({str(one.campaign_id) for one in batch if one.campaign_id}),
        "attempts": sorted({str(one.attempt_id) for one in batch if one.attempt_id}),
    }
    data = json.dumps(touched, separators=(",", ":"))
    return f"id: {batch[-1].cursor}\nevent: touched\ndata: {data}\n\n"
