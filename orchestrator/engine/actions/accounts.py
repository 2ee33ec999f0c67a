"""Who may use the console: adding users, the first owner, links that sign in once."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.email import is_email
from outreach.errors import Rejected
from outreach.events import Kind
from storage import accounts, clock, sessions
from storage.accounts import User
from storage.events import Event, record

LINK_LASTS: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    email: str
    name: str
    """As colleagues see it; empty: what stands before the @."""
    role: Role
    password_hash: str | None
    """None: comes in by a link alone."""


async def add_user(ctx: Context, tx: AsyncConnection, wanted: NewUser, actor: Actor) -> User:
    """Let somebody use the console. Raises Rejected where the address has an account or is none.

    Nobody makes an account that may more than their own.
    """
    require(actor, Role.ADMIN)
    require(actor, wanted.role)
    email = wanted.email.strip().lower()
    if not is_email(email):
        raise Rejected(
            code="bad_email",
            message="This is no e-mail address.",
            fix="Write it like ana@example.com.",
            where="email",
        )
    now = await clock.now(tx)
    user = User(
        id=ctx.new_id(now),
        email=email,
        name=wanted.name.strip() or email.split("@")[0],
        role=wanted.role.name.lower(),
        password_hash=wanted.password_hash,
        created_at=now,
        disabled_at=None,
    )
    if not await accounts.add(tx, user, actor.name):
        raise Rejected(
            code="known_user",
            message="There is an account with this address.",
            fix="Sign in with it, or take another address.",
            where="email",
        )
    data = {"user": str(user.id), "role": user.role}
    await record(tx, [Event(kind=Kind.USER_ADDED, at=now, actor=actor.name, data=data)])
    return user


async def make_owner(ctx: Context, tx: AsyncConnection, token: str, wanted: NewUser) -> User:
    """The first user, by the link that the server gave out. Raises Rejected once there is one."""
    await accounts.hold_all(tx)
    if await accounts.exist(tx) or not await sessions.spend_owner_link(tx, fingerprint(token)):
        raise Rejected(
            code="link_spent",
            message="This link no longer makes an owner.",
            fix="Sign in, or start the server again where nobody can yet.",
        )
    return await add_user(ctx, tx, wanted, Actor(name="first_owner", role=Role.OWNER))


async def make_link(tx: AsyncConnection, user_id: UUID | None) -> str:
    """The secret of a link that signs in once, or that makes the first owner (None)."""
    token = secrets.token_urlsafe(32)
    await sessions.add_link(tx, fingerprint(token), user_id, LINK_LASTS)
    return token


def fingerprint(token: str) -> bytes:
    """What is stored of a secret that is random through and through."""
    return hashlib.sha256(token.encode()).digest()


def actor_of(user: User) -> Actor:
    return Actor(name=f"user:{user.id}", role=Role[user.role.upper()])
