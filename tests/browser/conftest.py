"""A console with people in it, a real Chromium in front of it, and nobody else to talk to."""

import asyncio
import math
import os
import secrets
import struct
import threading
import wave
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, ConsoleMessage, Page, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.documents import dump_yaml, load_edition
from orchestrator.engine.actions.accounts import NewUser, add_user, make_link
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.context import Context
from orchestrator.engine.import_jobs import CHECK, IMPORT, check_list, import_list
from orchestrator.engine.lifting import TASK, lift_in_batches
from orchestrator.http_server import listen, serving
from storage.accounts import User
from storage.database import open_engine, transaction
from tests.browser.chromium import chromium
from tests.orchestrator.engine.world import World
from tests.web.people import company_of, lead_of, spoken
from web import vendor
from web.console import install, open_console
from web.pages.every import routes

Seen = TypeVar("Seen")
LASTS_S = 12
JOBS: Final[Mapping[str, Callable[..., Awaitable[object]]]] = {
    CHECK: check_list,
    IMPORT: import_list,
    TASK: lift_in_batches,
}
MISSING = "NO BROWSER TEST WAS RUN: {}. Install chromium and run `make setup`."


@dataclass(slots=True)
class LaterWork:
    """Side work that is done when a test says so, as if no worker had been there before."""

    jobs: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    async def defer(self, tx: AsyncConnection, task: str, ids: Mapping[str, str]) -> None:
        self.jobs.append((task, ids))


@dataclass(slots=True)
class Served:
    """A console that serves in a thread of its own, and the loop that it lives in."""

    host: str
    loop: asyncio.AbstractEventLoop
    world: World
    user: User
    lead: UUID
    call: UUID
    company: UUID
    ctx: Context
    later: LaterWork

    def work(self) -> None:
        """A worker comes by and does what waits."""

        async def done(_: World) -> None:
            while self.later.jobs:
                task, ids = self.later.jobs.pop(0)
                await JOBS[task](self.ctx, **ids)

        self.do(done)

    def do(self, work: Callable[[World], Awaitable[Seen]]) -> Seen:
        async def done() -> Seen:
            return await work(self.world)

        return asyncio.run_coroutine_threadsafe(done(), self.loop).result(30)

    def link(self) -> str:
        async def made(world: World) -> str:
            async with transaction(world.engine) as tx:
                return await make_link(tx, self.user.id)

        return f"{self.host}/enter?token={self.do(made)}"


@dataclass(slots=True)
class Watched:
    """A page, and what it should never do."""

    page: Page
    host: str
    left: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)

    def goto(self, path: str) -> Page:
        self.page.goto(self.host + path)
        return self.page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        if found is None or not vendor.is_complete():
            what = "there is no Chromium" if found is None else "its packages were not fetched"
            if os.environ.get("CI") == "true":
                pytest.fail(MISSING.format(what))
            pytest.skip(MISSING.format(what))
        yield found


@pytest.fixture(scope="module")
def served(read_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("recordings")
    ready: Future[Served] = Future()
    over = threading.Event()
    thread = threading.Thread(
        target=lambda: asyncio.run(_serve(read_database_url, folder, ready, over)), daemon=True
    )
    thread.start()
    yield ready.result(60)
    over.set()
    thread.join(30)


async def _serve(url: str, folder: Path, ready: "Future[Served]", over: threading.Event) -> None:
    try:
        engine = await open_engine(url)
        world = World(engine)
        await world.begin()
        later = LaterWork()
        ctx = world.context(recordings=folder, side_work=later)
        lead, _ = await lead_of(world)
        talked, _ = await lead_of(world, "autumn")
        call = await spoken(world, talked)
        company = await company_of(world, lead)
        tone(folder / "call.wav")
        await world.do(
            "INSERT INTO recordings (id, call_id, source, uri, channels, duration_ms, peaks,"
            " status, created_at) VALUES (gen_random_uuid(), :call, 'ours', 'call.wav', 2, :ms,"
            " '[[0.1, 0.8, 0.3, 0.6], [0.7, 0.2, 0.5, 0.1]]', 'stored', clock_timestamp())",
            call=call,
            ms=LASTS_S * 1000,
        )
        wanted = NewUser(
            email="ana@example.com", name="Ana Ray", role=Role.OWNER, password_hash=None
        )
        async with transaction(engine) as tx:
            user = await add_user(ctx, tx, wanted, Actor(name="test", role=Role.OWNER))
        console = open_console(ctx, as_yaml=dump_yaml, read=load_edition, secure=False)
        app = FastAPI(openapi_url=None)
        install(app, console, routes(console))
        listener = listen("127.0.0.1", 0)
        host = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with serving(app, listener):
            loop = asyncio.get_running_loop()
            ready.set_result(
                Served(
                    host=host,
                    loop=loop,
                    world=world,
                    user=user,
                    lead=lead,
                    call=call,
                    company=company,
                    ctx=ctx,
                    later=later,
                )
            )
            await asyncio.to_thread(over.wait)
        await engine.dispose()
    except BaseException as error:
        if ready.done():
            raise
        ready.set_exception(error)


def tone(path: Path) -> None:
    """Two lanes that can be told apart, as telephones sound: 8 kHz, 16 bit."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        for at in range(LASTS_S * 8000):
            low, high = (math.sin(at * pitch * math.tau / 8000) * 9000 for pitch in (220, 440))
            file.writeframesraw(struct.pack("<hh", int(low), int(high)))


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Watched]:
    """Somebody who has just signed in; at the end nothing has left the machine or complained."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="en-GB", timezone_id="Europe/London"
    )
    context.set_default_timeout(30_000)
    watched = Watched(page=context.new_page(), host=served.host)

    def asked(request: Request) -> None:
        if not request.url.startswith((served.host, "data:", "blob:")):
            watched.left.append(request.url)

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            watched.complained.append(message.text)

    context.on("request", asked)
    watched.page.on("console", said)
    watched.page.on("pageerror", lambda error: watched.complained.append(str(error)))
    watched.page.goto(served.link())
    yield watched
    context.close()
    assert watched.left == []
    assert watched.complained == []


@pytest.fixture
def token() -> str:
    return secrets.token_hex(4)
