"""What we are told: the parsed content of a webhook, whoever sent it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from outreach.accounts.touchpoint_delivery import TouchpointDelivery
from outreach.call_delivery import CallDelivery
from outreach.outcome import AnsweredBy


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReported:
    """A call has reached a status."""

    attempt_id: UUID
    provider_ref: str | None
    """None where the provider told a status and no id of its own."""
    status: str
    """The provider's word, as `outreach.call_status` ranks it."""
    answered_by: AnsweredBy | None = None
    duration_s: int | None = None
    sip_code: int | None = None
    sequence: int | None = None
    error_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineReported:
    """The provider has heard who answered (AMD); it may come after the call has ended."""

    attempt_id: UUID
    provider_ref: str
    answered_by: AnsweredBy
    word: str
    """The provider's own word (`machine_end_beep`), kept as evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingReported:
    """A recording made by the provider has reached a status."""

    attempt_id: UUID
    provider_ref: str
    """The call's."""
    recording_ref: str
    status: str
    """in-progress | completed | absent"""
    uri: str | None
    channels: int | None = None
    duration_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReported:
    """A message of ours has reached a status."""

    message_id: UUID
    provider_ref: str
    status: str
    error_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived:
    """A person wrote to us or pressed a button."""

    provider_ref: str
    from_: str
    """E.164"""
    to: str
    """E.164 of our sender."""
    body: str
    button: str | None = None
    profile_name: str | None = None
    media: tuple[str, ...] = ()
    kind: str = "text"
    """text | button | media | other"""
    received_at: datetime | None = None
    answered_ref: str | None = None
    """The provider's id of the message of ours that this answers, where it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallReceived:
    """A person calls us."""

    provider_ref: str
    from_: str
    to: str
    call_id: UUID
    """Made by the webhook from the provider's id, the same each time the same call is reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDelivered:
    """Another platform tells what it knows of a call that it runs."""

    source: str
    """The configured name of the platform."""
    call: CallDelivery


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchpointsDelivered:
    """Another source tells what people did."""

    source: str
    """The configured name of the source."""
    delivery: TouchpointDelivery


Report = (
    CallReported
    | MachineReported
    | RecordingReported
    | MessageReported
    | MessageReceived
    | CallReceived
    | CallDelivered
    | TouchpointsDelivered
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook as it enters the inbox."""

    source: str
    """twilio.voice | twilio.whatsapp | meta | hosted:NAME of a configured platform |
    touchpoints:NAME of a configured source"""
    key: str
    """Equal for repeats of the same delivery: the provider's token, else the facts in it."""
    report: Report
    payload: Mapping[str, object] = field(default_factory=dict)
    """As it came, without secrets; kept so that it can be applied again."""
