"""Who is told by webhook what happens: adding and removing endpoints, sending again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.downloads import NotFetched
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.errors import Rejected
from outreach.events import Kind
from outreach.webhook_signature import secret_of
from storage import clock, endpoint_deliveries, endpoints, live_events
from storage.endpoints import NewEndpoint
from storage.events import Event, record

MOST: Final = 50
SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    id: UUID
    secret: str
    """Told this once; the receiver checks signatures by it."""


async def add_endpoint(
    ctx: Context, tx: AsyncConnection, url: str, kinds: Sequence[str], actor: Actor
) -> Added:
    """Tell this address what happens from now on, of these kinds.

    Raises Rejected for an address that may not be told, for an unknown kind and for none.
    """
    require(actor, Role.ADMIN)
    url = url.strip()
    _refuse_address(ctx, url)
    wanted = sorted(set(kinds))
    unknown = [one for one in wanted if one not in set(Kind)]
    if unknown or not wanted:
        raise Rejected(
            code="unknown_kind",
            message=f"There is no event {unknown[0]!r}." if unknown else "No event is named.",
            fix="Name events such as attempt.ended; docs/howto-api.md lists them.",
            where="kinds",
        )
    if len(await endpoints.list_all(tx)) >= MOST:
        raise Rejected(
            code="too_many_endpoints",
            message=f"There are {MOST} endpoints already.",
            fix="Remove one that nobody needs.",
        )
    now = await clock.now(tx)
    secret = secret_of(ctx.random_bytes(SECRET_BYTES))
    new = NewEndpoint(
        id=ctx.new_id(now),
        url=url,
        kinds=wanted,
        secret=secret,
        at=now,
        by=actor.name,
        told=await live_events.newest(tx),
    )
    await endpoints.add(tx, new)
    await _tell(tx, Kind.ENDPOINT_ADDED, new.id, actor)
    return Added(id=new.id, secret=secret)


async def remove_endpoint(tx: AsyncConnection, id: UUID, actor: Actor) -> None:
    """Nothing more is sent there. Raises Rejected for an unknown one."""
    require(actor, Role.ADMIN)
    if not await endpoints.remove(tx, id):
        raise _unknown(id)
    await _tell(tx, Kind.ENDPOINT_REMOVED, id, actor)


async def enable_endpoint(tx: AsyncConnection, id: UUID, actor: Actor) -> None:
    """Told again, what waited first. Raises Rejected for an unknown one."""
    require(actor, Role.ADMIN)
    if not await endpoints.enable(tx, id):
        raise _unknown(id)
    await _tell(tx, Kind.ENDPOINT_ENABLED, id, actor)


async def replay_delivery(tx: AsyncConnection, id: UUID, actor: Actor) -> None:
    """Send it once more under the same id. Raises Rejected where there is nothing to send."""
    require(actor, Role.ADMIN)
    if not await endpoint_deliveries.replay(tx, id):
        raise Rejected(
            code="unknown_delivery",
            message=f"There is no delivery {id} that has ended.",
            fix="`outreach webhook dead` shows those that were given up.",
            where="delivery",
        )


def _refuse_address(ctx: Context, url: str) -> None:
    if ctx.posts is None:
        return
    try:
        ctx.posts.refuse(url)
    except NotFetched as error:
        raise Rejected(
            code=error.reason,
            message="This address may not be told.",
            fix="Use https and a public address, or name the host under webhooks.private_hosts.",
            where="url",
        ) from error


def _unknown(id: UUID) -> Rejected:
    return Rejected(
        code="unknown_endpoint",
        message=f"There is no endpoint {id}.",
        fix="`outreach webhook list` shows those that there are.",
        where="endpoint",
    )


async def _tell(tx: AsyncConnection, kind: Kind, id: UUID, actor: Actor) -> None:
    now = await clock.now(tx)
    await record(tx, [Event(kind=kind, at=now, actor=actor.name, data={"endpoint": str(id)})])
