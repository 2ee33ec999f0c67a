"""A console that answers, and people of every role who are signed in."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.documents import dump_yaml, load_edition
from orchestrator.engine.actions.accounts import NewUser, add_user, make_link
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.context import Context
from orchestrator.engine.passwords import hashed
from storage.accounts import User
from storage.database import transaction
from tests.orchestrator.engine.world import World
from web.console import install, open_console
from web.pages.every import routes

ROOT = Actor(name="test", role=Role.OWNER)
PASSWORD = "correct horse battery"
FORM = re.compile(r'name="csrf" value="([0-9a-f]+)"')


@dataclass(slots=True)
class Browser:
    """Somebody at the console."""

    http: httpx.AsyncClient
    world: World

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(path)

    async def page(self, path: str) -> str:
        """The text of a page that must be there."""
        answer = await self.http.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers)
        return answer.text

    async def csrf(self, path: str = "/") -> str:
        found = FORM.search((await self.http.get(path)).text)
        assert found, f"{path} has no form"
        return found[1]

    async def send(self, path: str, *, form_of: str = "/", **values: str) -> httpx.Response:
        """Fill a form of the page `form_of` in and send it."""
        return await self.http.post(path, data={"csrf": await self.csrf(form_of), **values})


@dataclass(slots=True)
class Site:
    app: FastAPI
    routes: APIRouter
    world: World
    ctx: Context
    open_browsers: list[httpx.AsyncClient] = field(default_factory=list)

    async def user(self, role: Role, password: str | None = None) -> User:
        secret = await hashed(password) if password else None
        name = role.name.title()
        wanted = NewUser(
            email=f"{role.name.lower()}@example.com", name=name, role=role, password_hash=secret
        )
        async with transaction(self.world.engine) as tx:
            return await add_user(self.ctx, tx, wanted, ROOT)

    async def link(self, user: User) -> str:
        async with transaction(self.world.engine) as tx:
            return f"/enter?token={await make_link(tx, user.id)}"

    def stranger(self) -> Browser:
        transport = httpx.ASGITransport(app=self.app)
        http = httpx.AsyncClient(transport=transport, base_url="http://console.test")
        self.open_browsers.append(http)
        return Browser(http=http, world=self.world)

    async def signed_in(self, role: Role) -> Browser:
        browser = self.stranger()
        answer = await browser.get(await self.link(await self.user(role)))
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        return browser


@pytest.fixture
async def site(engine: AsyncEngine) -> AsyncIterator[Site]:
    world = World(engine)
    await world.begin()
    ctx = world.context()
    console = open_console(ctx, as_yaml=dump_yaml, read=load_edition, secure=False)
    app, pages = FastAPI(openapi_url=None), routes(console)
    install(app, console, pages)
    made = Site(app=app, routes=pages, world=world, ctx=ctx)
    yield made
    for browser in made.open_browsers:
        await browser.aclose()
