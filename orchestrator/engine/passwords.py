"""Passwords are kept as Argon2id; checking one costs the same whether the account exists or not."""

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from outreach.errors import Rejected

SHORTEST: Final = 10
LONGEST: Final = 200
_HASHER: Final = PasswordHasher()
_NOBODYS: Final = _HASHER.hash("nobody has this password")


async def hashed(password: str) -> str:
    """What is stored. Raises Rejected for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Rejected(
            code="bad_password",
            message=f"A password has {SHORTEST} to {LONGEST} characters.",
            fix="Take a few words that nobody else would put together.",
            where="password",
        )
    return await asyncio.to_thread(_HASHER.hash, password)


async def is_right(password: str, stored: str | None) -> bool:
    """`stored` is None where there is no such account, or none with a password."""
    return await asyncio.to_thread(_verify, password[:LONGEST], stored)


def _verify(password: str, stored: str | None) -> bool:
    try:
        _HASHER.verify(stored or _NOBODYS, password)
    except (Argon2Error, InvalidHashError):
        return False
    return stored is not None
