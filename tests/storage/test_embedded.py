"""Our own server: private, shared by its users, stopped by the last, started from any ruin."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
import pytest

from outreach.errors import Rejected
from storage import embedded
from tests.databases import fresh_run

ROOT = Path(__file__).parents[2]
USE = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from storage import embedded
server = embedded.start(Path(sys.argv[2]), state_folder=Path(sys.argv[3]), keeps_its_promises=False)
print(server.url, flush=True)
sys.stdin.readline()
print(embedded.stop(server), flush=True)
"""


class User:
    """Another process that uses the server until it is told to leave."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USE, str(ROOT), str(folder), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def url(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> str:
        """Whether it stopped the server, as it says."""
        return self.process.communicate("\n", timeout=60)[0].strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def new_folder() -> Iterator[Path]:
    """Where no server has been yet; nothing of it outlives the test."""
    run = fresh_run()
    yield run.folder
    run.leave_nothing()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """The folder of a server that has run before and is stopped; each test leaves it so."""
    run = fresh_run()
    embedded.stop(embedded.start(run.folder, state_folder=run.folder))
    yield run.folder
    run.leave_nothing()


@contextmanager
def running(folder: Path, *, durable: bool = False) -> Iterator[embedded.Server]:
    server = embedded.start(folder, state_folder=folder, keeps_its_promises=durable)
    try:
        yield server
    finally:
        embedded.stop(server)


def ask(url: str, question: LiteralString) -> object:
    with psycopg.connect(url.replace("+psycopg", "", 1)) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def data_of(folder: Path) -> Path:
    return embedded.resting_place(folder, state_folder=folder) / "data"


def servers_of(folder: Path) -> list[int]:
    """The processes that were started for this folder's data and still live."""
    data = str(data_of(folder))
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if data in (process.info["cmdline"] or ())
    ]


def test_processes_that_start_together_share_one_server_and_the_last_stops_it(
    new_folder: Path,
) -> None:
    users = [User(new_folder), User(new_folder)]

    urls = {user.url() for user in users}
    pids = servers_of(new_folder)
    left = [user.leave() for user in users]

    assert len(urls) == len(pids) == 1
    assert left == ["False", "True"]
    assert servers_of(new_folder) == []


def test_a_user_that_was_killed_does_not_keep_the_server_running(folder: Path) -> None:
    killed = User(folder)
    killed.url()
    killed.kill()
    assert len(servers_of(folder)) == 1

    server = embedded.start(folder, state_folder=folder)

    assert embedded.stop(server) is True
    assert servers_of(folder) == []


