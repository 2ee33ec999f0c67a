"""Everything the simulated world is at one moment: one object, made once per simulator."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Self

import structlog

from simulator.call import Call, Number
from simulator.clock import Clock
from simulator.faults import FaultPlan
from simulator.hearing import Ears
from simulator.knobs import Knobs
from simulator.message import Message, Template, Thread, bare
from simulator.recorded import Recording
from simulator.speech import Voices
from simulator.witness import Witness

# Hexadecimal like the real ones, and readable as what they are: seeds and tokens.
ACCOUNT_SID = "AC" + "5eed" * 8
AUTH_TOKEN = "70ce" * 8
_LOG_LENGTH = 50_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request that the carrier made to us."""

    at: datetime
    kind: str
    event: str
    sid: str
    method: str
    url: str
    params: tuple[tuple[str, str], ...]
    signature: str
    idempotency_token: str
    attempt: int
    status: int | None
    failure: str
    elapsed_ms: int
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One line of the carrier's debugger."""

    at: datetime
    code: int
    text: str
    sid: str


@dataclass(slots=True, kw_only=True, eq=False)
class World:
    """State that the carrier's parts share; `base_url` is known once a port is bound."""

    clock: Clock
    random: Random
    media_dir: Path
    voices: Voices
    ears: Ears = field(default_factory=Ears)
    line_types: dict[str, str] = field(default_factory=dict)
    """What Lookup says of a number: its words, and `invalid`."""
    faults: FaultPlan
    knobs: Knobs = field(default_factory=Knobs)
    base_url: str = ""
    account_sid: str = ACCOUNT_SID
    auth_token: str = AUTH_TOKEN
    numbers: dict[str, Number] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    threads: dict[tuple[str, str], Thread] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    witness: Witness = field(default_factory=Witness)
    requests: deque[Request] = field(default_factory=lambda: deque(maxlen=_LOG_LENGTH))
    notices: deque[Notice] = field(default_factory=lambda: deque(maxlen=_LOG_LENGTH))
    next_dial_at: datetime | None = None
    deliveries: int = 0
    """Webhooks on their way right now."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    def new(cls, *, seed: int, speed: float, now: datetime | None, media_dir: Path) -> Self:
        media_dir.mkdir(parents=True, exist_ok=True)
        return cls(
            clock=Clock(start=now, speed=speed),
            random=Random(seed),
            media_dir=media_dir,
            voices=Voices(),
            faults=FaultPlan(Random(seed)),
        )

    def now(self) -> datetime:
        return self.clock.now()

    def new_sid(self, prefix: str) -> str:
        return f"{prefix}{self.random.getrandbits(128):032x}"

    def number_of(self, address: str) -> Number | None:
        """Our number as configured for this address, or for the bare number behind it."""
        return self.numbers.get(address) or self.numbers.get(bare(address))

    def thread(self, sender: str, person: str) -> Thread:
        return self.threads.setdefault((sender, person), Thread())

    def notice(self, code: int, text: str, sid: str) -> None:
        self.notices.append(Notice(at=self.now(), code=code, text=text, sid=sid))

    @property
    def is_busy(self) -> bool:
        """Whether a call is under way, or something is being done that waits for no moment."""
        if self.deliveries or len(self._tasks) > self.clock.waiting:
            return True
        return any(not call.is_over for call in self.calls.values())

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do it beside everything else; its failure is a bug of the simulator and is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("simulator task failed", exc_info=error)

    async def close(self) -> None:
        """Stop everything under way."""
        # What is stopped may begin something last, such as the processing of its recording.
        while tasks := [task for task in self._tasks if not task.done()]:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self.ears.close()
