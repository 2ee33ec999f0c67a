"""A server that keeps its promises, a carrier and a launcher per worker; a stage per test."""

import itertools
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url

from storage import embedded
from tests.crash.balancer import balancer
from tests.crash.carrier import CarrierProcess, carrier_at
from tests.crash.processes import Launcher
from tests.crash.stage import Stage, staged
from tests.databases import Databases, ensure_template, fresh_run

HERE = Path(__file__).parent
AREAS = itertools.count()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes its time from real processes is not played beside tests that use every core."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.alone)


@dataclass(slots=True, kw_only=True)
class DurableServer:
    """PostgreSQL with its promises kept: what it has committed, a crash does not lose."""

    databases: Databases
    folder: Path
    server: embedded.Server

    def halt(self) -> None:
        """At once, whoever is connected."""
        self.server.users_lock.close()
        embedded.halt(self.folder, state_folder=self.folder)

    def start(self) -> None:
        self.server = embedded.start(self.folder, state_folder=self.folder)


@pytest.fixture(scope="session")
def durable_server() -> Iterator[DurableServer]:
    run = fresh_run()
    server = embedded.start(run.folder, state_folder=run.folder)
    url = make_url(server.url)
    databases = Databases(server=url, template=ensure_template(url))
    made = DurableServer(databases=databases, folder=run.folder, server=server)
    yield made
    made.halt()
    run.leave_nothing()


@pytest.fixture(scope="session")
def carrier_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CarrierProcess]:
    process = CarrierProcess.begin(tmp_path_factory.mktemp("carrier"))
    yield process
    process.end()


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    begun = Launcher.begin(tmp_path_factory.mktemp("launcher") / "launcher.log")
    yield begun
    begun.end()


@pytest.fixture
async def stage(
    durable_server: DurableServer,
    carrier_process: CarrierProcess,
    launcher: Launcher,
    tmp_path: Path,
) -> AsyncIterator[Stage]:
    name = f"crash_{secrets.token_hex(6)}"
    people: set[str] = set()
    with durable_server.databases.clone(name) as url:
        async with (
            httpx.AsyncClient(base_url=carrier_process.url, timeout=30, trust_env=False) as http,
            balancer() as front,
            staged(
                url=url,
                carrier=await carrier_at(carrier_process.url, people, http),
                launcher=launcher,
                balancer=front,
                folder=tmp_path,
                area=next(AREAS),
            ) as made,
        ):
            yield made
