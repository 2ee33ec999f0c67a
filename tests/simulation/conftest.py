"""One steered database for all plays of a module."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest

from tests.simulation.loop import TurnedLoop
from tests.simulation.steering import Steered, steer


@pytest.fixture
async def steered(database_url: str) -> AsyncIterator[Steered]:
    """A database whose clock a play turns."""
    async with steer(database_url) as found:
        yield found


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Plays run on a loop that knows no real time."""
    return {"turned": TurnedLoop}
