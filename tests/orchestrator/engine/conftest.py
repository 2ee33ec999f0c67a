"""The world that the engine's tests play in."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.orchestrator.engine.world import World


@pytest.fixture
async def world(engine: AsyncEngine) -> World:
    """A database at ten in the morning in New York, with numbers, an agent and a template."""
    made = World(engine)
    await made.begin()
    return made
