"""Runs the web application in this event loop until it is told to stop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from outreach.errors import Rejected

CLOSE_WITHIN_S = 5
"""Requests that are still running when we stop get this long."""

BACKLOG = 2048


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: who started us decides when we stop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answers.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """Take an address; port 0 takes a free one. Raises Rejected when it is taken.

    Who connects from now on waits until we serve: the first report may be faster than our start.
    """
    if not 0 <= port <= 65535:
        raise Rejected("port_wrong", f"{port} is no port.", "Choose one up to 65535 with --port.")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise Rejected(
            "port_unavailable",
            f"Nothing can listen on {host}:{port}: {error.strerror}.",
            "Choose another with --port, or stop what uses it.",
        ) from None
    return listener


@asynccontextmanager
async def serving(app: FastAPI, listener: socket.socket) -> AsyncIterator[None]:
    """Serve `app` while the block runs; it answers from the first line of the block on."""
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=CLOSE_WITHIN_S,
            ws_ping_interval=None,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    ready = asyncio.create_task(server.answers.wait())
    await asyncio.wait({ready, running}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        ready.cancel()
        await running
    try:
        # Streams that never end by themselves end here, before open connections are waited for.
        async with app.router.lifespan_context(app):
            yield
    finally:
        server.should_exit = True
        await running
