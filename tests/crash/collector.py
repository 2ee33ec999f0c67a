"""A stand-in for an OpenTelemetry collector: takes OTLP over HTTP on localhost and keeps it."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One span as it came over the wire."""

    trace_id: str
    """32 hexadecimal digits."""
    name: str
    process: str
    parent: bytes
    attributes: dict[str, str]
    failed: bool


@dataclass(slots=True)
class Collector:
    url: str = ""
    steps: list[Step] = field(default_factory=list)
    raw: bytes = b""
    """Everything that was ever sent."""

    def take(self, body: bytes) -> None:
        self.raw += body
        request = ExportTraceServiceRequest.FromString(body)
        for sent in request.resource_spans:
            about = {one.key: one.value.string_value for one in sent.resource.attributes}
            for scope in sent.scope_spans:
                for span in scope.spans:
                    self.steps.append(
                        Step(
                            trace_id=span.trace_id.hex(),
                            name=span.name,
                            process=about["service.instance.id"],
                            parent=span.parent_span_id,
                            attributes={
                                one.key: one.value.string_value or str(one.value.int_value)
                                for one in span.attributes
                            },
                            failed=span.status.code == 2,
                        )
                    )


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.take(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.url = f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
