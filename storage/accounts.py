"""Users of the console: who they are, what they may do, how they prove it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: UUID
    email: str
    """In small letters."""
    name: str
    role: str
    password_hash: str | None
    """None: comes in by a link alone."""
    created_at: datetime
    disabled_at: datetime | None


COLUMNS = ", ".join(User.__dataclass_fields__)

_ADD = text("""
INSERT INTO users (id, email, name, role, password_hash, created_at, created_by)
VALUES (:id, :email, :name, :role, :password_hash, :created_at, :created_by)
ON CONFLICT (email) DO NOTHING RETURNING id
""")
_FIND = text(f"SELECT {COLUMNS} FROM users WHERE email = :email")
_GET = text(f"SELECT {COLUMNS} FROM users WHERE id = :id")
_ANY = text("SELECT EXISTS (SELECT FROM users)")
_NAMES = text("""
SELECT id::text AS id, name FROM users
UNION ALL SELECT id::text, 'The API key ' || name FROM api_keys
""")
# Two who would both be the first wait for each other here.
_HOLD = text("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")


async def add(tx: AsyncConnection, user: User, by: str) -> bool:
    """False when the address has an account."""
    values = {name: getattr(user, name) for name in User.__dataclass_fields__}
    values.pop("disabled_at")
    return (await tx.execute(_ADD, {**values, "created_by": by})).first() is not None


async def find(tx: AsyncConnection, email: str) -> User | None:
    return _user((await tx.execute(_FIND, {"email": email.lower()})).one_or_none())


async def get(tx: AsyncConnection, id: UUID) -> User | None:
    return _user((await tx.execute(_GET, {"id": id})).one_or_none())


async def hold_all(tx: AsyncConnection) -> None:
    """Nobody else adds a user until the transaction ends."""
    await tx.execute(_HOLD)


async def exist(tx: AsyncConnection) -> bool:
    """Whether there is any user at all."""
    return bool((await tx.execute(_ANY)).scalar_one())


async def names(tx: AsyncConnection) -> dict[str, str]:
    """What users and keys of the API are called, by id."""
    return {row.id: row.name for row in await tx.execute(_NAMES)}


_COLLEAGUES = text("""
SELECT id, name FROM users WHERE disabled_at IS NULL AND role <> 'viewer' ORDER BY name, id
""")


async def colleagues(tx: AsyncConnection) -> dict[UUID, str]:
    """Who may answer people, by name."""
    return {row.id: row.name for row in await tx.execute(_COLLEAGUES)}


def _user(row: Row[tuple[object, ...]] | None) -> User | None:
    return User(**row._mapping) if row is not None else None
