"""What the carrier knows about one message, and about the two who write to each other."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

WINDOW = timedelta(hours=24)

Status = Literal[
    "queued", "sent", "delivered", "read", "failed", "undelivered", "received", "receiving"
]


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """Mutable; addresses keep their prefix (`whatsapp:+…`)."""

    sid: str
    to: str
    from_: str
    body: str
    direction: Literal["outbound-api", "inbound"]
    created_at: datetime
    updated_at: datetime
    status: Status
    status_callback: str = ""
    content_sid: str = ""
    media: tuple[str, ...] = ()
    button: str = ""
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    error_code: int | None = None
    in_window: bool = True
    """Whether it was written within 24 hours of the person's last message."""

    @property
    def is_whatsapp(self) -> bool:
        return self.to.startswith("whatsapp:")

    @property
    def person(self) -> str:
        """The human side, in E.164."""
        return bare(self.from_ if self.direction == "inbound" else self.to)


@dataclass(slots=True, kw_only=True, eq=False)
class Thread:
    """One sender of ours and one person."""

    last_inbound_at: datetime | None = None
    opted_out: bool = False
    replies_used: int = 0
    history: list[str] = field(default_factory=list)
    """Sids in order."""

    def is_open(self, now: datetime) -> bool:
        return self.last_inbound_at is not None and now < self.last_inbound_at + WINDOW


@dataclass(slots=True, kw_only=True, eq=False)
class Template:
    """One entry of the Content API."""

    sid: str
    friendly_name: str
    language: str
    variables: dict[str, str]
    types: dict[str, dict[str, object]]
    created_at: datetime
    updated_at: datetime
    approval: Literal[
        "unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled"
    ] = "unsubmitted"
    approval_name: str = ""
    category: str = ""

    @property
    def text(self) -> str:
        """The words of the first type that has some."""
        return next((str(kind["body"]) for kind in self.types.values() if "body" in kind), "")


def bare(address: str) -> str:
    """The E.164 number of an address, without its channel."""
    return address.rpartition(":")[2]
