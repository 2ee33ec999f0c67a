"""The model stand-in behind a real port, for whoever wants to ask it something."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from simulator.model_api import StandIn, model_routes, model_settings


@asynccontextmanager
async def served_model() -> AsyncIterator[str]:
    """Serve it on a free port of this machine; yields its address without a path."""
    stand_in = StandIn()
    app = FastAPI()
    app.include_router(model_routes(stand_in), prefix="/v1")
    app.include_router(model_settings(stand_in), prefix="/_sim")
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        await stand_in.close()
