"""A simulator, an application for it to call, and the official SDK between them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from twilio.rest import Client

from simulator.server import RunningSimulator, running_simulator
from tests.simulator.application import Application, running_application
from tests.simulator.sdk import sdk_client

# A Tuesday; in London and New York it is office time.
OFFICE_TIME = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture
async def simulator(tmp_path: Path) -> AsyncIterator[RunningSimulator]:
    async with running_simulator(media_dir=tmp_path, speed=50, now=OFFICE_TIME) as running:
        yield running


@pytest.fixture
async def application(simulator: RunningSimulator) -> AsyncIterator[Application]:
    async with running_application(simulator.auth_token) as running:
        yield running


@pytest.fixture
async def client(simulator: RunningSimulator) -> AsyncIterator[Client]:
    async with sdk_client(simulator) as made:
        yield made
