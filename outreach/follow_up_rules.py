"""What a campaign says should follow when an attempt has ended: the rules as a document."""

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from outreach.channel import ChannelName
from outreach.document import Key, Line, Part, Slug
from outreach.lead import Status
from outreach.outcome import Outcome
from outreach.spans import IsoSpan


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Spread(StrEnum):
    ANY = "any"
    DIFFERENT_DAYPART = "different_daypart"


class LeaveMessage(StrEnum):
    NEVER = "never"
    ONCE_PER_CAMPAIGN = "once_per_campaign"
    ALWAYS = "always"


class SuppressScope(StrEnum):
    ALL_CHANNELS = "all_channels"
    THIS_CHANNEL = "this_channel"


class ElseChannel(StrEnum):
    VOICE = "voice"
    WHATSAPP = "whatsapp"
    WHATSAPP_TEMPLATE = "whatsapp_template"
    """The same as whatsapp: what opens a conversation there is always a template."""

    @property
    def channel(self) -> ChannelName:
        return ChannelName.VOICE if self is ElseChannel.VOICE else ChannelName.WHATSAPP


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Wanted = str | int | float | bool


class When(Part):
    """All that is named must hold; at least one thing is named."""

    outcome: Annotated[tuple[Outcome, ...], BeforeValidator(_as_tuple)] = ()
    """Any of these; `voicemail` also means voicemail_left."""
    extraction: dict[Key, Wanted] = Field(default_factory=dict)
    """Values that must have been read from the conversation, exactly."""
    min_score: Annotated[int, Field(ge=0, le=100)] | None = None
    """The quality, 0 to 100, that the lead must have when the attempt ends."""
    no_reply_for: IsoSpan | None = None
    """Nobody has answered our message for so long."""
    channel: ChannelName | None = None
    """Only after an attempt on this channel."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.outcome or self.extraction or self.min_score is not None or self.no_reply_for):
            raise ValueError("say when: outcome, extraction, min_score or no_reply_for")
        if self.no_reply_for and (self.outcome or self.extraction or self.min_score is not None):
            raise ValueError(
                "no_reply_for stands alone, or with channel: there is no ended attempt"
            )
        return self


class RetryRule(Part):
    after: Annotated[
        tuple[IsoSpan, ...], BeforeValidator(_as_tuple), Field(min_length=1, max_length=20)
    ]
    """How long to wait before the first, second … retry; the last one repeats."""
    spread: Spread = Spread.ANY
    """Whether the next try should be at another time of day."""
    max: Annotated[int, Field(ge=1, le=20)] = 1
    """How many retries this rule may plan for one lead."""


class Exhausted(Part):
    """What becomes of the lead when the retries of a rule are used up."""

    status: Status
    """What the lead becomes."""
    notify: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    """`owner`, or the name of a channel the deployment knows."""
    task: Line | None = None
    """What a person should then do."""


def _callback_field(value: object) -> object:
    """`{{extracted.callback_at}}` names the field; so does `callback_at` alone."""
    if not isinstance(value, str):
        return value
    inside = value.strip()
    if inside.startswith("{{") and inside.endswith("}}"):
        inside = inside[2:-2].strip()
    return inside.removeprefix("extracted.")


class Then(Part):
    retry: RetryRule | None = None
    """Try the same channel again."""
    exhausted: Exhausted | None = None
    """What follows when the retries are used up."""
    else_channel: ElseChannel | None = None
    """Where to go on when the retries are used up (at once, where there is no retry)."""
    channel: ChannelName | None = None
    """Go on there at once."""
    schedule_at: Annotated[Key, BeforeValidator(_callback_field)] | None = None
    """The extracted field that holds the time the person asked for."""
    tolerance: IsoSpan | None = None
    """How late a scheduled contact may still be made; has no effect yet."""
    priority: Priority = Priority.NORMAL
    """Who goes first among those that are due."""
    leave_message: LeaveMessage | None = None
    """Whether a machine that answers is left the message of the agent."""
    status: Status | None = None
    """What the lead becomes."""
    notify: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    """`owner`, or the name of a channel the deployment knows."""
    task: Line | None = None
    """What a person should do."""
    suppress: SuppressScope | None = None
    """Never contact them again, on any channel or on that of the attempt."""
    cancel_all: bool = False
    """Cancel what is planned for this person, in every campaign."""

    @model_validator(mode="after")
    def _one_next_step(self) -> Self:
        ways = [self.retry, self.schedule_at, self.channel, self.suppress]
        if sum(way is not None for way in ways) > 1:
            raise ValueError("choose one of retry, schedule_at, channel and suppress")
        if self.exhausted and self.else_channel:
            raise ValueError("choose one of exhausted and else_channel")
        if self.exhausted and self.retry is None:
            raise ValueError("exhausted needs a retry that can be used up")
        if self.tolerance is not None and self.schedule_at is None:
            raise ValueError("tolerance belongs to schedule_at")
        if self == Then.model_construct():
            raise ValueError("say what follows")
        return self


class Rule(Part):
    id: Slug
    """Its name within the campaign, kept with each attempt that it plans."""
    when: When
    """What must have happened."""
    then: Then
    """What is done."""


DEFAULT_RULES: Final[tuple[Rule, ...]] = tuple(
    Rule.model_validate(rule)
    for rule in (
        {
            "id": "opted-out",
            "when": {"outcome": "opted_out"},
            "then": {"suppress": "all_channels", "cancel_all": True},
        },
        {
            "id": "callback",
            "when": {"outcome": "callback_requested"},
            "then": {"schedule_at": "callback_at", "tolerance": "PT15M", "priority": "high"},
        },
        {
            "id": "not-reached",
            "when": {"outcome": ["no_answer", "busy", "failed"]},
            "then": {
                "retry": {
                    "after": ["PT2H", "P1D", "P2D"],
                    "spread": "different_daypart",
                    "max": 3,
                }
            },
        },
        {
            "id": "machine",
            "when": {"outcome": ["voicemail", "screened", "machine"]},
            "then": {
                "leave_message": "once_per_campaign",
                "retry": {"after": ["P1D"], "spread": "different_daypart", "max": 2},
            },
        },
        {
            "id": "hung-up",
            "when": {"outcome": ["hangup_early", "cut_off"]},
            "then": {"retry": {"after": ["P2D"], "max": 1}},
        },
    )
)
"""What follows where a campaign names no rules."""
