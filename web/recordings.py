"""A call and its sound, for whoever may hear it: the console's player and the API."""

import asyncio
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from outreach.errors import Rejected
from storage import call_reviews
from storage.call_reviews import CallReview
from storage.database import transaction


async def known_call(tx: AsyncConnection, id: str) -> CallReview:
    """Raises Rejected for an unknown one."""
    try:
        found = await call_reviews.find(tx, UUID(id))
    except ValueError:
        found = None
    if found is None:
        raise Rejected("unknown_call", "There is no such call.", "Look for it at its lead.")
    return found


async def recording_of(ctx: Context, id: str) -> Path:
    """The file of its sound. Raises Rejected where there is none here."""
    async with transaction(ctx.database) as tx:
        one = await known_call(tx, id)
        sound = await call_reviews.sound(tx, one.id)
    path = None if sound is None else await asyncio.to_thread(_file, ctx.recordings, sound.uri)
    if path is None:
        raise Rejected(
            "no_recording", "The recording of this call is not here.", "Read the transcript."
        )
    return path


def _file(folder: Path, uri: str) -> Path | None:
    """The file in the recordings store; never one outside of it."""
    root = folder.resolve()
    path = (root / uri).resolve()
    return path if path.is_relative_to(root) and path.is_file() else None
