"""Does a speech provider answer, and does it let us in?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import httpx

from outreach.checkup import Problem, Report

WITHIN_S: Final = 8
REFUSED: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A request of a provider's that costs nothing and needs the key."""

    home: str
    path: str
    header: str
    prefix: str = ""


DOORS: Final[Mapping[str, Door]] = MappingProxyType(
    {
        "deepgram": Door(
            home="https://api.deepgram.com",
            path="/v1/projects",
            header="Authorization",
            prefix="Token ",
        ),
        "elevenlabs": Door(
            home="https://api.elevenlabs.io", path="/v1/models", header="xi-api-key"
        ),
        "cartesia": Door(home="https://api.cartesia.ai", path="/voices", header="X-API-Key"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechCheck:
    """One provider at one address; nothing is heard or spoken, so nothing is paid for."""

    name: str
    section: str
    """Of the configuration, as fixes name it."""
    service: str
    """A key of DOORS."""
    base_url: str | None
    api_key: str = field(repr=False)

    async def look(self) -> Report:
        door = DOORS[self.service]
        where = self._address(door)
        headers = {door.header: door.prefix + self.api_key, "Cartesia-Version": "2026-03-01"}
        try:
            async with httpx.AsyncClient(timeout=WITHIN_S) as client:
                answer = await client.get(f"{where}{door.path}", headers=headers)
        except httpx.HTTPError:
            return Report.of(
                Problem(
                    code="speech_unreachable",
                    message=f"Nothing answers at {where}.",
                    fix=f"Start it, or correct {self.section}.base_url; check the way out.",
                )
            )
        if answer.status_code in REFUSED:
            return Report.of(
                Problem(
                    code="speech_key_refused",
                    message=f"{where} refuses the key.",
                    fix=f"Set {self.section}.api_key to a key that is valid there.",
                )
            )
        if answer.is_server_error:
            return Report.of(
                Problem(
                    code="speech_failing",
                    message=f"{where} fails ({answer.status_code}).",
                    fix="Ask again in a minute, and see the provider's status page.",
                )
            )
        return Report(facts=(f"{self.service} answers.",))

    def _address(self, door: Door) -> str:
        if self.base_url is None:
            return door.home
        parts = urlsplit(self.base_url)
        scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
        return parts._replace(scheme=scheme).geturl().rstrip("/")
