"""What every test may stand on: a real PostgreSQL, a clean database, and no way to the internet."""

import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from xdist.workermanage import WorkerController

from storage.database import open_engine, transaction
from tests import network
from tests.databases import Databases, Run, begin_run, serve

RUN = pytest.StashKey[Run]()
RUN_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a folder for its server; workers of xdist are told the one of their run.

    No example of a rule is too slow: a busy machine is no fault of ours. A failed one prints what
    plays it again.
    """
    settings.register_profile("ours", deadline=None, print_blob=True)
    settings.load_profile("ours")
    told: dict[str, str] | None = getattr(config, "workerinput", None)
    if told is None:
        config.stash[RUN] = begin_run()
    config.stash[RUN_FOLDER] = Path(told["run_folder"]) if told else config.stash[RUN].folder


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    node.workerinput["run_folder"] = str(node.config.stash[RUN_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    if RUN in config.stash:
        config.stash[RUN].leave_nothing()


@pytest.fixture(autouse=True, scope="session")
def _no_way_to_the_internet() -> Iterator[None]:
    """Let sockets reach this machine alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", network.guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", network.guarded(socket.socket.connect_ex))
        patch.setattr(socket.socket, "sendto", network.guarded(socket.socket.sendto))
        patch.setattr(socket, "getaddrinfo", network.guarded_lookup(socket.getaddrinfo))
        yield


@pytest.fixture(scope="session")
def databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    """The run's server with its migrated template; `OUTREACH_TEST_DATABASE_URL` names another."""
    given = os.environ.get("OUTREACH_TEST_DATABASE_URL")
    with serve(pytestconfig.stash[RUN_FOLDER], given) as found:
        yield found


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A migrated, empty database that is this test's own."""
    with databases.clone(f"test_{secrets.token_hex(8)}") as url:
        yield url


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    """A database without a single table; for tests of migrations."""
    with databases.empty(f"empty_{secrets.token_hex(8)}") as url:
        yield url


@pytest.fixture(scope="module")
def read_database_url(databases: Databases) -> Iterator[str]:
    """A migrated database that the tests of one module share; a module fixture may fill it."""
    with databases.clone(f"read_{secrets.token_hex(8)}") as url:
        yield url


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    opened = await open_engine(database_url)
    yield opened
    await opened.dispose()


@pytest.fixture
async def read_engine(read_database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on the module's shared database."""
    opened = await open_engine(read_database_url)
    yield opened
    await opened.dispose()


@pytest.fixture
async def tx(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One open transaction on this test's database, committed at the end of the test."""
    async with transaction(engine) as opened:
        yield opened
