"""What has the carrier seen with its own eyes? The raw facts that the oracle counts."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "stop all"})
_START_WORDS = frozenset({"start", "unstop", "yes please start"})
_OPT_OUT = re.compile(
    r"\b(never|don't|do not|stop) (contact|call|writ|messag|text)\w*( to)? (me|us)\b"
    r"|\b(remove|delete) (me|us)\b|\btake (me|us) off\b|\bunsubscribe\b",
    re.IGNORECASE,
)


@dataclass(slots=True, kw_only=True, eq=False)
class Contact:
    """One time we reached for a person: a ring or a message on its way to them."""

    kind: Literal["call", "template", "free_text"]
    sid: str
    number: str
    attempt_id: str
    began_at: datetime
    ended_at: datetime | None = None
    in_window: bool = True
    reached: bool = True
    """False once the carrier found that nothing ever got to the person."""
    hours: tuple[int, int] | None = None

    @property
    def is_business_initiated(self) -> bool:
        return self.kind != "free_text" or not self.in_window


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """A person said no (or, with `lifted`, yes again)."""

    number: str
    at: datetime
    how: Literal["message", "button", "voice", "start"]

    @property
    def lifted(self) -> bool:
        return self.how == "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unacknowledged:
    """A webhook that got no 2xx, its last retry included."""

    kind: str
    url: str
    at: datetime


@dataclass(slots=True)
class Witness:
    """Append only, but for the end of a contact."""

    contacts: list[Contact] = field(default_factory=list)
    opt_outs: list[OptOut] = field(default_factory=list)
    unacknowledged: list[Unacknowledged] = field(default_factory=list)


def attempt_id_of(*urls: str) -> str:
    """The UUID in the path of the first address that has one; empty when none has."""
    for url in urls:
        if found := _UUID.search(url.partition("?")[0]):
            return found.group().lower()
    return ""


def reads_as_stop(body: str, button: str = "") -> bool:
    """Whether the carrier's keyword list, or plain words, mean: leave me alone."""
    said = {text.strip().strip(".!").lower() for text in (body, button)}
    return bool(said & _STOP_WORDS) or says_opt_out(body) or says_opt_out(button)


def is_stop_keyword(body: str) -> bool:
    """Whether the carrier itself blocks the sender from now on."""
    return body.strip().strip(".!").lower() in _STOP_WORDS


def is_start_keyword(body: str) -> bool:
    return body.strip().strip(".!").lower() in _START_WORDS


def says_opt_out(text: str) -> bool:
    return bool(_OPT_OUT.search(text))
