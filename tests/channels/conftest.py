"""Every channel there is, as one fixture: a contract holds for all of them or for none."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.channels.providers import Kind, Provider, faked, simulated


@pytest.fixture(params=["fake voice", "fake whatsapp", "twilio voice", "twilio whatsapp"])
async def provider(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Provider]:
    name, _, word = request.param.partition(" ")
    kind: Kind = "voice" if word == "voice" else "whatsapp"
    made = faked(kind) if name == "fake" else simulated(kind, tmp_path)
    async with made as running:
        yield running
