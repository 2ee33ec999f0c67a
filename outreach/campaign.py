"""A campaign: whom an agent contacts by which steps, when, how fast, and what follows."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from outreach.caps import DEFAULT_CAPS, Cap
from outreach.channel import ChannelName
from outreach.document import AwareTime, Line, Part, Slug, Text
from outreach.fields import FieldSpec
from outreach.follow_up_rules import DEFAULT_RULES, Rule
from outreach.hours import WeeklyHours
from outreach.lead import Status
from outreach.phone import BadPhone, parse_phone
from outreach.spans import format_span, parse_span
from outreach.variables import LEAD_VARIABLES, unknown

RESERVED_COLUMNS: Final = LEAD_VARIABLES | {
    "whatsapp",
    "not_before",
    "consent",
    "consent_source",
    "consent_at",
}
"""Column names of a list that a campaign cannot use for its own fields."""

Purpose = Literal["marketing", "service", "survey", "reminder", "debt_collection"]


def _sender(text: str) -> str:
    phone = parse_phone(text)
    if isinstance(phone, BadPhone):
        raise ValueError(f"{text!r}: {phone.message} {phone.suggestion}")
    return phone.e164


Sender = Annotated[str, BeforeValidator(_sender)]
Senders = Annotated[tuple[Sender, ...], Field(max_length=200, alias="from")]


class VoiceStep(Part):
    channel: Literal[ChannelName.VOICE]
    """Call the person."""
    senders: Senders = ()
    """Numbers to call from; empty: any that the deployment has."""


class WhatsAppStep(Part):
    channel: Literal[ChannelName.WHATSAPP]
    """Write to the person."""
    senders: Senders = ()
    """WhatsApp numbers to write from; empty: any that the deployment has."""
    template: Slug
    """The name of the template document that opens the conversation."""


StepSpec = Annotated[VoiceStep | WhatsAppStep, Field(discriminator="channel")]


def _hours(value: object) -> WeeklyHours:
    if isinstance(value, WeeklyHours):
        return value
    if not isinstance(value, dict):
        raise ValueError('hours are written like mon-fri: ["09:00-17:00"]')
    return WeeklyHours.parse(value)


Hours = Annotated[
    WeeklyHours,
    BeforeValidator(_hours),
    PlainSerializer(lambda hours: hours.dump(), return_type=dict[str, list[str]]),
    WithJsonSchema({"type": "object"}),
]


class Schedule(Part):
    start_at: AwareTime | None = None
    """Nothing starts earlier; None: as soon as it is launched."""
    end_at: AwareTime | None = None
    """Nothing starts later; None: until everybody is done."""
    windows: Hours | None = None
    """Civil hours where the person is; None: the quiet hours alone."""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.start_at and self.end_at and self.end_at <= self.start_at:
            raise ValueError("end_at must be later than start_at")
        if self.windows is not None and not any(self.windows.days):
            raise ValueError("windows name no open hour in the whole week")
        return self


class Pace(Part):
    """How fast attempts start; one of the two rates."""

    per_minute: Annotated[int, Field(ge=1, le=60_000)] | None = None
    """Starts in a minute, spread evenly."""
    per_second: Annotated[int, Field(ge=1, le=1_000)] | None = None
    """Starts in a second, spread evenly."""
    burst: Annotated[int, Field(ge=1, le=1_000)] = 1
    """How many may start at once after a quiet time."""

    @model_validator(mode="after")
    def _one_rate(self) -> Self:
        if (self.per_minute is None) == (self.per_second is None):
            raise ValueError("give one of per_minute and per_second")
        return self

    @property
    def interval(self) -> timedelta:
        """The time between two starts at this rate."""
        if self.per_second is not None:
            return timedelta(seconds=1) / self.per_second
        return timedelta(minutes=1) / (self.per_minute or 1)


class CapLimits(Part):
    """Contacts per person; only stricter than the default policy."""

    per_day: Annotated[int, Field(ge=1, le=DEFAULT_CAPS[0].limit)] | None = None
    """In any 24 hours."""
    per_7_days: Annotated[int, Field(ge=1, le=DEFAULT_CAPS[1].limit)] | None = None
    """In any seven days."""
    per_30_days: Annotated[int, Field(ge=1, le=DEFAULT_CAPS[2].limit)] | None = None
    """In any thirty days."""

    @property
    def effective(self) -> tuple[Cap, ...]:
        """The default policy with what is stricter here."""
        limits = (self.per_day, self.per_7_days, self.per_30_days)
        return tuple(
            Cap(limit=limit or cap.limit, within=cap.within)
            for limit, cap in zip(limits, DEFAULT_CAPS, strict=True)
        )


class Budget(Part):
    """What the campaign may use up, as a whole and in a day; then its attempts wait."""

    amount_micros: Annotated[int, Field(ge=1)] | None = None
    """In millionths of the deployment's one currency."""
    attempts: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    """Calls and opening messages, answered or not."""
    amount_micros_per_day: Annotated[int, Field(ge=1)] | None = None
    """The same, from midnight to midnight in `limits.day_zone`."""
    attempts_per_day: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    """From midnight to midnight in `limits.day_zone`."""

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise ValueError("give an amount, a number of attempts or both")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class OnReply:
    """What an answer of the person does to what is planned for them."""

    action: Literal["stop", "pause", "continue"]
    pause: timedelta = timedelta(0)


