"""The way to the database for one actor at a time: synchronous, prepared once, without a detour.

A play gives ten thousand statements. The product's driver gives the loop back at each of them,
so that others can work; here nobody else may, and it would cost more than the statements do.
"""

from typing import Any, Final, Self

from psycopg import Connection, Cursor, pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from sqlalchemy import URL, CursorResult, Executable
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

GOOD: Final = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)
TEXT: Final = pq.Format.TEXT


class PlainLink(Connection[Any]):
    """A connection that knows what it has prepared."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.names: dict[tuple[bytes, tuple[int, ...]], bytes] = {}


class PlainCursor(Cursor[Any]):
    """A cursor that holds all its rows already, and prepares each statement once."""

    def execute(self, query: Any, params: Any = None, **_: Any) -> Self:
        link: Any = self._conn
        self._reset()
        if self._last_query is not query:
            self._tx = Transformer(self)
        idle = self._pgconn.transaction_status == pq.TransactionStatus.IDLE
        if idle and not link.autocommit:
            self._pgconn.exec_(b"BEGIN")
        asked = self._convert_query(query, params)
        name = link.names.get((asked.query, asked.types))
        if name is None:
            name = f"plain_{len(link.names)}".encode()
            self._checked(self._pgconn.prepare(name, asked.query, asked.types))
            link.names[asked.query, asked.types] = name
        result = self._pgconn.exec_prepared(name, asked.params, asked.formats, TEXT)
        self._set_results([self._checked(result)])
        self._last_query = query
        return self

    def _checked(self, result: Any) -> Any:
        if result.status not in GOOD:
            raise error_from_result(result, encoding=self._encoding)
        return result

    async def _async_soft_close(self) -> None:
        """Asked for by SQLAlchemy's asynchronous door; there is nothing to let go."""


class PlainDialect(PGDialect_psycopg):
    """The driver's synchronous half behind SQLAlchemy's asynchronous door."""

    driver = "plain"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_async_dialect_cls(cls, url: URL) -> type["PlainDialect"]:
        return cls

    def connect(self, *args: Any, **more: Any) -> Any:
        return PlainLink.connect(*args, **more)


class PlainConnection(AsyncConnection):
    """Executes in place: nothing that SQLAlchemy does meanwhile waits."""

    async def execute(  # type: ignore[override]
        self, statement: Executable, parameters: Any = None, *, execution_options: Any = None
    ) -> CursorResult[Any]:
        return self._proxied.execute(statement, parameters, execution_options=execution_options)

    async def exec_driver_sql(
        self, statement: str, parameters: Any = None, execution_options: Any = None
    ) -> CursorResult[Any]:
        return self._proxied.exec_driver_sql(statement, parameters, execution_options)


class PlainEngine(AsyncEngine):
    _connection_cls = PlainConnection

    def execution_options(self, **options: Any) -> "PlainEngine":
        return PlainEngine(self.sync_engine.execution_options(**options))