def test_a_server_that_was_killed_starts_again_with_what_it_had_committed(folder: Path) -> None:
    with running(folder, durable=True) as server:
        with psycopg.connect(server.url.replace("+psycopg", "", 1)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        os.kill(servers_of(folder)[0], signal.SIGKILL)

        with running(folder) as again:
            assert ask(again.url, "SELECT n FROM kept") == 7


@pytest.mark.parametrize("rest", ["", "\n/nowhere\n1\n5432\n/nowhere\n\n1 2\nready\n"])
def test_a_pid_file_that_names_a_process_of_somebody_else_is_removed(
    folder: Path, rest: str
) -> None:
    (data_of(folder) / "postmaster.pid").write_text(f"{os.getpid()}{rest}")

    with running(folder) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_what_the_server_itself_complains_of_is_passed_on(folder: Path) -> None:
    settings = data_of(folder) / "postgresql.auto.conf"
    before = settings.read_text()
    settings.write_text("no_such_setting = 1\n")

    try:
        with pytest.raises(Rejected, match="contains errors") as refusal:
            embedded.start(folder, state_folder=folder)
    finally:
        settings.write_text(before)

    assert refusal.value.code == "embedded_postgres_failed"


def test_a_server_can_be_stopped_by_somebody_who_does_not_use_it(folder: Path) -> None:
    user = User(folder)
    user.url()

    embedded.halt(folder, state_folder=folder)

    assert servers_of(folder) == []
    assert user.leave() == "True"


def test_a_first_start_that_was_cut_off_is_begun_anew(new_folder: Path) -> None:
    unfinished = data_of(new_folder).with_name("data.new")
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18")

    with running(new_folder) as server:
        assert ask(server.url, "SELECT 1") == 1


def test_a_lost_password_is_replaced(folder: Path) -> None:
    password = data_of(folder).with_name("password")
    password.unlink()

    with running(folder) as server:
        assert ask(server.url, "SELECT 1") == 1
    assert stat.S_IMODE(password.stat().st_mode) == 0o600


def test_nobody_comes_in_without_the_password(folder: Path) -> None:
    with running(folder) as server:
        password = data_of(folder).with_name("password").read_text()
        stranger = server.url.replace("+psycopg", "", 1).replace(password, "guess", 1)

        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(stranger)


def test_the_server_is_set_up_as_decided(folder: Path) -> None:
    with running(folder, durable=True) as server:
        assert ask(server.url, "SHOW max_connections") == "200"
        assert ask(server.url, "SHOW shared_buffers") == "256MB"
        assert ask(server.url, "SHOW timezone") == "UTC"
        assert ask(server.url, "SHOW fsync") == "on"
        assert ask(server.url, "SHOW listen_addresses") == ""
        assert ask(server.url, "SHOW server_encoding") == "UTF8"
        assert (
            ask(server.url, "SELECT datlocale FROM pg_database WHERE datname = 'outreach'")
            == "C.UTF-8"
        )


def test_a_server_for_tests_does_not_wait_for_the_disk(folder: Path) -> None:
    with running(folder, durable=False) as server:
        assert ask(server.url, "SHOW fsync") == "off"


def test_a_path_too_long_for_a_socket_is_no_obstacle(new_folder: Path) -> None:
    deep = new_folder / ("a" * 60) / ("b" * 60)
    deep.mkdir(parents=True)

    for _ in range(2):
        server = embedded.start(deep, state_folder=deep, keeps_its_promises=False)
        try:
            assert ask(server.url, "SELECT 1") == 1
        finally:
            assert embedded.stop(server) is True


async def test_a_server_lives_as_long_as_its_block(
    new_folder: Path,
) -> None:
    async with embedded.embedded_server(new_folder, state_folder=new_folder) as url:
        assert ask(url, "SELECT current_database()") == "outreach"

    assert servers_of(new_folder) == []


def test_a_folder_that_cannot_be_made_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")

    with pytest.raises(Rejected) as refusal:
        embedded.start(tmp_path / "taken", state_folder=tmp_path / "taken")

    assert refusal.value.code == "data_folder_unusable"
    assert "taken" in refusal.value.where


def test_data_that_the_server_does_not_understand_is_refused_in_words(new_folder: Path) -> None:
    data_of(new_folder).mkdir(parents=True)
    (data_of(new_folder) / "PG_VERSION").write_text("12")

    with pytest.raises(Rejected) as refusal:
        embedded.start(new_folder, state_folder=new_folder)

    assert refusal.value.code == "embedded_postgres_failed"
    assert "12" in refusal.value.message


def test_the_data_lie_where_they_were_asked_for_except_roots(tmp_path: Path) -> None:
    state = tmp_path / "state"

    place = embedded.resting_place(tmp_path / "data", state_folder=state)

    assert place.parent == (state if os.geteuid() == 0 else tmp_path)


def test_looking_for_the_runtime_folder_shuts_out_no_server_that_starts_at_this_moment() -> None:
    folder = Path(embedded.surroundings()["XDG_RUNTIME_DIR"])

    mode = stat.S_IMODE(folder.stat().st_mode)
    # Root's server runs as another user, who passes through it.
    assert mode & 0o011 == 0o011 if os.geteuid() == 0 else mode == 0o700
