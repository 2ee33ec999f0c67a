"""Once per tick: claim what is due, gate it, dispatch it, until nothing more is due or free."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from orchestrator.engine.claim import claim_due
from orchestrator.engine.context import Context
from orchestrator.engine.dispatch import Dispatcher
from orchestrator.engine.gate import pass_gate

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Ticker:
    """The way out of one process. Ticks of any number of processes do not disturb each other."""

    ctx: Context
    dispatcher: Dispatcher
    draining: bool = False
    """Nothing is claimed any more, because this process is about to end."""
    _gating: dict[asyncio.Task[None], int] = field(default_factory=dict)
    _ticking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def tick(self) -> int:
        """Take everything that may start now; returns how many attempts were claimed.

        The next claim runs while the gate decides on the last one.
        """
        total = 0
        async with self._ticking:
            await self.dispatcher.observations.tell()
            while not self.draining and (room := self._room()) > 0:
                haul = await claim_due(self.ctx, room)
                if not haul:
                    break
                if haul.claimed:
                    self._let_pass(haul.claimed)
                total += len(haul.claimed)
        return total

    async def idle(self) -> None:
        """Return when all that was claimed is gated, started and durable."""
        async with self._ticking:  # What is being claimed now would be missed.
            pass
        while self._gating or self.dispatcher.load:
            if self._gating:
                await asyncio.wait(self._gating)
            await self.dispatcher.idle()

    def _room(self) -> int:
        """How many more may be claimed, so that each leaves well inside its lease."""
        limits = self.ctx.limits
        under_way = self.dispatcher.load + sum(self._gating.values())
        return min(limits.claim_batch, limits.most_under_way - under_way)

    def _let_pass(self, claimed: frozenset[UUID]) -> None:
        task = asyncio.create_task(self._pass(claimed))
        self._gating[task] = len(claimed)
        task.add_done_callback(self._passed)

    async def _pass(self, claimed: frozenset[UUID]) -> None:
        if self.draining:
            return  # Nobody outside knows of them: they are given back.
        self.dispatcher.dispatch(await pass_gate(self.ctx, claimed))

    def _passed(self, task: asyncio.Task[None]) -> None:
        self._gating.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The attempts are still claimed in the database: their lease runs out.
            log.error("gate failed", exc_info=error)
