"""Programs with keys of every role, at an API that answers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from orchestrator.engine.actions.api_keys import WantedKey, make_key
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.context import Context
from storage.database import transaction
from tests.orchestrator.engine.world import World
from web.api import application

ROOT = Actor(name="test", role=Role.OWNER)
ADA = {
    "campaign": "spring",
    "phone": "+12125550123",
    "first_name": "Ada",
    "consent": {"basis": "express_written", "proof": "form 17"},
}


@dataclass(slots=True)
class Api:
    app: FastAPI
    world: World
    ctx: Context
    open_clients: list[httpx.AsyncClient] = field(default_factory=list)

    async def key(self, role: Role) -> str:
        async with transaction(self.world.engine) as tx:
            _, token = await make_key(self.ctx, tx, WantedKey(name="test", role=role), ROOT)
        return token

    def client(self, token: str | None = None) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        made = httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=headers)
        self.open_clients.append(made)
        return made

    async def of(self, role: Role) -> httpx.AsyncClient:
        """A program with a key of this role."""
        return self.client(await self.key(role))


@pytest.fixture
async def api(engine: AsyncEngine) -> AsyncIterator[Api]:
    world = World(engine)
    await world.begin()
    ctx = world.context()
    made = Api(app=application.build(ctx), world=world, ctx=ctx)
    yield made
    for client in made.open_clients:
        await client.aclose()
