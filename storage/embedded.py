"""The PostgreSQL that the product brings along: private, on a Unix socket, gone with its last user.

Every process that uses the server holds a shared lock on `users.lock`; the one that can turn its
lock into an exclusive one is the last and stops the server. A killed process frees its lock by
dying, so nothing has to be remembered. `start.lock` is held while somebody starts or stops.
"""

import asyncio
import fcntl
import hashlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

from outreach.errors import Rejected

DATABASE = "outreach"
STATE_FOLDER = Path("/var/lib/outreach")
"""Where root's data lie: the wheel makes every parent folder readable to all."""
SOCKETS = Path("/tmp")
"""The parent of the runtime folder: short, because a socket's path has at most 107 bytes."""

SETTINGS: Mapping[str, str] = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    # A list of 100 000 people writes half a gigabyte: no checkpoint amid it, which would make every
    # page be written twice, room for what waits to be written, and no file filled with zeros first.
    "max_wal_size": "2GB",
    "wal_buffers": "32MB",
    "wal_init_zero": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A refused row would put people's phones and words into the server's log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
THROWAWAY: Mapping[str, str] = {"fsync": "off", "full_page_writes": "off"}
PROGRAM = Path(__file__).with_name("postgres_wheel.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server that this process uses until it calls `stop`."""

    url: str
    """For SQLAlchemy and, without `+psycopg`, for psycopg; names the database `outreach`."""
    folder: Path
    """Where the data, the password and the locks lie."""
    users_lock: IO[str]


@asynccontextmanager
async def embedded_server(
    data_dir: Path, *, state_folder: Path = STATE_FOLDER
) -> AsyncIterator[str]:
    """The URL of a running server, which is stopped at the end if nobody else uses it."""
    server = await asyncio.to_thread(start, data_dir, state_folder=state_folder)
    try:
        yield server.url
    finally:
        await asyncio.to_thread(stop, server)


def start(
    data_dir: Path, *, state_folder: Path = STATE_FOLDER, keeps_its_promises: bool = True
) -> Server:
    """Start the server of `data_dir`, or join the one that runs, and make sure of its database.

    May be called by many processes at once. `keeps_its_promises=False` loses what was committed
    when the machine (not the program) fails; for tests, read when the server really starts.

    Raises:
        Rejected: the server cannot run here; `message` is what it said.
    """
    folder = resting_place(data_dir, state_folder=state_folder)
    make_folder(folder)
    with starting(folder):
        users_lock = (folder / "users.lock").open("a")
        try:
            fcntl.flock(users_lock, fcntl.LOCK_SH)
            url = run(folder, SETTINGS if keeps_its_promises else {**SETTINGS, **THROWAWAY})
            create_database(url)
        except BaseException:
            users_lock.close()
            raise
    return Server(url=url, folder=folder, users_lock=users_lock)


def stop(server: Server) -> bool:
    """Leave the server; say whether it was stopped because nobody else uses it."""
    with starting(server.folder), server.users_lock as users_lock:
        try:
            fcntl.flock(users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        wheel("stop", server.folder)
        return True


def halt(data_dir: Path, *, state_folder: Path = STATE_FOLDER) -> None:
    """Stop the server of `data_dir` whoever uses it; nothing happens where none runs."""
    folder = resting_place(data_dir, state_folder=state_folder)
    if not (folder / "data").exists():
        return
    with starting(folder):
        wheel("stop", folder)


def resting_place(data_dir: Path, *, state_folder: Path = STATE_FOLDER) -> Path:
    """Where the data of `data_dir` really lie: there, or for root in the system's state folder."""
    wanted = data_dir.expanduser().resolve()
    if os.geteuid() != 0:
        return wanted
    mark = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    return state_folder.resolve() / mark


def exists(data_dir: Path, *, state_folder: Path = STATE_FOLDER) -> bool:
    """Whether a server of ours has ever run on `data_dir`; nothing is made."""
    return (resting_place(data_dir, state_folder=state_folder) / "data").exists()


@contextmanager
def starting(folder: Path) -> Iterator[None]:
    """Be the only process that starts or stops this server."""
    with (folder / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(folder: Path, settings: Mapping[str, str]) -> str:
    """Start the server if it does not run; its password file is complete before it is needed."""
    password_file = folder / "password"
    is_new = not password_file.exists()
    password = secrets.token_urlsafe(32) if is_new else password_file.read_text()
    wanted = {"password": password, "is_new_password": is_new, "settings": dict(settings)}
    answer: dict[str, str] = json.loads(wheel("start", folder, said=json.dumps(wanted)))
    if is_new:
        write_secret(password_file, password)
    return (
        f"postgresql+psycopg://postgres:{quote(password)}@/{DATABASE}"
        f"?host={quote(answer['host'])}&port={answer['port']}"
    )


def wheel(command: str, folder: Path, said: str = "") -> str:
    """Run the wheel's program for one command and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-P", str(PROGRAM), command, str(folder)],
        input=said,
        capture_output=True,
        text=True,
        env=surroundings(),
        check=False,
    )
    if done.returncode == 0:
        return done.stdout
    reason = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
    raise Rejected(
        code="embedded_postgres_failed",
        message=f"The embedded PostgreSQL did not {command}: {reason[-1]}.",
        fix="Give the address of a PostgreSQL 15 or newer as database.url, or mend the cause.",
        where=str(folder),
    )


def secret(data_dir: Path, name: str, *, state_folder: Path = STATE_FOLDER) -> str:
    """A secret beside the server's data, readable to us alone; made when it is first asked for."""
    folder = resting_place(data_dir, state_folder=state_folder)
    make_folder(folder)
    file = folder / name
    with starting(folder):
        if not file.exists():
            write_secret(file, secrets.token_urlsafe(32))
        return file.read_text()


def write_secret(file: Path, words: str) -> None:
    """The file is complete, and readable to us alone, before it has its name."""
    unfinished = file.with_name(f"{file.name}.new")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(words)
    unfinished.rename(file)


def surroundings() -> dict[str, str]:
    """Our environment without what would bend the server: libpq's variables and the locale."""
    runtime = SOCKETS / f"outreach-{os.geteuid()}"
    own_folder(runtime)
    # The wheel puts its lock there, and the socket if the data folder's path is too long; without
    # the inner folder it would use the machine's temporary folder instead.
    (runtime / "python_PostgresServer").mkdir(mode=0o700, exist_ok=True)
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    return {**kept, "XDG_RUNTIME_DIR": str(runtime), "LC_ALL": "C"}


def own_folder(path: Path) -> None:
    path.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid != os.geteuid():
        raise Rejected(
            code="runtime_folder_taken",
            message=f"{path} belongs to another user.",
            fix="Remove it, or give the address of a PostgreSQL as database.url.",
        )
    # Root's server runs as somebody else, who has to get through to their own folder in it: were it
    # closed here, another server that starts at this moment would fail.
    path.chmod(0o711 if os.geteuid() == 0 else 0o700)


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "start.lock").touch()
    except OSError as error:
        raise Rejected(
            code="data_folder_unusable",
            message=f"The data folder cannot be made: {error.strerror}.",
            fix="Choose a folder that this user may write to.",
            where=str(folder),
        ) from error


def recreate_database(url: str) -> None:
    """Throw our database away and create it empty; whoever is connected to it is cut off."""
    server = url.replace("+psycopg", "", 1).replace(f"/{DATABASE}?", "/postgres?", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(drop.format(sql.Identifier(DATABASE)))
    create_database(url)


def create_database(url: str) -> None:
    """Create our database unless it is there: UTF-8, ordered by code point."""
    server = url.replace("+psycopg", "", 1).replace(f"/{DATABASE}?", "/postgres?", 1)
    with psycopg.connect(server, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
        if known.fetchone() is not None:
            return
        connection.execute(
            sql.SQL(
                "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin"
                " BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'"
            ).format(sql.Identifier(DATABASE))
        )
