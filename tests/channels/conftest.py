"""Every channel there is, as one fixture: a contract holds for all of them or for none."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.channels.providers import Kind, Provider, faked, hosted, simulated


@pytest.fixture(
    params=[
        "fake voice",
        "fake whatsapp",
        "twilio voice",
        "twilio whatsapp",
        "retell voice",
        "elevenlabs voice",
    ]
)
async def provider(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Provider]:
    name, _, word = request.param.partition(" ")
    kind: Kind = "voice" if word == "voice" else "whatsapp"
    async with _made(name, kind, tmp_path) as running:
        yield running


def _made(name: str, kind: Kind, folder: Path) -> AbstractAsyncContextManager[Provider]:
    match name:
        case "fake":
            return faked(kind)
        case "retell" | "elevenlabs":
            return hosted(name)
        case _:
            return simulated(kind, folder)
