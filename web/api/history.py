"""What was tried with a lead and what was said: attempts, calls, recordings, chats, events."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import FileResponse, Response

from orchestrator.engine.context import Context
from outreach.errors import Rejected
from outreach.events import Kind
from storage import call_reviews, calls, conversation_pages, event_log, live_events, timelines
from storage.database import transaction
from storage.live_events import Cursor, parse_cursor
from web.api.door import VIEWER, Caller
from web.api.history_shapes import (
    Attempt,
    Attempts,
    Call,
    CallInFull,
    Conversation,
    Conversations,
    Event,
    Events,
    Extracted,
    Message,
    Messages,
    Read,
    Turn,
)
from web.api.one_lead import known_lead
from web.api.values import DEFAULT_LIMIT, PRINTED, Limit
from web.recordings import known_call, recording_of

SOUND: Final[dict[int | str, dict[str, Any]]] = {
    "200": {"content": {"audio/wav": {}}},
    "206": {"description": "The part that was asked for.", "content": {"audio/wav": {}}},
    "416": {"description": "There is no such part."},
}


def add(router: APIRouter, ctx: Context) -> None:
    _calls(router, ctx)
    _chats(router, ctx)
    _events(router, ctx)


def _calls(router: APIRouter, ctx: Context) -> None:
    @router.get("/leads/{id}/attempts", tags=["history"], summary="List a lead's attempts")
    async def attempts(id: UUID, who: Annotated[Caller, Depends(VIEWER)]) -> Attempts:
        """The last first, with what came of each."""
        async with transaction(ctx.database) as tx:
            await known_lead(tx, id)
            found = await timelines.tried(tx, id)
        return Attempts(items=[Attempt.model_validate(one) for one in found])

    @router.get("/calls/{id}", tags=["history"], summary="Get a call with what was said")
    async def call(id: UUID, who: Annotated[Caller, Depends(VIEWER)]) -> CallInFull:
        """Transcript, outcome and fields, each with the words that prove it."""
        async with transaction(ctx.database) as tx:
            one = await known_call(tx, str(id))
            reading = await call_reviews.reading(tx, one.id)
            fields = await call_reviews.fields(tx, reading.id) if reading else []
            turns = await calls.turns_of(tx, one.id)
            sound = await call_reviews.sound(tx, one.id)
        return CallInFull(
            **Call.model_validate(one).model_dump(),
            transcript=[Turn.model_validate(turn) for turn in turns],
            reading=Read.model_validate(reading) if reading else None,
            fields=[Extracted.model_validate(one) for one in fields],
            has_recording=sound is not None,
        )

    @router.get(
        "/calls/{id}/recording",
        tags=["history"],
        summary="Get the sound of a call",
        response_class=Response,
        responses=SOUND,
    )
    async def recording(id: UUID, who: Annotated[Caller, Depends(VIEWER)]) -> Response:
        """A WAV file; `Range` asks for a part of it."""
        path = await recording_of(ctx, str(id))
        return FileResponse(path, media_type="audio/wav", headers={"Cache-Control": "private"})


def _chats(router: APIRouter, ctx: Context) -> None:
    @router.get("/conversations", tags=["history"], summary="List conversations")
    async def conversations(
        who: Annotated[Caller, Depends(VIEWER)],
        lead_id: UUID | None = None,
        handler: Literal["agent", "human"] | None = None,
        after: UUID | None = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Conversations:
        async with transaction(ctx.database) as tx:
            found = await conversation_pages.page(
                tx, lead_id=lead_id, handler=handler, after=after, limit=limit
            )
        items = [Conversation.model_validate(one) for one in found]
        return Conversations(items=items, after=items[-1].id if len(items) == limit else None)

    @router.get("/conversations/{id}/messages", tags=["history"], summary="List messages")
    async def messages(
        id: UUID,
        who: Annotated[Caller, Depends(VIEWER)],
        after: UUID | None = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Messages:
        async with transaction(ctx.database) as tx:
            await _known_conversation(tx, id)
            found = await conversation_pages.messages(tx, id, after=after, limit=limit)
        items = [Message.model_validate(one) for one in found]
        return Messages(items=items, after=items[-1].id if len(items) == limit else None)


def _events(router: APIRouter, ctx: Context) -> None:
    @router.get("/events", tags=["events"], summary="List what happened since")
    async def events(
        who: Annotated[Caller, Depends(VIEWER)],
        since: Annotated[
            str | None,
            Query(pattern=PRINTED, max_length=60, description="Of the answer before; none: now."),
        ] = None,
        kind: Annotated[list[Kind] | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=1000, description="How many are looked at.")] = 200,
    ) -> Events:
        """Without `since` the answer says where to begin; `0-0` begins with the oldest there is."""
        async with transaction(ctx.database) as tx:
            if since is None:
                return Events(items=[], since=str(await live_events.newest(tx)))
            read = await event_log.after(tx, _cursor(since), limit, kind)
        items = [
            Event(
                id=str(one.cursor),
                data=dict(one.data),
                **{name: getattr(one, name) for name in FACTS},
            )
            for one in read.events
        ]
        return Events(items=items, since=str(read.until))


FACTS: Final = ("at", "kind", "actor", "campaign_id", "lead_id", "contact_id", "attempt_id")


def _cursor(since: str) -> Cursor:
    found = parse_cursor(since)
    if found is None or found.tx >= 2**63:
        raise Rejected(
            code="bad_cursor",
            message="The events cannot go on from there.",
            fix="Send the `since` of the answer before, or none to begin with now.",
            where="since",
        )
    return found


async def _known_conversation(tx: AsyncConnection, id: UUID) -> None:
    if not await conversation_pages.exists(tx, id):
        raise Rejected(
            code="unknown_conversation",
            message=f"There is no conversation {id}.",
            fix="GET /conversations lists those that there are.",
            where="id",
        )
