"""Recordings that lie at a provider are fetched into our store, once."""

import asyncio
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.downloads import NotFetched
from orchestrator.engine import recordings as store
from orchestrator.engine.context import Context
from storage import recordings
from storage.database import transaction

TASK: Final = store.FETCH
FETCHING: Final = "fetching"
"""The folder, within the store's, of what is not complete yet."""


async def fetch_recording(ctx: Context, recording_id: str) -> None:
    """Fetch a recording that is due. Again changes nothing once it is stored.

    Raises NotFetched where trying again may help; the job is then tried again.
    """
    id_ = UUID(recording_id)
    async with transaction(ctx.database) as tx:
        due = await recordings.take_due(tx, id_)
    if due is None:
        return
    if ctx.download is None:
        await _fail(ctx, id_, "no_way_to_fetch")
        return
    target = ctx.recordings / FETCHING / f"{id_}.wav"
    try:
        await ctx.download(due.uri, target, store.source_of(due.provider_ref))
        kept = await asyncio.to_thread(store.keep, ctx.recordings, id_, target)
    except NotFetched as error:
        if not error.is_final:
            raise
        await _fail(ctx, id_, error.reason)
        return
    except store.Unusable as error:
        await _fail(ctx, id_, error.reason)
        return
    finally:
        await asyncio.to_thread(target.unlink, missing_ok=True)
    ctx.seam("recording_fetched")
    async with transaction(ctx.database) as tx:
        await recordings.store_fetched(tx, id_, kept)


async def give_up(tx: AsyncConnection, recording_id: str) -> None:
    """It could not be had, however often it was tried."""
    await recordings.fail(tx, UUID(recording_id), "not_fetched")


async def _fail(ctx: Context, id_: UUID, problem: str) -> None:
    async with transaction(ctx.database) as tx:
        await recordings.fail(tx, id_, problem)
