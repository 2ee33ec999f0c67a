"""`outreach serve`: the product at work, until it is told to stop."""

import asyncio
import signal
import socket
from collections.abc import Sequence
from typing import Annotated

import structlog
import typer

from orchestrator.application import ROLES, running
from orchestrator.commands.options import ConfigOption, read_config, run
from orchestrator.config import Config
from orchestrator.engine.actions.accounts import make_link
from orchestrator.engine.context import Context
from orchestrator.http_server import listen, serving
from orchestrator.providers import speech_settings
from orchestrator.store import open_store
from orchestrator.web_app import build
from outreach.errors import Rejected
from storage import accounts
from storage.database import transaction

log = structlog.get_logger(__name__)


def serve(
    config: ConfigOption = None,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    roles: Annotated[
        str, typer.Option(help="What this process does, separated by commas.")
    ] = ",".join(ROLES),
) -> None:
    """Contact people, answer webhooks and hold conversations until SIGTERM or Ctrl-C."""
    settings = read_config(config)
    chosen = _roles(roles)
    listener = listen(host, port)
    run(serve_until_told(settings, listener, chosen))


async def serve_until_told(config: Config, listener: socket.socket, roles: Sequence[str]) -> None:
    """Serve on `listener` until a signal; then drain while callbacks still come in."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    async with (
        open_store(config) as store,
        running(config, store, roles) as application,
        serving(build(config, application), listener),
    ):
        host, port = listener.getsockname()[:2]
        log.info("serving", host=host, port=port, roles=list(roles))
        _say_what_is_missing(config)
        if "web" in roles:
            await _welcome(application.ctx, config.public_url or f"http://{host}:{port}")
        await told.wait()
        log.info("stopping")
        # Ctrl-C again ends at once; nothing is lost by it, as by no crash.
        loop.remove_signal_handler(signal.SIGINT)
        await application.stop()


async def _welcome(ctx: Context, address: str) -> None:
    """Where nobody can sign in yet: a link by which somebody becomes the owner."""
    async with transaction(ctx.database) as tx:
        if await accounts.exist(tx):
            return
        token = await make_link(tx, None)
    log.warning("nobody can sign in yet", open_this=f"{address}/welcome?token={token}")


def _say_what_is_missing(config: Config) -> None:
    if config.twilio is None and not any(one.calls for one in config.hosted.values()):
        log.warning(
            "no provider is configured: nobody can be contacted", fix="section twilio or hosted"
        )
    elif config.llm is None:
        log.warning("no language model is configured: campaigns are refused", fix="section llm")
    elif config.twilio is not None and speech_settings(config) is None:
        log.warning("no speech is configured: voice campaigns are refused", fix="section speech")


def _roles(text: str) -> tuple[str, ...]:
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    unknown = sorted(set(chosen) - set(ROLES))
    if unknown or not chosen:
        raise Rejected(
            "role_unknown",
            f"There is no role {', '.join(unknown) or '(none given)'}.",
            f"Roles: {', '.join(ROLES)}.",
            "--roles",
        )
    return chosen
