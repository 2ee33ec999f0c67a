"""Deliveries about calls that nobody knew: matched once the call is known."""

from datetime import timedelta
from typing import Final

from orchestrator.engine import ingest
from orchestrator.engine.context import Context
from orchestrator.engine.report_rows import load
from storage import clock, hosted
from storage.database import transaction

LOOKED_AT_FOR: Final = timedelta(days=2)
"""Business time in which a delivery may become known by itself; then a person may attach it."""


async def match_again(ctx: Context) -> int:
    """Apply what was faster than the platform's answer to our order. A duty."""
    matched = 0
    for _ in range(ctx.limits.recover_batch):
        async with transaction(ctx.database) as tx:
            since = await clock.now(tx) - LOOKED_AT_FOR
            entry = await hosted.take_known(tx, since)
            if entry is None:
                return matched
            report = load(entry.kind, entry.payload["report"])
            await ingest.apply(ctx, tx, entry, report, may_wait=True)
        matched += 1
    return matched
