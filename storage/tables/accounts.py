"""Who may use the console and the API, who is signed in, and what keeps guessing slow."""

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
)

from storage.tables.base import metadata, moment, one_of, own_id, to

ROLES = ("viewer", "rep", "operator", "admin", "owner")

users = Table(
    "users",
    metadata,
    own_id(),
    # In small letters: one person, one account.
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    # Argon2; null: comes in by a link alone.
    Column("password_hash", Text),
    moment("created_at", required=True),
    Column("created_by", Text, nullable=False),
    moment("disabled_at"),
    one_of("role", ROLES),
)

# A browser that is signed in. Only the hash of its cookie is kept. All times are machine time.
sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    to("user_id", "users.id", cascade=True),
    moment("created_at", required=True),
    moment("seen_at", required=True),
    moment("expires_at", required=True),
)

# A link that signs in once; without a user it makes the first owner. Machine time.
sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    to("user_id", "users.id", required=False, cascade=True),
    moment("expires_at", required=True),
    moment("used_at"),
)

# Tries to sign in by account and by address within a window that begins at `since` (machine time).
sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("key", Text, primary_key=True),
    moment("since", required=True),
    Column("tries", Integer, nullable=False),
)
"""`key` holds a hash: who tried is nobody's business once it is over."""

# A program that may use the API. Only the hash of its key is kept. All times are machine time.
api_keys = Table(
    "api_keys",
    metadata,
    own_id(),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    # The first characters, by which people tell keys apart.
    Column("begins", Text, nullable=False),
    moment("created_at", required=True),
    Column("created_by", Text, nullable=False),
    moment("expires_at", required=True),
    moment("used_at"),
    moment("revoked_at"),
    Column("revoked_by", Text),
    one_of("role", ROLES),
)

# What was answered to a request that carried an idempotency key; the same is answered again.
api_answers = Table(
    "api_answers",
    metadata,
    to("key_id", "api_keys.id", cascade=True),
    Column("name", Text, nullable=False),
    # Of method, address and body: another request under the same name is refused.
    Column("request_hash", LargeBinary, nullable=False),
    Column("status", SmallInteger),
    Column("body", LargeBinary),
    moment("created_at", required=True),  # machine time
    PrimaryKeyConstraint("key_id", "name"),
    Index("api_answers_old", "created_at"),
)
