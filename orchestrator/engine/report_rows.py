"""A report as JSON and back, so that what could not be applied can be tried again."""

from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter

from outreach.reports import (
    CallDelivered,
    CallReceived,
    CallReported,
    MachineReported,
    MessageReceived,
    MessageReported,
    RecordingReported,
    Report,
    TouchpointsDelivered,
)

KINDS: Final[Mapping[str, type[Report]]] = {
    "call": CallReported,
    "machine": MachineReported,
    "recording": RecordingReported,
    "message": MessageReported,
    "message_received": MessageReceived,
    "call_received": CallReceived,
    "call_delivered": CallDelivered,
    "touchpoints": TouchpointsDelivered,
}
WORDS: Final = {made_of: word for word, made_of in KINDS.items()}
# Built once: building one costs more than a delivery's statements.
ADAPTERS: Final = {kind: TypeAdapter[Report](kind) for kind in KINDS.values()}


def kind_of(report: Report) -> str:
    """The word under which reports like this stand in the inbox."""
    return WORDS[type(report)]


def dump(report: Report) -> object:
    """The report as JSON values."""
    return ADAPTERS[type(report)].dump_python(report, mode="json")


def load(kind: str, values: object) -> Report:
    """The report that `dump` wrote."""
    return ADAPTERS[KINDS[kind]].validate_python(values, strict=False)
