"""Asks about numbers before the gate's transaction: within bounds, and silence is no yes."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from channels.pre_dial import PreDial, Unanswered
from orchestrator.engine.context import Context
from storage import clock, pre_dial
from storage.database import transaction
from storage.pre_dial import Said

log = structlog.get_logger(__name__)

AT_ONCE: Final = 16
LONGEST_S: Final = 10.0
"""Machine time for all numbers of one gate; well inside the lease of a claimed attempt."""


async def ask_first(ctx: Context, claimed: Collection[UUID]) -> None:
    """Store what is said about the numbers of these calls, as far as it is not known.

    Of whom nothing is said in time, nothing is stored: the gate lets them wait.
    """
    asked = ctx.pre_dial
    if asked is None:
        return
    async with transaction(ctx.database) as tx:
        since = await clock.now(tx) - asked.valid_for
        phones = await pre_dial.to_ask(tx, claimed, since)
    if not phones:
        return
    said = await _answers(asked, phones)
    if len(said) < len(phones):
        log.warning("pre-dial check gave no answer", numbers=len(phones) - len(said))
    if said:
        async with transaction(ctx.database) as tx:
            await pre_dial.keep(tx, said, await clock.now(tx))


async def _answers(asked: PreDial, phones: Sequence[str]) -> dict[str, Said]:
    said: dict[str, Said] = {}
    room = asyncio.Semaphore(AT_ONCE)

    async def ask(phone: str) -> None:
        async with room:
            answer = await _ask(asked, phone)
        if answer is not None:
            said[phone] = answer

    tasks = [asyncio.create_task(ask(phone)) for phone in phones]
    _, late = await asyncio.wait(tasks, timeout=LONGEST_S)
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return said


async def _ask(asked: PreDial, phone: str) -> Said | None:
    try:
        async with asyncio.timeout(asked.within / timedelta(seconds=1)):
            verdict = await asked.asker.ask(phone)
    except (Unanswered, TimeoutError):
        return None
    return Said(allowed=verdict.allowed, reason=verdict.reason)
