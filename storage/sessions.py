"""Browsers that are signed in, links that sign in once, and tries to. All of it machine time."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.accounts import COLUMNS, User

# machine time
_OPEN = text("""
INSERT INTO sessions (token_hash, user_id, created_at, seen_at, expires_at)
VALUES (:hash, :user_id, clock_timestamp(), clock_timestamp(), clock_timestamp() + :lasts)
""")
# machine time
_USER = text(f"""
SELECT {", ".join(f"u.{name.strip()}" for name in COLUMNS.split(","))}
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.token_hash = :hash AND s.expires_at > clock_timestamp() AND u.disabled_at IS NULL
""")
# machine time
_SEEN = text("""
UPDATE sessions SET seen_at = clock_timestamp(), expires_at = clock_timestamp() + :lasts
WHERE token_hash = :hash AND seen_at < clock_timestamp() - interval '1 hour'
""")
_CLOSE = text("DELETE FROM sessions WHERE token_hash = :hash")
# machine time
_SWEEP = text("DELETE FROM sessions WHERE expires_at < clock_timestamp()")


async def open_session(tx: AsyncConnection, hash: bytes, user_id: UUID, lasts: timedelta) -> None:
    """Sign a browser in; whatever has expired is swept away with it."""
    await tx.execute(_SWEEP)
    await tx.execute(_OPEN, {"hash": hash, "user_id": user_id, "lasts": lasts})


async def user_of(tx: AsyncConnection, hash: bytes) -> User | None:
    """Whose browser this is; None where nobody is signed in by it any more."""
    row = (await tx.execute(_USER, {"hash": hash})).one_or_none()
    return User(**row._mapping) if row is not None else None


async def prolong(tx: AsyncConnection, hash: bytes, lasts: timedelta) -> None:
    """It is in use; written at most once an hour."""
    await tx.execute(_SEEN, {"hash": hash, "lasts": lasts})


async def close(tx: AsyncConnection, hash: bytes) -> None:
    await tx.execute(_CLOSE, {"hash": hash})


# machine time
_ADD_LINK = text("""
INSERT INTO sign_in_links (token_hash, user_id, expires_at)
VALUES (:hash, :user_id, clock_timestamp() + :lasts)
""")
# machine time
_LINK_LIVES = text("""
SELECT EXISTS (SELECT FROM sign_in_links
  WHERE token_hash = :hash AND used_at IS NULL AND expires_at > clock_timestamp()
    AND (user_id IS NULL) = :for_owner)
""")
# machine time
_SPEND = text("""
UPDATE sign_in_links SET used_at = clock_timestamp()
WHERE token_hash = :hash AND used_at IS NULL AND expires_at > clock_timestamp()
  AND (user_id IS NULL) = :for_owner
RETURNING user_id
""")


async def add_link(
    tx: AsyncConnection, hash: bytes, user_id: UUID | None, lasts: timedelta
) -> None:
    """A link that signs this user in once; None: it lets somebody make the first owner."""
    await tx.execute(_ADD_LINK, {"hash": hash, "user_id": user_id, "lasts": lasts})


async def link_lives(tx: AsyncConnection, hash: bytes, *, for_owner: bool) -> bool:
    values = {"hash": hash, "for_owner": for_owner}
    return bool((await tx.execute(_LINK_LIVES, values)).scalar_one())


async def spend_link(tx: AsyncConnection, hash: bytes) -> UUID | None:
    """The user whom the link signs in, this once; None where it is spent, expired or unknown."""
    values = {"hash": hash, "for_owner": False}
    found: UUID | None = (await tx.execute(_SPEND, values)).scalar_one_or_none()
    return found


async def spend_owner_link(tx: AsyncConnection, hash: bytes) -> bool:
    """Whether the link lets its bearer make the first owner, this once."""
    return (await tx.execute(_SPEND, {"hash": hash, "for_owner": True})).first() is not None


WINDOW: Final = timedelta(minutes=15)
# machine time
_TRY = text("""
INSERT INTO sign_in_tries AS t (key, since, tries) VALUES (:key, clock_timestamp(), 1)
ON CONFLICT (key) DO UPDATE SET
  since = CASE WHEN t.since < clock_timestamp() - :window THEN clock_timestamp() ELSE t.since END,
  tries = CASE WHEN t.since < clock_timestamp() - :window THEN 1 ELSE t.tries + 1 END
RETURNING tries
""")
_FORGET = text("DELETE FROM sign_in_tries WHERE key = :key")


async def count_try(tx: AsyncConnection, key: str) -> int:
    """How often this key was tried within the window, this time included."""
    return int((await tx.execute(_TRY, {"key": key, "window": WINDOW})).scalar_one())


async def forget_tries(tx: AsyncConnection, key: str) -> None:
    await tx.execute(_FORGET, {"key": key})
