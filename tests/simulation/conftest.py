"""One steered database for all plays of a module."""

from collections.abc import AsyncIterator

import pytest

from tests.simulation.steering import Steered, steer


@pytest.fixture
async def steered(database_url: str) -> AsyncIterator[Steered]:
    """A database whose clock a play turns."""
    async with steer(database_url) as found:
        yield found
