"""pgbouncer before one database, as the distribution brings it and where it is installed."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import URL, make_url

from tests.crash.processes import PATIENCE_S

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
MOST = 12
"""Connections to the server that all clients share; a duty that is done alone holds one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooler:
    """One that runs; `url` is the database's address through it."""

    url: str
    port: int

    def stats(self, what: str) -> list[Mapping[str, object]]:
        """One of its own tables, such as POOLS."""
        dsn = f"postgresql://watcher@127.0.0.1:{self.port}/pgbouncer"
        # Its console speaks the simple protocol alone.
        with (
            psycopg.connect(dsn, autocommit=True) as console,
            psycopg.ClientCursor(console, row_factory=dict_row) as cursor,
        ):
            return list(cursor.execute(f"SHOW {what}"))  # type: ignore[arg-type, call-overload]


@contextmanager
def pooling(database: str, folder: Path) -> Iterator[Pooler]:
    """A pooler in transaction mode before `database`, until the end of the block."""
    assert PROGRAM is not None
    server, port = make_url(database), free_port()
    folder.mkdir()
    ini = folder / "pgbouncer.ini"
    ini.write_text(settings(server, port))
    ini.chmod(0o600)
    words = [PROGRAM, str(ini)]
    if os.geteuid() == 0:
        # It refuses to be root; the server's own user may read what the server opens.
        user = owner_of(server)
        for path in (folder, ini):
            shutil.chown(path, user)
        words += ["-u", user]
    with (folder / "pgbouncer.log").open("a") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        wait_for(port, folder / "pgbouncer.log")
        name = server.database
        yield Pooler(url=f"postgresql://anybody@127.0.0.1:{port}/{name}", port=port)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def owner_of(server: URL) -> str:
    return Path(str(server.query["host"])).owner()


def settings(server: URL, port: int) -> str:
    """The test's own machine alone reaches it, so whoever connects may use the database."""
    host = server.query.get("host") or server.host
    words = f"host={host} user={server.username}"
    words += f" port={server.port}" if server.port else ""
    words += f" password={server.password}" if server.password else ""
    return f"""[databases]
{server.database} = {words}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
admin_users = watcher
pool_mode = transaction
default_pool_size = {MOST}
max_client_conn = 200
"""


def wait_for(port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with socket.socket() as found:
            if found.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
