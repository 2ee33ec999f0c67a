"""How the parts are put together: the place that knows every concrete class."""

import hashlib
import importlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol
from uuid import UUID

from agents.prompting import prompt_text
from channels import twilio_errors
from connectors.webhook_posts import Posts
from orchestrator.config import Config
from orchestrator.engine.context import Context
from orchestrator.engine.lifting import lift_everywhere
from orchestrator.engine.limits import Limits
from orchestrator.engine.side_work import ProcrastinateWork
from orchestrator.engine.tracing import NoTraces, Tracer
from orchestrator.erasure_key import marks_of, refuse_strange_marks
from orchestrator.hosted_providers import senders_of
from orchestrator.law.reading import read_rulebook
from orchestrator.providers import (
    numbers,
    open_channels,
    open_downloads,
    open_model,
    open_pre_dial,
    open_recordings,
)
from orchestrator.store import Store
from outreach.budget import Estimate
from outreach.errors import Rejected
from outreach.ids import RANDOM_BYTES, new_id
from outreach.lifting import Lifter
from storage import clock, senders
from storage.contention import patiently
from storage.database import transaction

TELEMETRY = "orchestrator.telemetry"
PROMPTS = ("phone.md", "whatsapp.md", "reader.md")


@asynccontextmanager
async def open_context(
    config: Config, store: Store, side_work: ProcrastinateWork | None = None
) -> AsyncIterator[Context]:
    """What the engine works with in this process, closed with the block."""

    async def business_time() -> datetime:
        async with transaction(store.engine) as tx:
            return await clock.now(tx)

    channels = open_channels(config, business_time)
    pre_dial = open_pre_dial(config, host_seconds)
    carrier_recordings = open_recordings(config)
    model = open_model(config.llm)
    recordings = config.recordings.folder
    _make(recordings)
    process_id = new_id(await business_time(), secrets.token_bytes(RANDOM_BYTES))
    traces = open_traces(config.telemetry.otlp_endpoint, process_id)
    ctx = Context(
        database=store.engine,
        channels=channels,
        model=model,
        random_bytes=secrets.token_bytes,
        process_id=process_id,
        limits=_limits(config),
        availability=config.calendar.availability if config.calendar else None,
        prices=config.prices.table if config.prices else None,
        rulebook=read_rulebook(config.compliance.hours, config.compliance.jurisdictions),
        marks=marks_of(config),
        side_work=side_work or side_work_of(store),
        strangers=config.inbound.campaign,
        recordings=recordings,
        pre_dial=pre_dial,
        delete_recording=carrier_recordings.delete if carrier_recordings else None,
        download=open_downloads(config).fetch,
        posts=Posts(private_hosts=frozenset(config.webhooks.private_hosts)),
        judge=twilio_errors,
        canned=config.inbox.canned,
        versions={"prompt": _fingerprint()},
        tracer=traces or NoTraces(),
    )
    try:
        async with transaction(store.engine) as tx:
            await refuse_strange_marks(tx, ctx.marks)
        # Who claims just now holds the numbers.
        await patiently(partial(_register_numbers, ctx, config))
        yield ctx
    finally:
        for channel in channels.values():
            await channel.close()
        if carrier_recordings is not None:
            await carrier_recordings.close()
        if pre_dial is not None:
            await pre_dial.asker.close()
        if model is not None:
            await model.close()
        if traces is not None:
            await traces.close()


def host_seconds() -> int:
    """Machine time since 1970, for signatures."""
    return int(time.time())


class Traces(Tracer, Protocol):
    async def close(self) -> None:
        """Send what is left."""
        ...


def open_traces(endpoint: str | None, process_id: UUID) -> Traces | None:
    """Where traces of attempts go; None where none are wanted. Raises Rejected."""
    if endpoint is None:
        return None
    try:
        # OpenTelemetry is an extra: who wants no traces need not have it.
        telemetry = importlib.import_module(TELEMETRY)
    except ModuleNotFoundError as error:
        raise Rejected(
            "telemetry_not_installed",
            f"Traces need a package that is not installed: {error.name}.",
            "Install outreach-conversations[telemetry], or remove telemetry.otlp_endpoint.",
            "telemetry.otlp_endpoint",
        ) from None
    opened: Traces = telemetry.open_traces(endpoint, process_id)
    return opened


def side_work_of(store: Store) -> ProcrastinateWork:
    """The queue of slow work, on a direct connection."""
    return ProcrastinateWork(conninfo=store.direct_url.replace("+psycopg", "", 1))


async def _register_numbers(ctx: Context, config: Config) -> None:
    """Let the database know the configured numbers and their pace."""
    async with transaction(ctx.database) as tx:
        now = await clock.now(tx)
        known = await senders.count(tx)

        def fresh() -> UUID:
            return ctx.new_id(now)

        if config.twilio is not None:
            for sender in numbers(config.twilio, ctx.channels, fresh):
                await senders.register(tx, sender)
        for sender in senders_of(config.hosted, fresh):
            await senders.register(tx, sender)
        if await senders.count(tx) > known:
            await lift_everywhere(ctx, tx, Lifter.SENDER_BACK)


def _limits(config: Config) -> Limits:
    given, default = config.limits, Limits()
    return Limits(
        voice_slots=given.voice_slots,
        claim_batch=given.claim_batch,
        calls_at_once=given.calls_at_once,
        calls_per_number=given.calls_per_number,
        contacts_per_number_a_day=given.contacts_per_number_a_day,
        day_zone=given.zone,
        recordings_kept=config.compliance.recordings_kept,
        transcripts_kept=config.compliance.transcripts_kept,
        abandoned_percent=config.compliance.abandoned_percent,
        overdue_after=given.overdue_after,
        estimate=Estimate(
            call_micros=given.call_estimate_micros,
            message_micros=given.message_estimate_micros,
        ),
        tick_every=given.tick,
        settle=given.settle,
        returns_after=config.inbox.returns_after,
        drain=given.drain,
        http_timeout=given.provider_timeout,
        http_deadline=min(default.http_deadline, given.provider_timeout / 2),
        attempt_lease=given.lease,
        message_lease=given.lease,
        reply_lease=given.lease,
        started_lease=given.call_silence,
        absent_span=given.absent_for,
        inquiry_wait=given.absent_for / (2 * default.absent_answers),
        events_kept=given.events_kept,
        inbox_kept=given.inbox_kept,
        attempts_kept=given.attempts_kept,
        recover_every=min(default.recover_every, given.lease / 4),
    )


def _fingerprint() -> str:
    """Which built-in prompts an attempt was made with."""
    texts = "\0".join(map(prompt_text, PROMPTS))
    return hashlib.sha256(texts.encode()).hexdigest()[:12]


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
