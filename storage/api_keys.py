"""Keys by which programs use the API; only a hash is kept. All of it machine time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    id: UUID
    name: str
    role: str
    begins: str
    """Its first characters; the rest is known to its bearer alone."""
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_at: datetime | None
    """To the minute; None: never."""
    revoked_at: datetime | None
    revoked_by: str | None
    is_valid: bool


# machine time
_COLUMNS = """id, name, role, begins, created_at, created_by, expires_at, used_at, revoked_at,
revoked_by, revoked_at IS NULL AND expires_at > clock_timestamp() AS is_valid"""
# machine time
_ADD = text(f"""
INSERT INTO api_keys (id, name, role, token_hash, begins, created_at, created_by, expires_at)
VALUES (:id, :name, :role, :hash, :begins, clock_timestamp(), :by, clock_timestamp() + :lasts)
RETURNING {_COLUMNS}
""")
_LIST = text(
    f"SELECT {_COLUMNS} FROM api_keys ORDER BY revoked_at IS NOT NULL, created_at DESC, id"
)
_FIND = text(f"SELECT {_COLUMNS} FROM api_keys WHERE token_hash = :hash")
# machine time
_USED = text("""
UPDATE api_keys SET used_at = clock_timestamp()
WHERE id = :id AND coalesce(used_at, '-infinity') < clock_timestamp() - interval '1 minute'
""")
# machine time
_REVOKE = text("""
UPDATE api_keys SET revoked_at = clock_timestamp(), revoked_by = :by
WHERE id = :id AND revoked_at IS NULL RETURNING id
""")
_GET = text(f"SELECT {_COLUMNS} FROM api_keys WHERE id = :id")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    id: UUID
    name: str
    role: str
    hash: bytes
    begins: str
    by: str
    lasts: timedelta


async def add(tx: AsyncConnection, new: NewApiKey) -> ApiKey:
    values = {name: getattr(new, name) for name in NewApiKey.__dataclass_fields__}
    return ApiKey(**(await tx.execute(_ADD, values)).one()._mapping)


async def list_all(tx: AsyncConnection) -> list[ApiKey]:
    """Those that were not revoked first, the newest of them first."""
    return [ApiKey(**row._mapping) for row in await tx.execute(_LIST)]


async def get(tx: AsyncConnection, id: UUID) -> ApiKey | None:
    row = (await tx.execute(_GET, {"id": id})).one_or_none()
    return ApiKey(**row._mapping) if row is not None else None


async def find(tx: AsyncConnection, hash: bytes) -> ApiKey | None:
    """The key with this hash, whether it is valid or not."""
    row = (await tx.execute(_FIND, {"hash": hash})).one_or_none()
    return ApiKey(**row._mapping) if row is not None else None


async def used(tx: AsyncConnection, id: UUID) -> None:
    """It is in use; written at most once a minute."""
    await tx.execute(_USED, {"id": id})


async def revoke(tx: AsyncConnection, id: UUID, by: str) -> bool:
    """False when it is unknown or was revoked before."""
    return (await tx.execute(_REVOKE, {"id": id, "by": by})).first() is not None
