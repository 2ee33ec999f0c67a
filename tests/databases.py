"""The server of one test run, its migrated template, and a clone for whoever asks."""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from storage import embedded, migrate
from storage.database import parse_url

PREFIX = "outreach-test-"
CREATE = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'"
LOCK = 0x74657374


@dataclass(frozen=True, slots=True, kw_only=True)
class Databases:
    """Clones of the template `template` on the server `server`."""

    server: URL
    template: str

    @contextmanager
    def clone(self, name: str) -> Iterator[str]:
        """The URL of a copy of the template; it is dropped at the end, whoever still uses it."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(self.template)
        )
        with self._lent(name, statement) as url:
            yield url

    @contextmanager
    def empty(self, name: str) -> Iterator[str]:
        """The URL of a database in which nothing stands, not even a table."""
        with self._lent(name, sql.SQL(CREATE).format(sql.Identifier(name))) as url:
            yield url

    @contextmanager
    def _lent(self, name: str, create: sql.Composed) -> Iterator[str]:
        run(self.server, create)
        try:
            yield address(self.server, name)
        finally:
            run(self.server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def serve(folder: Path, given: str | None) -> Iterator[Databases]:
    """The databases of the server at `given`, or of the run's own in `folder`."""
    if given is not None:
        server = parse_url(given)
        yield Databases(server=server, template=ensure_template(server))
        return
    started = embedded.start(folder, state_folder=folder, keeps_its_promises=False)
    try:
        server = make_url(started.url)
        yield Databases(server=server, template=ensure_template(server))
    finally:
        embedded.stop(started)


def ensure_template(server: URL) -> str:
    """Migrate a template for these migrations, once for all workers and runs; its name.

    It is built under another name, so that what carries the name is always complete, and is closed
    to connections, because a database that somebody uses cannot be copied.
    """
    name = f"outreach_template_{migrations_hash()}"
    building = f"{name}_building"
    with psycopg.connect(dsn(server), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            return name
        new, done = sql.Identifier(building), sql.Identifier(name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(new))
        connection.execute(sql.SQL(CREATE).format(new))
        migrate.upgrade_now(address(server, building))
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(new))
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(new, done))
    return name


def migrations_hash() -> str:
    digest = hashlib.sha256()
    files = [*migrate.MIGRATIONS.rglob("*.py"), *migrate.MIGRATIONS.rglob("*.sql")]
    for path in sorted(files):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def run(server: URL, statement: sql.Composed) -> None:
    with psycopg.connect(dsn(server), autocommit=True) as connection:
        connection.execute(statement)


def address(server: URL, database: str) -> str:
    return server.set(database=database).render_as_string(hide_password=False)


def dsn(server: URL) -> str:
    plain = server.set(drivername="postgresql")
    return plain.render_as_string(hide_password=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The folder of one test run, held by a lock as long as the run lives."""

    folder: Path
    lock: IO[str]

    def leave_nothing(self) -> None:
        """Stop the server if a worker died before it could, and remove every file."""
        embedded.halt(self.folder, state_folder=self.folder)
        shutil.rmtree(self.folder)
        self.lock.close()


def begin_run() -> Run:
    """A folder for a new run; first, what killed runs of this user left behind goes."""
    for old in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if is_old(old) and (left := hold(old)) is not None:
            left.leave_nothing()
    return fresh_run()


def fresh_run() -> Run:
    """A folder of its own for whoever starts a server apart from the run's."""
    run = hold(Path(tempfile.mkdtemp(prefix=PREFIX)))
    assert run is not None, "nobody else knows a folder that was just made"
    return run


def is_old(folder: Path) -> bool:
    """Whether it is ours and older than a minute: a younger one may be about to be locked."""
    try:
        facts = folder.stat()
    except FileNotFoundError:  # its run has just ended
        return False
    return facts.st_uid == os.geteuid() and time.time() - facts.st_mtime > 60


def hold(folder: Path) -> Run | None:
    """The run of `folder` if nobody else holds it."""
    lock = (folder / "run.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return Run(folder=folder, lock=lock)
