"""The simulated world of the demo: a process of its own, asked and steered over HTTP."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from outreach.errors import Rejected

START_WITHIN_S = 60
"""Rendering the voices' first sentences takes a moment on a small machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldClock:
    now: datetime
    busy: bool
    """Something is under way there that only real time finishes."""
    next_at: datetime | None
    """When something will happen there by itself; None: nothing is to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedWorld:
    base_url: str
    account_sid: str
    auth_token: str
    http: httpx.AsyncClient

    async def clock(self) -> WorldClock:
        return _clock(await self._get("/_sim/clock"))

    async def move_clock(self, to: datetime) -> None:
        await self._post("/_sim/clock", {"now": to.isoformat()})

    async def oracle(self) -> Mapping[str, Any]:
        """What the independent witness saw."""
        found: Mapping[str, Any] = await self._get("/_sim/oracle")
        return found

    async def set_number(
        self, number: str, *, voice_url: str = "", sms_url: str = "", status_callback: str = ""
    ) -> None:
        """Say where the carrier brings calls and messages to one of our numbers."""
        told = {"voice_url": voice_url, "sms_url": sms_url, "status_callback": status_callback}
        await self._post("/_sim/numbers", {"number": number, **told})

    async def set_template(self, sid: str, body: str) -> None:
        """Have a template that WhatsApp has approved."""
        await self._post("/_sim/templates", {"sid": sid, "body": body, "approval": "approved"})

    async def _get(self, path: str) -> Any:
        answer = await self.http.get(path)
        answer.raise_for_status()
        return answer.json()

    async def _post(self, path: str, said: Mapping[str, object]) -> None:
        (await self.http.post(path, json=said)).raise_for_status()


@asynccontextmanager
async def simulated_world(
    *, now: datetime, seed: int, speed: float, folder: Path
) -> AsyncIterator[SimulatedWorld]:
    """Start a world on a free port and end it with the block.

    Its recordings and its log go to `folder`, which exists.
    """
    command = [sys.executable, "-m", "simulator", "--port", "0", "--seed", str(seed)]
    command += ["--speed", str(speed), "--now", now.isoformat(), "--media-dir", str(folder)]
    with (folder / "simulator.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=log, start_new_session=True
        )
        try:
            base_url = await _address(process, folder)
            # The world closes idle connections after five seconds: one that old may close while
            # the next question is on its way.
            async with httpx.AsyncClient(
                base_url=base_url,
                timeout=30,
                trust_env=False,
                limits=httpx.Limits(keepalive_expiry=1),
            ) as http:
                account = (await http.get("/_sim/account")).json()
                yield SimulatedWorld(
                    base_url=base_url,
                    account_sid=account["account_sid"],
                    auth_token=account["auth_token"],
                    http=http,
                )
        finally:
            await _end(process)


async def _address(process: asyncio.subprocess.Process, folder: Path) -> str:
    """Wait for the line that says where it is."""
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_WITHIN_S)
    except TimeoutError:
        line = b""
    words = line.decode().split()
    if not words:
        raise Rejected(
            "simulator_failed",
            "The simulated world did not start.",
            f"Read {folder / 'simulator.log'}.",
        )
    return words[-1]


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 10)
    except TimeoutError:
        process.kill()
        await process.wait()


def _clock(said: Mapping[str, Any]) -> WorldClock:
    next_at = said["next_at"]
    return WorldClock(
        now=datetime.fromisoformat(said["now"]),
        busy=bool(said["busy"]),
        next_at=datetime.fromisoformat(next_at) if next_at else None,
    )
