"""Traces of attempts by OpenTelemetry. Loaded by name and only where an address is configured."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import Status, StatusCode, Tracer

from orchestrator.engine.tracing import Said
from orchestrator.version import VERSION

SERVICE: Final = "outreach"
EXPORT_WITHIN_S: Final = 5
EVERY_MS: Final = 1000
CLOSE_WITHIN_S: Final = 3


class AttemptIds(IdGenerator):
    """The trace of an attempt has the attempt's id, in whatever process a step was taken.

    Steps have no parent: the one that all would share could end in a process that was killed.
    """

    def __init__(self) -> None:
        self._spans = RandomIdGenerator()
        self.attempt_id = UUID(int=1)
        """Of the step that is begun next; both are done without waiting for anything."""

    def generate_span_id(self) -> int:
        return self._spans.generate_span_id()

    def generate_trace_id(self) -> int:
        return self.attempt_id.int


@dataclass(frozen=True, slots=True, kw_only=True)
class OtlpTraces:
    """Hands steps to a thread that sends them; what cannot be sent in time is dropped."""

    provider: TracerProvider
    tracer: Tracer
    ids: AttemptIds
    exporter: OTLPSpanExporter

    def step(
        self, attempt_id: UUID, name: str, began_ns: int, said: Mapping[str, Said] | None = None
    ) -> None:
        self.ids.attempt_id = attempt_id
        span = self.tracer.start_span(name, start_time=began_ns)
        span.set_attribute("outreach.attempt_id", str(attempt_id))
        for key, value in (said or {}).items():
            span.set_attribute(f"outreach.{key}", value)
        if said and "error" in said:
            span.set_status(Status(StatusCode.ERROR))
        span.end()

    async def close(self) -> None:
        """Send what is left within a few seconds, or drop it: nobody waits for a collector."""
        ending = asyncio.create_task(asyncio.to_thread(self.provider.shutdown))
        await asyncio.wait({ending}, timeout=CLOSE_WITHIN_S)
        if not ending.done():
            # From here on it takes nothing, and what it is trying just now is its last try.
            self.exporter.shutdown()  # type: ignore[no-untyped-call]  # it has no annotations
        await ending


def open_traces(endpoint: str, process_id: UUID) -> OtlpTraces:
    """Send to this address, which is the collector's whole URL for traces."""
    ids = AttemptIds()
    resource = Resource.create(
        {
            "service.name": SERVICE,
            "service.version": VERSION,
            "service.instance.id": str(process_id),
        }
    )
    provider = TracerProvider(resource=resource, id_generator=ids, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=EXPORT_WITHIN_S)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=EVERY_MS))
    return OtlpTraces(
        provider=provider, tracer=provider.get_tracer(SERVICE), ids=ids, exporter=exporter
    )
