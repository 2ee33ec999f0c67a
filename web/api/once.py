"""A request that is sent twice under one `Idempotency-Key` is done once and answered twice."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from orchestrator.engine.context import Context
from outreach.errors import Rejected
from storage import api_answers
from storage.api_answers import Answer
from storage.contention import patiently
from storage.database import transaction
from web.api.door import Caller

LONGEST: Final = 200

Deed = Callable[[AsyncConnection], Awaitable[BaseModel]]
"""Does it in the transaction; may be called again in another one where somebody was in its way."""


@dataclass(frozen=True, slots=True)
class Attempted:
    """A request that may have been sent before; None: its sender does not say."""

    request: Request
    name: str | None


async def attempted(
    request: Request,
    name: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            max_length=LONGEST,
            pattern=r"^[\x21-\x7e]+$",
            description="Sent again with it within 24 hours, a request is not done again.",
        ),
    ] = None,
) -> Attempted:
    return Attempted(request=request, name=name)


Sent = Annotated[Attempted, Depends(attempted)]


async def once(ctx: Context, sent: Attempted, caller: Caller, status: int, deed: Deed) -> Response:
    """Do it and keep the answer in one transaction; or give the answer that was kept.

    What is refused leaves nothing and may be sent again under the same name. Raises Rejected
    where the name belongs to another request.
    """
    return await patiently(partial(_once, ctx, sent, caller, status, deed))


async def _once(ctx: Context, sent: Attempted, caller: Caller, status: int, deed: Deed) -> Response:
    asked = await _named(sent, caller)
    async with transaction(ctx.database) as tx:
        known = await api_answers.enter(tx, asked) if asked else None
        if asked is not None and known is not None:
            return _again(asked, known)
        body = (await deed(tx)).model_dump_json(by_alias=True).encode()
        if asked is not None:
            await api_answers.keep(tx, asked, status, body)
    return Response(body, status_code=status, media_type="application/json")


async def _named(sent: Attempted, caller: Caller) -> api_answers.Request | None:
    if sent.name is None:
        return None
    url = sent.request.url
    head = f"{sent.request.method}\0{url.path}\0{url.query}\0".encode()
    digest = hashlib.sha256(head + await sent.request.body()).digest()
    return api_answers.Request(key_id=caller.key.id, name=sent.name, hash=digest)


def _again(asked: api_answers.Request, known: Answer) -> Response:
    if known.hash != asked.hash:
        raise Rejected(
            code="idempotency_key_reused",
            message="This Idempotency-Key was sent with another request.",
            fix="Take a new one for each request; the same only to send the same again.",
            where="Idempotency-Key",
        )
    return Response(
        known.body,
        status_code=known.status,
        media_type="application/json",
        headers={"Idempotency-Replayed": "true"},
    )
