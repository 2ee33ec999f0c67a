"""Kills or freezes a process at one of its own commits; works inside the launcher's child."""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from types import FrameType
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from orchestrator import store
from storage.database import Moment, with_hook

HAS_WRITTEN = text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
"""Whether the transaction has written or locked anything: its commit matters."""
NOT_THE_OPENER: Final = ("storage.database", "contextlib", __name__)

OpenEngine = Callable[..., Awaitable[AsyncEngine]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """Where it hits: at a commit of this opener, the `nth` that has written something."""

    at: str = ""
    """`module:function` that opened the transaction, or its end; empty: any."""
    moment: Moment = "after_commit"
    nth: int = 1
    signal: int = signal.SIGKILL

    def as_words(self) -> dict[str, object]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.at or 'any'} {self.moment} {self.nth}"


class Striker:
    """The transaction hook that carries out a strike, once."""

    def __init__(self, strike: Strike) -> None:
        self._strike = strike
        self._left = strike.nth
        self._written: set[int] = set()

    async def __call__(self, moment: Moment, tx: AsyncConnection) -> None:
        opener = opener_of(sys._getframe(1))
        if moment == "before_commit":
            if not (await tx.execute(HAS_WRITTEN)).scalar_one():
                return
            self._written.add(id(tx))
        elif id(tx) not in self._written:
            return
        else:
            self._written.discard(id(tx))
        if moment != self._strike.moment or not opener.endswith(self._strike.at):
            return
        self._left -= 1
        if self._left == 0:
            os.write(2, f'"struck" {opener} {moment}\n'.encode())
            os.kill(os.getpid(), self._strike.signal)


def opener_of(frame: FrameType | None) -> str:
    """Who opened the transaction, as `module:function`: the first that is no part of opening."""
    while frame is not None and frame.f_globals["__name__"] in NOT_THE_OPENER:
        frame = frame.f_back
    return f"{frame.f_globals['__name__']}:{frame.f_code.co_name}" if frame else ""


def arm(strike: Strike) -> None:
    """Let every engine that this process opens for its work carry the strike."""
    plain: OpenEngine = store.open_engine

    async def open_struck(*given: object, **options: object) -> AsyncEngine:
        return with_hook(await plain(*given, **options), Striker(strike))

    store.open_engine = open_struck  # type: ignore[assignment]
