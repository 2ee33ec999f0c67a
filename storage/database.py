"""How we reach the database: one engine per process, one transaction per command."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from outreach.errors import Rejected

OLDEST_VERSION = 15
DRIVER = "postgresql+psycopg"
SCHEMES = frozenset({"postgresql", "postgres", DRIVER})

SESSION = {
    "timezone": "UTC",
    "lock_timeout": "2s",
    "statement_timeout": "30s",
    # A process that freezes amid a transaction holds what it has locked no longer than this.
    "idle_in_transaction_session_timeout": "60s",
    "default_transaction_isolation": "read committed",
    # Our statements are short. Servers before 18 count a plan without sorting as endlessly dear,
    # and would compile every claim for most of a second.
    "jit": "off",
}
SESSION_BEHIND_POOLER = (
    "SELECT set_config('timezone', 'UTC', true), set_config('lock_timeout', '2s', true),"
    " set_config('statement_timeout', '30s', true), set_config('jit', 'off', true),"
    " set_config('idle_in_transaction_session_timeout', '60s', true)"
)

Moment = Literal["before_commit", "after_commit"]
Hook = Callable[[Moment, AsyncConnection], Awaitable[None]]
"""Called at the two moments at which a crash matters; what it raises leaves `transaction`."""


async def open_engine(
    url: str, *, direct_url: str | None = None, pool_size: int = 20, overflow: int = 0
) -> AsyncEngine:
    """Connect to the database at `url` and make sure that it can serve us.

    `pool_size` connections stay open once they were needed; `overflow` more are opened and closed
    again for one use, which costs more than most transactions.
    A `direct_url` that differs says that `url` is a transaction pooler: nothing may then live
    longer than a transaction, neither settings nor prepared statements.

    Raises:
        Rejected: the address is wrong, nobody answers, or the server is too old.
    """
    address = parse_url(url)
    is_pooled = direct_url is not None and direct_url != url
    engine = create_async_engine(
        address,
        pool_size=pool_size,
        max_overflow=overflow,
        pool_pre_ping=True,
        pool_timeout=30,
        isolation_level="READ COMMITTED" if is_pooled else None,
        connect_args=connect_arguments(address, is_pooled=is_pooled),
    )
    if is_pooled:
        event.listen(engine.sync_engine, "begin", set_up_transaction)
    try:
        await check_server(engine)
    except BaseException:
        await engine.dispose()
        raise
    return engine


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One command's transaction: committed at the end, rolled back when anything is raised."""
    hook: Hook | None = engine.get_execution_options().get("transaction_hook")
    async with engine.begin() as tx:
        yield tx
        if hook is not None:
            await hook("before_commit", tx)
    if hook is not None:
        await hook("after_commit", tx)


def with_hook(engine: AsyncEngine, hook: Hook) -> AsyncEngine:
    """The same engine and pool, whose transactions call `hook`: where crash tests raise."""
    return engine.execution_options(transaction_hook=hook)


def parse_url(url: str) -> URL:
    """The address as SQLAlchemy and psycopg 3 want it, whatever scheme was written."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise Rejected(
            code="database_url_wrong",
            message="The database's address cannot be read.",
            fix="Write it as postgresql://user:password@host:5432/database.",
            where="database.url",
        ) from error
    if address.drivername not in SCHEMES:
        raise Rejected(
            code="database_url_wrong",
            message=f"The database's address begins with {address.drivername}://,"
            " but PostgreSQL is the only database.",
            fix="Write it as postgresql://user:password@host:5432/database.",
            where="database.url",
        )
    return address.set(drivername=DRIVER)


def connect_arguments(address: URL, *, is_pooled: bool) -> dict[str, object]:
    if is_pooled:
        return {"connect_timeout": 10, "prepare_threshold": None}
    given = address.query.get("options", "")
    ours = " ".join(f"-c {name}={escaped(value)}" for name, value in SESSION.items())
    return {"connect_timeout": 10, "options": f"{ours} {given}".strip()}


def escaped(value: str) -> str:
    """A value inside libpq's `options`, where a space separates."""
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def set_up_transaction(connection: Connection) -> None:
    connection.exec_driver_sql(SESSION_BEHIND_POOLER)


async def check_server(engine: AsyncEngine) -> None:
    question = text(
        "SELECT current_setting('server_version_num')::int / 10000,"
        " current_setting('server_encoding')"
    )
    try:
        async with engine.connect() as connection:
            version, encoding = (await connection.execute(question)).one()
    except (DBAPIError, PoolTimeout, OSError) as error:
        raise Rejected(
            code="database_unreachable",
            message=f"The database does not answer: {first_line(error)}.",
            fix="Start it, or correct database.url.",
            where=engine.url.render_as_string(hide_password=True),
        ) from error
    if version < OLDEST_VERSION:
        raise Rejected(
            code="database_too_old",
            message=f"The database is PostgreSQL {version}.",
            fix=f"Use PostgreSQL {OLDEST_VERSION} or newer.",
            where=engine.url.render_as_string(hide_password=True),
        )
    if encoding != "UTF8":
        raise Rejected(
            code="database_not_utf8",
            message=f"The database's encoding is {encoding}.",
            fix="Create it with ENCODING 'UTF8'.",
            where=engine.url.render_as_string(hide_password=True),
        )


def first_line(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0].rstrip(".")