def _on_reply(value: object) -> OnReply:
    if isinstance(value, OnReply):
        return value
    words = value.split() if isinstance(value, str) else []
    match words:
        case ["stop"]:
            return OnReply(action="stop")
        case ["continue"]:
            return OnReply(action="continue")
        case ["pause", span] if parse_span(span):
            return OnReply(action="pause", pause=parse_span(span))
    raise ValueError(f"{value!r}: write stop, continue or pause with a span, such as pause P2D")


def _on_reply_text(value: OnReply) -> str:
    return f"pause {format_span(value.pause)}" if value.action == "pause" else value.action


ReplyPolicy = Annotated[
    OnReply,
    BeforeValidator(_on_reply),
    PlainSerializer(_on_reply_text, return_type=str),
    WithJsonSchema({"type": "string"}),
]

PlaceId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(?:-[A-Z]{2})?$")]

AgentRef = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*(?:@[1-9][0-9]{0,5})?$")
]


class Campaign(Part):
    kind: Literal["campaign"]
    """What this document is."""
    name: Slug
    """Its own, for commands and addresses; another name is another campaign."""
    title: Line
    """For people."""
    goal: Text
    """What a conversation should achieve, told to the agent; may use the lead's variables."""
    purpose: Purpose
    """What consent must cover; some rules of law differ by it."""
    jurisdictions: Annotated[tuple[PlaceId, ...], Field(max_length=100)] = ()
    """Where the people are, as `"FR"` or `"US-FL"`: what law wants said there has to be said."""
    agent: AgentRef
    """`ada` follows the newest published version, `ada@3` stays with the third."""
    fields: Annotated[tuple[FieldSpec, ...], Field(max_length=100)] = ()
    """Columns of the list besides those that every list has."""
    steps: Annotated[tuple[StepSpec, ...], Field(min_length=1, max_length=10)]
    """The channels in the order in which they are tried."""
    schedule: Schedule = Schedule()
    """When it runs, and at which hours."""
    pace: Pace = Pace(per_minute=30)
    concurrency: Annotated[int, Field(ge=1, le=10_000)] = 10
    """Calls in flight at once; messages do not count."""
    rules: Annotated[tuple[Rule, ...], Field(max_length=50)] = DEFAULT_RULES
    """What follows an attempt; the first that matches decides, an opt-out beats them all."""
    on_reply: ReplyPolicy = OnReply(action="pause", pause=timedelta(days=2))
    """What an answer does to what is planned: `stop`, `continue` or `pause` with a span."""
    caps: CapLimits = CapLimits()
    overlap: Literal["one_at_a_time", "allow"] = "allow"
    """Whether somebody is worked while another running campaign works them: `one_at_a_time` waits
    until the one that began first has nothing more planned for them."""
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    """Share of the claims when several campaigns compete."""
    budget: Budget | None = None
    ring_s: Annotated[int, Field(ge=15, le=60)] = 25
    """How long a call may ring, in seconds; then nobody answered."""
    expected_call_s: Annotated[int, Field(ge=10, le=3600)] = 95
    """How long a call lasts as a rule, in seconds, for forecasts."""

    @property
    def agent_name(self) -> str:
        return self.agent.partition("@")[0]

    @property
    def agent_version(self) -> int | None:
        """The pinned version; None follows the newest published."""
        version = self.agent.partition("@")[2]
        return int(version) if version else None

    @property
    def field_keys(self) -> frozenset[str]:
        return frozenset(field.key for field in self.fields)

    @property
    def channels(self) -> frozenset[ChannelName]:
        return frozenset(step.channel for step in self.steps)

    @property
    def hours(self) -> tuple[WeeklyHours, ...]:
        """The campaign's part of the hours that `outreach.hours` intersects."""
        return (self.schedule.windows,) if self.schedule.windows is not None else ()

    @field_validator("fields")
    @classmethod
    def _fields_are_distinct(cls, fields: tuple[FieldSpec, ...]) -> tuple[FieldSpec, ...]:
        keys = [field.key for field in fields]
        if reserved := sorted(set(keys) & RESERVED_COLUMNS):
            raise ValueError(
                f"{', '.join(reserved)} is a column every list has; choose another key"
            )
        if len(set(keys)) != len(keys):
            raise ValueError("two fields have the same key")
        return fields

    @field_validator("rules")
    @classmethod
    def _rule_ids_are_distinct(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        ids = [rule.id for rule in rules]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"two rules have the id {', '.join(twice)}")
        return rules

    @model_validator(mode="after")
    def _goal_uses_known_names(self) -> Self:
        for name, nearest in unknown([self.goal], self.field_keys).items():
            hint = f"; did you mean {nearest}?" if nearest else ""
            raise ValueError(f"goal uses {{{{ {name} }}}}, which no lead has{hint}")
        return self

    @model_validator(mode="after")
    def _rules_lead_to_a_step(self) -> Self:
        for rule in self.rules:
            ways = {rule.then.channel, rule.then.else_channel and rule.then.else_channel.channel}
            for way in ways - {None} - self.channels:
                raise ValueError(f"rule {rule.id} goes on by {way}, but no step uses {way}")
        return self

    @model_validator(mode="after")
    def _rules_set_outcomes_not_opt_outs(self) -> Self:
        for rule in self.rules:
            exhausted = rule.then.exhausted
            for status in (rule.then.status, exhausted and exhausted.status):
                if status in (Status.UNSUBSCRIBED, Status.DO_NOT_CONTACT):
                    raise ValueError(f"rule {rule.id}: {status} comes of suppress, not of a status")
        return self
