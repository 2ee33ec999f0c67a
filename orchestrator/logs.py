"""How the program logs: static events with ids as fields; personal data only under `personal_`."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Literal

import structlog

PERSONAL = "personal_"
"""Fields that begin with this hold names, numbers or speech: a log shipper can drop them."""


def set_up_logs(level: str, form: Literal["json", "console"]) -> None:
    """Send our logs and those of libraries to stderr in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _mark_personal,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # They log each request or job with its address; what matters we log ourselves.
    for noisy in (
        "httpx2",
        "httpx",
        "apscheduler",
        "procrastinate",
        "twilio",
        "websockets",
        "alembic",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # A duty that takes longer than its interval simply goes on; there is nothing to warn of.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


def _mark_personal(
    _: object, __: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """Say in the record itself that it holds personal data, so that a filter needs no list."""
    if any(name.startswith(PERSONAL) for name in event):
        event["personal"] = True
    return event
