"""How does the simulator run: as a process of its own, or beside a test?"""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import uvicorn

from simulator.app import create_app
from simulator.carrier import Carrier
from simulator.delivery import Courier
from simulator.world import World

HOST = "127.0.0.1"
_STOP_WITHIN_S = 2


class PortTaken(OSError):
    """Something else listens on this port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} on {HOST} is taken; choose another with --port")
        self.port = port


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSimulator:
    """A simulator that answers, and what one needs to talk to it."""

    base_url: str
    account_sid: str
    auth_token: str
    carrier: Carrier

    @property
    def world(self) -> World:
        return self.carrier.world


def run(
    *,
    port: int = 4010,
    seed: int = 7,
    speed: float = 1.0,
    now: datetime | None = None,
    media_dir: Path,
    on_ready: Callable[[RunningSimulator], None] = lambda running: None,
) -> None:
    """Serve until SIGINT or SIGTERM; port 0 takes a free one. Raises PortTaken."""

    async def until_told_to_stop() -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        async with running_simulator(
            media_dir=media_dir, port=port, seed=seed, speed=speed, now=now
        ) as running:
            on_ready(running)
            await stopped.wait()

    asyncio.run(until_told_to_stop())


@asynccontextmanager
async def running_simulator(
    *,
    media_dir: Path,
    port: int = 0,
    seed: int = 7,
    speed: float = 1.0,
    now: datetime | None = None,
) -> AsyncIterator[RunningSimulator]:
    """The simulator in this event loop, on a free port unless one is given. Raises PortTaken."""
    listener = _listen(port)
    world = World.new(seed=seed, speed=speed, now=now, media_dir=media_dir)
    async with _carrier_on(world, listener) as carrier:
        # The socket listens from here on: who connects before the server runs waits in its backlog.
        listener.listen()
        server = _Server(_config(carrier))
        # Not `serve`, which would take the process's signal handlers.
        serving = asyncio.create_task(server._serve(sockets=[listener]))
        try:
            yield RunningSimulator(
                base_url=world.base_url,
                account_sid=world.account_sid,
                auth_token=world.auth_token,
                carrier=carrier,
            )
        finally:
            await world.close()
            server.force_exit = True
            server.stopped.set()
            await serving


class _Server(uvicorn.Server):
    """Ends the moment it is told to, instead of looking ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stopped = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.stopped.wait()


@asynccontextmanager
async def _carrier_on(world: World, listener: socket.socket) -> AsyncIterator[Carrier]:
    world.base_url = f"http://{HOST}:{listener.getsockname()[1]}"
    limits = httpx.Limits(max_connections=500, max_keepalive_connections=50)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as http:
        try:
            yield Carrier(world=world, courier=Courier(world, http))
        finally:
            await world.close()


def _config(carrier: Carrier) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(carrier),
        # An answer that the fault plan breaks off would be reported as an error of ours.
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        # Door tells the date itself: the carrier's clock is not this machine's.
        date_header=False,
        timeout_graceful_shutdown=_STOP_WITHIN_S,
    )


def _listen(port: int) -> socket.socket:
    # asyncio turns off Nagle's delay (40 ms an answer) only on sockets that say they are TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise PortTaken(port) from error
    return listener
