"""Three doors for the same callbacks: ours, a route that writes the same rows, one INSERT."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from typing import Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, FastAPI, Request
from psycopg_pool import AsyncConnectionPool
from starlette.websockets import WebSocket

from agents.voice.call import StreamStart
from benchmarks.by_hand import ENDED, RINGING
from benchmarks.callbacks import PUBLIC_URL, TOKEN
from benchmarks.claiming import nobody
from benchmarks.crowd import TUESDAY, plain
from benchmarks.outward import Provider, context
from orchestrator.engine.intake import Full, Intake
from orchestrator.http_server import listen, serving
from outreach.reports import CallReceived, Delivery
from storage.database import open_engine
from webhooks.edge import AnswerPlan, Busy, Edge, HangUp, Rejection
from webhooks.routes import routes

CONNECTIONS = 20
Kind = Literal["ours", "bare", "insert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    url: str
    kind: Kind
    most_waiting: int | None = None
    """None: as many as the product lets in."""


def door_process(pipe: Connection, door: Door) -> None:
    """Entry of a process: say the port, serve until told to stop."""
    asyncio.run(_serve(pipe, door))


async def _serve(pipe: Connection, door: Door) -> None:
    app = FastAPI()
    makers = {"ours": _ours, "bare": _bare, "insert": _insert}
    async with makers[door.kind](door) as router:
        app.include_router(router)
        listener = listen("127.0.0.1", 0)
        async with serving(app, listener):
            pipe.send(listener.getsockname()[1])
            await asyncio.to_thread(pipe.recv)


@asynccontextmanager
async def _ours(door: Door) -> AsyncIterator[APIRouter]:
    """The product's own routes and engine; only what a call says and hears is left out."""
    engine = await open_engine(door.url, pool_size=CONNECTIONS)
    ctx = context(engine, Provider(ended=nobody, rng=random.Random(0)))
    if door.most_waiting is not None:
        limits = replace(ctx.limits, most_deliveries_waiting=door.most_waiting)
        ctx = replace(ctx, limits=limits)
    intake = Intake(ctx)
    try:
        yield routes(_edge(intake))
    finally:
        await engine.dispose()


def _edge(intake: Intake) -> Edge[None]:
    async def ingest(delivery: Delivery) -> None:
        try:
            await intake.receive(delivery)
        except Full as full:
            raise Busy from full

    async def hang_up(*_: UUID | str | CallReceived) -> AnswerPlan:
        return HangUp()

    async def no_media(token: str, call_ref: str) -> None:
        return None

    async def silence(socket: WebSocket, opened: None, start: StreamStart) -> None:
        return None

    async def reject(rejection: Rejection) -> None:
        raise AssertionError(rejection)

    return Edge(
        public_url=PUBLIC_URL,
        auth_token=TOKEN,
        ingest=ingest,
        answer_call=hang_up,
        answer_inbound_call=hang_up,
        open_media=no_media,
        converse=silence,
        reject=reject,
        is_full=intake.is_full,
    )


Store = Callable[[AsyncConnectionPool, UUID, str, dict[str, str]], Awaitable[None]]


@asynccontextmanager
async def _by_hand(door: Door, store: Store) -> AsyncIterator[APIRouter]:
    """A route that believes whoever calls, and stores by a pool of connections."""
    router = APIRouter()
    pool = AsyncConnectionPool(
        plain(door.url), min_size=CONNECTIONS, max_size=CONNECTIONS, open=False, timeout=60
    )
    async with pool:

        @router.post("/webhooks/twilio/voice/{attempt}/status", status_code=204)
        async def status(request: Request, attempt: UUID) -> None:
            form = {name: str(value) for name, value in (await request.form()).items()}
            await store(pool, attempt, form["CallStatus"], form)

        yield router


async def _store_rows(
    pool: AsyncConnectionPool, attempt: UUID, status: str, form: dict[str, str]
) -> None:
    """The rows that the product writes, in one statement of one transaction."""
    values = {
        "id": attempt,
        "entry": uuid4(),
        "now": TUESDAY,
        "ref": form["CallSid"],
        "key": f"{form['CallSid']}:{status}",
        "payload": json.dumps(form),
    }
    async with pool.connection() as connection:
        connection.prepare_threshold = 0
        await connection.execute(ENDED if status == "no-answer" else RINGING, values)


async def _store_one(
    pool: AsyncConnectionPool, attempt: UUID, status: str, form: dict[str, str]
) -> None:
    async with pool.connection() as connection:
        connection.prepare_threshold = 0
        await connection.execute(
            "INSERT INTO inbox (id, month, source, key, kind, payload, received_at, status)"
            " VALUES (%s, date_trunc('month', %s::timestamptz), 'bare', %s, 'call', %s::jsonb, %s,"
            " 'applied')",
            [uuid4(), TUESDAY, f"{form['CallSid']}:{status}", json.dumps(form), TUESDAY],
        )


_bare = partial(_by_hand, store=_store_rows)
_insert = partial(_by_hand, store=_store_one)
