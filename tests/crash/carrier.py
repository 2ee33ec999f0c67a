"""The simulated carrier of the crash tests: a process, asked over HTTP what it has seen."""

import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from orchestrator.commands.demo import next_tuesday
from orchestrator.commands.demo_world import SimulatedWorld
from tests.crash.processes import PATIENCE_S, ROOT

SPEED = "12"
SEED = "7"
TEMPLATE = "HX" + "0" * 31 + "1"
OPENS, CLOSES = 15, 18
"""UTC: ten in the morning in New York, and while nobody has closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierProcess:
    """A carrier and its address."""

    process: subprocess.Popen[str]
    url: str

    @classmethod
    def begin(cls, folder: Path, speed: str = SPEED) -> "CarrierProcess":
        command = [sys.executable, "-m", "simulator", "--port", "0", "--seed", SEED]
        command += ["--speed", speed, "--now", next_tuesday(datetime.now(UTC)).isoformat()]
        command += ["--media-dir", str(folder)]
        with (folder / "simulator.log").open("a") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert process.stdout is not None
        words = process.stdout.readline().split()
        assert words, (folder / "simulator.log").read_text()
        return cls(process=process, url=words[-1])

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier(SimulatedWorld):
    """The world as a test steers it and looks at it; `people` are all whom the test knows."""

    people: set[str]

    async def begin_day(self) -> datetime:
        """A legal hour with no trouble planned, from where the carrier's clock is."""
        await self.http.delete("/_sim/faults")
        await self._post("/_sim/templates", {"sid": TEMPLATE, "body": "Hello {{1}}."})
        await self._post("/_sim/knobs", {"calls_per_second": 0})
        now = (await self.clock()).now
        if now.weekday() not in (1, 2, 3) or not OPENS <= now.hour < CLOSES:
            now = next_tuesday(now + timedelta(hours=1)).replace(hour=OPENS)
            await self.move_clock(now)
        return now

    async def plan(self, *rules: Mapping[str, object], seed: int = 7) -> None:
        """What goes wrong from now on; simulator.faults says how."""
        await self._post("/_sim/faults", {"rules": list(rules), "seed": seed})

    async def hold_back(self, *, calls_per_second: float) -> None:
        """Dial no faster than this from now on; what it has taken waits in its queue."""
        await self._post("/_sim/knobs", {"calls_per_second": calls_per_second})

    async def fired(self) -> int:
        """How often something has gone wrong by the plan."""
        return sum(rule["fired"] for rule in await self._get("/_sim/faults"))

    async def calls(self) -> list[Mapping[str, Any]]:
        """Calls to the test's people, oldest first."""
        return self._theirs(await self._get("/_sim/calls"))

    async def messages(self) -> list[Mapping[str, Any]]:
        """Our messages to the test's people, oldest first."""
        return self._theirs(await self._get("/_sim/messages"))

    async def contacts(self) -> list[str]:
        """The attempt of each call and opening message to the test's people."""
        openings = [one for one in await self.messages() if one["content_sid"]]
        return [one["attempt_id"] for one in [*await self.calls(), *openings]]

    async def wrongs(self, *kinds: str) -> list[Mapping[str, Any]]:
        """What the oracle holds against us, as far as it concerns the test's people."""
        details = (await self.oracle())["details"]
        wanted: Collection[str] = kinds or (
            "duplicate_contacts",
            "contacts_outside_hours",
            "contacts_after_opt_out",
            "free_text_outside_window",
        )
        return [
            one for one in details if one["kind"] in wanted and bare(one["number"]) in self.people
        ]

    async def write(self, person: str, to: str, body: str, button: str = "") -> None:
        """This person writes to one of our WhatsApp numbers."""
        said = {"from": f"whatsapp:{person}", "to": f"whatsapp:{to}", "body": body}
        await self._post("/_sim/messages", {**said, "button": button})

    async def ring_us(self, person: str, to: str, as_persona: str = "") -> None:
        """This person calls one of our numbers; `as_persona` speaks, else who answers there."""
        self.people.add(person)
        await self._post("/_sim/calls", {"from": person, "to": to, "persona": as_persona})

    async def calls_of(self, person: str) -> list[Mapping[str, Any]]:
        """The calls that this person has made to us, oldest first."""
        return [one for one in await self._get("/_sim/calls") if one["from"] == person]

    def _theirs(self, found: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [one for one in found if bare(one["to"]) in self.people]


def bare(address: str) -> str:
    return address.rpartition(":")[2]


async def carrier_at(url: str, people: set[str], http: httpx.AsyncClient) -> Carrier:
    account = (await http.get("/_sim/account")).json()
    return Carrier(
        base_url=url,
        account_sid=account["account_sid"],
        auth_token=account["auth_token"],
        http=http,
        people=people,
    )
