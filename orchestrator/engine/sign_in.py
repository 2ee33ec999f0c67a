"""Signing in and out of the console: passwords, links, sessions; guessing is slowed down."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.accounts import actor_of, fingerprint
from orchestrator.engine.context import Context
from orchestrator.engine.passwords import is_right
from outreach.errors import Rejected
from outreach.events import Kind
from storage import accounts, clock, sessions
from storage.accounts import User
from storage.database import transaction
from storage.events import Event, record

SESSION_LASTS: Final = timedelta(days=14)
"""Machine time without any use."""
TRIES_PER_ACCOUNT: Final = 8
TRIES_PER_ADDRESS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    user: User
    token: str
    """What the browser keeps; the database has only its fingerprint."""


async def by_password(ctx: Context, email: str, password: str, address: str) -> SignedIn:
    """Raises Rejected, in the same words whether the account or the password is wrong."""
    email = email.strip().lower()
    account = _key("account", email)
    async with transaction(ctx.database) as tx:
        tries = await sessions.count_try(tx, account)
        from_there = await sessions.count_try(tx, _key("address", address))
        user = await accounts.find(tx, email)
    if tries > TRIES_PER_ACCOUNT or from_there > TRIES_PER_ADDRESS:
        raise Rejected(
            code="too_many_tries",
            message="That was tried too often.",
            fix="Wait a quarter of an hour, then try again.",
        )
    right = await is_right(password, user.password_hash if user else None)
    if user is None or not right or user.disabled_at is not None:
        raise Rejected(
            code="wrong_sign_in",
            message="The e-mail address and the password do not belong together.",
            fix="Try again, or ask an administrator for a link that signs you in.",
        )
    async with transaction(ctx.database) as tx:
        await sessions.forget_tries(tx, account)
        return await _open(tx, user)


async def by_link(ctx: Context, token: str) -> SignedIn:
    """Raises Rejected where the link is spent, expired or unknown."""
    async with transaction(ctx.database) as tx:
        user_id = await sessions.spend_link(tx, fingerprint(token))
        user = await accounts.get(tx, user_id) if user_id is not None else None
        if user is not None and user.disabled_at is None:
            return await _open(tx, user)
    raise Rejected(
        code="link_spent",
        message="This link has been used, or its time is over.",
        fix="Print another one with `outreach user link`.",
    )


async def open_for(tx: AsyncConnection, user: User) -> SignedIn:
    """Sign in somebody who has just proved who they are."""
    return await _open(tx, user)


async def sign_out(ctx: Context, token: str) -> None:
    async with transaction(ctx.database) as tx:
        await sessions.close(tx, fingerprint(token))


async def visitor(tx: AsyncConnection, token: str) -> User | None:
    """Whose browser this is; None where nobody is signed in by it any more."""
    mark = fingerprint(token)
    user = await sessions.user_of(tx, mark)
    if user is not None:
        await sessions.prolong(tx, mark, SESSION_LASTS)
    return user


async def _open(tx: AsyncConnection, user: User) -> SignedIn:
    # A new secret each time: one that was planted in the browser before is worth nothing.
    token = secrets.token_urlsafe(32)
    await sessions.open_session(tx, fingerprint(token), user.id, SESSION_LASTS)
    now, actor = await clock.now(tx), actor_of(user)
    data = {"user": str(user.id)}
    await record(tx, [Event(kind=Kind.USER_SIGNED_IN, at=now, actor=actor.name, data=data)])
    return SignedIn(user=user, token=token)


def _key(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}\0{value}".encode()).hexdigest()
