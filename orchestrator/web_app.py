"""The web application of one process: health for all, webhooks where that is its role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.websockets import WebSocket

from agents.voice.call import StreamStart
from orchestrator.application import Application
from orchestrator.config import Config
from orchestrator.documents import dump_yaml, load_edition
from orchestrator.engine import media, taking_calls
from orchestrator.engine.context import Context
from orchestrator.engine.intake import Full, Intake
from orchestrator.engine.media import OpenedCall
from orchestrator.engine.transfers import Transfers
from orchestrator.hosted_providers import sources, touchpoint_sources
from outreach.reports import CallReceived, Delivery
from storage import clock, rejections
from storage.database import transaction
from storage.metrics import Snapshot
from storage.metrics import read as read_metrics
from web import health, metrics
from web.api import application as api
from web.console import Console, install, open_console
from web.pages import every
from webhooks.edge import AnswerPlan, Busy, Edge, Rejection
from webhooks.hosted_calls import hosted_routes
from webhooks.routes import routes
from webhooks.touchpoints import touchpoint_routes

DATABASE_AWAY = timedelta(seconds=5)
"""When the provider should try again what could not be stored."""
AWAY: Final = (OperationalError, InterfaceError, PoolTimeout, OSError)
"""What is raised while the database does not answer."""

log = structlog.get_logger(__name__)


def build(config: Config, application: Application) -> FastAPI:
    ctx, console = application.ctx, None
    if "web" in application.roles:
        secure = (config.public_url or "").startswith("https://")
        console = open_console(ctx, as_yaml=dump_yaml, read=load_edition, secure=secure)
    app = FastAPI(
        title="Outreach",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=partial(_closing, console),
    )
    app.include_router(health.routes(application.problems))
    secret = config.telemetry.metrics_token
    token = secret.get_secret_value() if secret is not None else None
    app.include_router(metrics.routes(partial(_snapshot, ctx), ctx.counts, token))
    intake = Intake(ctx)
    if console is not None:
        app.mount(api.PATH, api.build(ctx))
        install(app, console, every.routes(console))
    takes_reports = "webhooks" in application.roles or "voice" in application.roles
    if takes_reports and config.twilio is not None and config.public_url is not None:
        token = config.twilio.auth_token.get_secret_value()
        app.include_router(routes(_edge(application, intake, config.public_url, token)))
    if "webhooks" in application.roles and config.hosted:
        # No word of Twilio's is believed through this door: it is not opened with a token.
        edge = _edge(application, intake, config.public_url or "", "")
        app.include_router(hosted_routes(edge, sources(config.hosted)))
    if "webhooks" in application.roles and config.touchpoints:
        edge = _edge(application, intake, config.public_url or "", "")
        app.include_router(touchpoint_routes(edge, touchpoint_sources(config.touchpoints)))
    return app


@asynccontextmanager
async def _closing(console: Console | None, _: FastAPI) -> AsyncIterator[None]:
    yield
    if console is not None:
        await console.feed.close()


async def _snapshot(ctx: Context) -> Snapshot | None:
    try:
        async with transaction(ctx.database) as tx:
            return await read_metrics(tx, ctx.limits.process_silence)
    except AWAY:
        log.warning("the numbers for monitoring could not be read", exc_info=True)
        return None


def _edge(
    application: Application, intake: Intake, public_url: str, auth_token: str
) -> Edge[OpenedCall]:
    ctx = application.ctx

    async def take_in(delivery: Delivery) -> None:
        try:
            await intake.receive(delivery)
        except Full as full:
            raise Busy from full
        except AWAY as error:
            # Nothing was stored: the provider may come again.
            raise Busy(DATABASE_AWAY) from error

    async def answer_call(attempt_id: UUID, call_ref: str) -> AnswerPlan:
        try:
            return await media.answer_call(ctx, attempt_id, call_ref)
        except AWAY as error:
            raise Busy(DATABASE_AWAY) from error

    async def answer_inbound_call(call: CallReceived) -> AnswerPlan:
        try:
            return await taking_calls.answer_inbound_call(ctx, call)
        except AWAY as error:
            raise Busy(DATABASE_AWAY) from error

    async def open_media(token: str, call_ref: str) -> OpenedCall | None:
        return await media.open_media(ctx, token, call_ref)

    async def converse(socket: WebSocket, opened: OpenedCall, start: StreamStart) -> None:
        await application.converse(socket, opened, start)

    return Edge(
        public_url=public_url,
        auth_token=auth_token,
        ingest=take_in,
        answer_call=answer_call,
        answer_inbound_call=answer_inbound_call,
        open_media=open_media,
        converse=converse,
        reject=partial(_note, ctx),
        transfers=Transfers(ctx=ctx),
        is_full=intake.is_full,
    )


async def _note(ctx: Context, rejection: Rejection) -> None:
    """Write down what was turned away; where that fails, it is turned away all the same."""
    try:
        async with transaction(ctx.database) as tx:
            await rejections.note(
                tx,
                rejections.Rejection(
                    at=await clock.now(tx),
                    path=rejection.path,
                    expected_url=rejection.expected_url,
                    reason=rejection.reason,
                ),
            )
    except AWAY:
        log.warning("a rejection could not be noted", reason=rejection.reason)
