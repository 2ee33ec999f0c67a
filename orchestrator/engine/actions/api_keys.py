"""Keys by which programs use the API: making them, taking them back, knowing who comes with one."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.accounts import fingerprint
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.errors import Rejected
from outreach.events import Kind
from storage import api_keys, clock, sessions
from storage.api_keys import ApiKey, NewApiKey
from storage.database import transaction
from storage.events import Event, record

PREFIX: Final = "outreach_"
SHOWN: Final = len(PREFIX) + 6
LONGEST_NAME: Final = 100
LASTS: Final = timedelta(days=365)
LONGEST: Final = timedelta(days=3 * 365)
TRIES_PER_ADDRESS: Final = 40
"""Wrong keys from one address within a quarter of an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedKey:
    name: str
    """What it is for, as colleagues read it."""
    role: Role
    lasts: timedelta = LASTS
    """Machine time until it is worth nothing."""


async def make_key(
    ctx: Context, tx: AsyncConnection, wanted: WantedKey, actor: Actor
) -> tuple[ApiKey, str]:
    """A new key, and the secret itself, which is told this once.

    Nobody makes a key that may more than they. Raises Rejected for a name that says nothing and
    for a time that is none or too long.
    """
    require(actor, Role.ADMIN)
    require(actor, wanted.role)
    name = wanted.name.strip()
    if not 0 < len(name) <= LONGEST_NAME or "\0" in name:
        raise Rejected(
            code="bad_name",
            message=f"A key has a name of 1 to {LONGEST_NAME} characters.",
            fix="Say which program it is for.",
            where="name",
        )
    if not timedelta(0) < wanted.lasts <= LONGEST:
        raise Rejected(
            code="bad_expiry",
            message=f"A key lasts from one to {LONGEST.days} days.",
            fix="Make another one before it ends.",
            where="days",
        )
    now = await clock.now(tx)
    token = PREFIX + secrets.token_urlsafe(32)
    key = await api_keys.add(
        tx,
        NewApiKey(
            id=ctx.new_id(now),
            name=name,
            role=wanted.role.name.lower(),
            hash=fingerprint(token),
            begins=token[:SHOWN],
            by=actor.name,
            lasts=wanted.lasts,
        ),
    )
    data = {"key": str(key.id), "role": key.role}
    await record(tx, [Event(kind=Kind.KEY_ADDED, at=now, actor=actor.name, data=data)])
    return key, token


async def revoke_key(tx: AsyncConnection, key_id: UUID, actor: Actor) -> bool:
    """Worth nothing from the commit on; False when it was revoked before.

    Raises Rejected for an unknown key, and for one that may more than the actor.
    """
    require(actor, Role.ADMIN)
    key = await api_keys.get(tx, key_id)
    if key is None:
        raise Rejected(
            code="unknown_key",
            message=f"There is no key {key_id}.",
            fix="`outreach key list` shows those that there are.",
            where="key",
        )
    require(actor, Role[key.role.upper()])
    if not await api_keys.revoke(tx, key_id, actor.name):
        return False
    now = await clock.now(tx)
    data = {"key": str(key_id)}
    await record(tx, [Event(kind=Kind.KEY_REVOKED, at=now, actor=actor.name, data=data)])
    return True


async def known_key(ctx: Context, token: str, address: str) -> ApiKey:
    """Whose key this is. Raises Rejected for one that is wrong, over or revoked.

    Wrong keys are counted by the address that they come from, like wrong passwords. A right one
    is taken from there all the same: neighbours of a guesser must not be shut out, and what has
    256 random bits is not guessed.
    """
    async with transaction(ctx.database) as tx:
        key = await api_keys.find(tx, fingerprint(token)) if token else None
        if key is not None and key.is_valid:
            await api_keys.used(tx, key.id)
            return key
        mark = hashlib.sha256(f"key\0{address}".encode()).hexdigest()
        tries = await sessions.count_try(tx, mark)
    if tries > TRIES_PER_ADDRESS:
        raise Rejected(
            code="too_many_tries",
            message="Wrong keys were tried too often.",
            fix="Wait a quarter of an hour, then come with a right one.",
        )
    raise Rejected(
        code="no_key",
        message="This takes a key that is valid.",
        fix="Send `Authorization: Bearer KEY`; `outreach key create` makes one.",
        where="Authorization",
    )


def actor_of_key(key: ApiKey) -> Actor:
    return Actor(name=f"key:{key.id}", role=Role[key.role.upper()])
