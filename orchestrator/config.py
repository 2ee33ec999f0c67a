"""Every key of the configuration, with its type, default and meaning."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, Self, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from orchestrator.hosted_config import Hosted, TouchpointSource
from orchestrator.price_config import PriceTable
from outreach.abandonment import MOST_PERCENT
from outreach.hours import WeeklyHours, deployment_hours
from outreach.law.do_not_call import OLDEST
from outreach.law.tightening import Stricter
from outreach.marks import SHORTEST_KEY
from outreach.meetings import Availability
from outreach.spans import IsoSpan
from outreach.variables import checked

Positive = Annotated[int, Field(gt=0)]


def known_zone(name: str) -> str:
    """The name of a time zone. Raises ValueError for any other word."""
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone; write one like America/New_York")
    return name


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(Section):
    """The one PostgreSQL."""

    url: SecretStr | None = Field(
        None, description="postgresql://user:password@host/name; none starts a private server."
    )
    direct_url: SecretStr | None = Field(
        None, description="The same database past a transaction pooler, for LISTEN and locks."
    )
    data_dir: Path = Field(
        Path(".outreach/postgres"),
        description="Where the private server keeps its data;"
        " as root in the system's state folder instead, and `outreach doctor` says where.",
    )
    pool_size: Positive = Field(24, ge=12, le=100, description="Connections of one process.")


class Twilio(Section):
    """The account that calls and writes; without it nobody can be contacted."""

    account_sid: str = Field(description="AC and 32 hexadecimal digits.")
    auth_token: SecretStr = Field(description="The primary token; it also signs the webhooks.")
    base_url: str | None = Field(
        None, description="Another host that speaks Twilio's API, such as the simulator."
    )
    voice_numbers: tuple[str, ...] = Field(
        (), description="Numbers of the account that may call, as +15551234567."
    )
    whatsapp_numbers: tuple[str, ...] = Field(
        (), description="WhatsApp senders of the account, as +15551234567."
    )
    calls_per_second: float = Field(
        1.0, gt=0, le=100, description="What the account dials; more would ring later, unasked."
    )
    messages_per_second: float = Field(10.0, gt=0, le=400, description="Per WhatsApp sender.")


class SpareModel(Section):
    """Speaks on the phone when the other model has failed."""

    base_url: str | None = Field(None, description="An OpenAI-compatible address; none: OpenAI.")
    api_key: SecretStr = Field(description="Its key.")
    model: str = Field(description="By the service's own name for it.")


class Llm(Section):
    """The language model that speaks and reads."""

    base_url: str | None = Field(None, description="An OpenAI-compatible address; none: OpenAI.")
    api_key: SecretStr = Field(description="Its key; any word where a server of yours asks none.")
    model: str = Field("gpt-5.4-mini", description="Speaks with people.")
    timeout_s: float = Field(30, gt=0, le=120, description="How long one answer may take.")
    fallback: SpareModel | None = None


class SpeechService(Section):
    """One service that hears or speaks."""

    base_url: str | None = Field(None, description="Another address that offers the same API.")
    api_key: SecretStr = Field(description="Its key.")
    model: str = Field(description="By the service's own name for it.")


class SpareRecognizer(SpeechService):
    """Hears when the other has failed."""

    service: Literal["openai", "deepgram", "cartesia"] = Field(
        "openai", description="Whose API it speaks; deepgram needs the extra of that name."
    )


class SpareVoice(SpeechService):
    """Speaks when the other has failed."""

    service: Literal["openai", "deepgram", "elevenlabs", "cartesia"] = Field(
        "openai", description="Whose API it speaks; deepgram needs the extra of that name."
    )
    voice: str | None = Field(
        None, description="Its voice, for every agent; none: its first, where it has one."
    )


class Voice(SpeechService):
    """A service that speaks."""

    service: Literal["openai", "deepgram", "elevenlabs", "cartesia"] = Field(
        "openai", description="Whose API it speaks; deepgram needs the extra of that name."
    )
    fallback: SpareVoice | None = None


class Recognizer(SpeechService):
    """A service that hears."""

    service: Literal["openai", "deepgram", "cartesia"] = Field(
        "openai", description="Whose API it speaks; deepgram needs the extra of that name."
    )
    fallback: SpareRecognizer | None = None
    detects_language: bool = Field(
        False,
        description="Whether the model tells which language it heard, as OpenAI's whisper-1 does."
        " Without it the model that speaks has to notice.",
    )


class Speech(Section):
    """Hearing and speaking on the phone; without it no campaign can call."""

    stt: Recognizer = Field(description="Turns what people say into text.")
    tts: Voice = Field(description="Turns what the agent says into speech.")
    voice: str | None = Field(
        None,
        description="The agent's voice where its document names none; none: OpenAI's alloy, or"
        " Deepgram's model; ElevenLabs and Cartesia need one.",
    )


class Inbound(Section):
    """People who call us."""

    campaign: str | None = Field(
        None,
        description="The campaign whose agent answers whom nobody knows, and whose lead they"
        " become; none: they hear that a colleague calls back. Known people reach the agent of"
        " their last campaign.",
    )


class Recordings(Section):
    """Where what was said is kept."""

    folder: Path = Field(
        Path(".outreach/recordings"), description="The folder of recordings of calls."
    )


class Limits(Section):
    """How much at once, how long at most."""

    voice_slots: Positive = Field(20, le=200, description="Calls at once in one process.")
    claim_batch: Positive = Field(200, le=2000, description="Attempts taken by one tick.")
    calls_at_once: Positive | None = Field(
        None, description="Calls in flight of all campaigns and processes; none: by voice_slots."
    )
    calls_per_number: Positive | None = Field(
        None, description="Calls in flight from one number; none: any."
    )
    contacts_per_number_a_day: Positive | None = Field(
        None, description="Calls and opening messages from one number in a day; none: any."
    )
    day_zone: str = Field(
        "UTC", description="The zone whose midnight begins a day of daily caps and budgets."
    )
    overdue_after: timedelta = Field(
        timedelta(hours=4),
        gt=timedelta(0),
        description="After this one place in five goes to whoever waits longest.",
    )
    call_estimate_micros: Positive = Field(
        100_000, description="Millionths that a call counts for in a budget until its price comes."
    )
    message_estimate_micros: Positive = Field(
        50_000, description="The same for an opening message."
    )
    tick: timedelta = Field(timedelta(seconds=1), description="How often due work is looked for.")
    settle: timedelta = Field(
        timedelta(seconds=4), description="A person may finish writing before they are answered."
    )
    drain: timedelta = Field(
        timedelta(minutes=2), description="How long running calls may take when we stop."
    )
    provider_timeout: timedelta = Field(
        timedelta(seconds=30),
        ge=timedelta(seconds=1),
        description="How long a provider may take to answer an order; then it is asked about.",
    )
    lease: timedelta = Field(
        timedelta(seconds=90),
        description="How long work may lie still before another process takes it up;"
        " at least twice provider_timeout.",
    )
    call_silence: timedelta = Field(
        timedelta(minutes=2),
        ge=timedelta(seconds=1),
        description="How long a call may go unheard of before the provider is asked.",
    )
    absent_for: timedelta = Field(
        timedelta(minutes=2),
        ge=timedelta(seconds=1),
        description="How long a provider must deny an order, asked three times at least, before"
        " it is given anew; longer than its lists lag.",
    )
    events_kept: timedelta = Field(
        timedelta(days=400),
        ge=timedelta(days=92),
        description="Months of history that are older are dropped; counts stay.",
    )
    inbox_kept: timedelta = Field(
        timedelta(days=92),
        ge=timedelta(days=62),
        description="The same for what providers delivered, with their own words.",
    )
    attempts_kept: timedelta = Field(
        timedelta(days=730),
        ge=timedelta(days=92),
        description="So long after a campaign's end its tries without a conversation are removed,"
        " except the last of each lead.",
    )

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.day_zone)

    @field_validator("day_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        return known_zone(name)

    @model_validator(mode="after")
    def _lease_outlasts_requests(self) -> Self:
        """A lease that ends first would let two processes give one order."""
        if self.lease < 2 * self.provider_timeout:
            raise ValueError("lease must be at least twice provider_timeout")
        return self


LineType = Literal[
    "landline",
    "mobile",
    "fixedVoip",
    "nonFixedVoip",
    "personal",
    "tollFree",
    "premium",
    "sharedCost",
    "uan",
    "voicemail",
    "pager",
    "unknown",
]


class PreDialSection(Section):
    """Somebody who is asked about each number before it is called; without a yes nobody is."""

    ask: Literal["hook", "twilio_lookup"] = Field(
        description="`hook` asks an address of yours, `twilio_lookup` what kind of line it is."
    )
    url: str | None = Field(None, description="The hook's address; https, or this machine.")
    secret: SecretStr | None = Field(None, description="Signs each question to the hook.")
    allow: tuple[LineType, ...] = Field(
        ("landline", "mobile", "fixedVoip", "nonFixedVoip", "personal"),
        description="Kinds of lines that may be called; a line of no known kind never is.",
    )
    valid_for: Annotated[IsoSpan, Field(gt=timedelta(0), le=timedelta(days=1))] = Field(
        timedelta(hours=1), description="How long an answer holds."
    )
    within: Annotated[IsoSpan, Field(gt=timedelta(0), le=timedelta(seconds=10))] = Field(
        timedelta(seconds=3), description="How long an answer is waited for."
    )

    @model_validator(mode="after")
    def _hook_is_whole(self) -> Self:
        if self.ask != "hook":
            return self
        parts = urlsplit(self.url or "")
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
            raise ValueError("a hook needs url, which begins with https://")
        if self.secret is None or len(self.secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"a hook needs a secret of {SHORTEST_SECRET} characters or more")
        return self


SHORTEST_SECRET: Final = 16


class Compliance(Section):
    """Rules that hold for every campaign."""

    quiet_hours: Mapping[str, str | list[str]] = Field(
        default_factory=dict,
        description="Local hours in which contact is allowed; they can only narrow 08:00-21:00.",
    )
    jurisdictions: dict[str, Stricter] = Field(
        default_factory=dict,
        description='Stricter rules by country or state, such as "US-FL"; never looser ones.',
    )

    do_not_call_age: Annotated[IsoSpan, Field(gt=timedelta(0), le=OLDEST)] = Field(
        OLDEST,
        description="How old an imported do-not-call list may be before the doctor and"
        " `campaign launch` warn; a country's own rule may ask for less.",
    )

    recordings_kept: Annotated[IsoSpan, Field(gt=timedelta(0), le=timedelta(days=730))] = Field(
        timedelta(days=90), description="How long recordings are kept; less by place."
    )
    transcripts_kept: Annotated[IsoSpan, Field(gt=timedelta(0))] = Field(
        timedelta(days=365), description="How long what was said in calls is kept in words."
    )
    abandoned_percent: float = Field(
        MOST_PERCENT,
        ge=0,
        le=MOST_PERCENT,
        description="How many in a hundred who answer may hear nothing of ours for two seconds,"
        " over 30 days; a campaign above it is paused.",
    )
    pre_dial: PreDialSection | None = Field(
        None, description="Whom to ask about a number before it is called; none: nobody."
    )

    erasure_key: SecretStr | None = Field(
        None,
        description="Marks the numbers of erased persons, who are known again by it alone: 32"
        " characters or more, the same in every process and for ever; none: the private"
        " server's folder has one.",
    )

    @field_validator("erasure_key")
    @classmethod
    def _key_is_long(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value().encode()) < SHORTEST_KEY:
            raise ValueError(f"the key must have {SHORTEST_KEY} characters or more")
        return key

    @field_validator("quiet_hours")
    @classmethod
    def _hours_narrow(cls, given: Mapping[str, str | list[str]]) -> Mapping[str, str | list[str]]:
        deployment_hours(given)
        return given

    @property
    def hours(self) -> tuple[WeeklyHours, ...]:
        """What planning and gate intersect with each campaign's own hours."""
        return deployment_hours(self.quiet_hours)


class Calendar(Section):
    """When colleagues can meet somebody; agents book these times."""

    zone: str = Field("UTC", description="On whose clock the hours are, such as Europe/Berlin.")
    hours: Mapping[str, str | list[str]] = Field(
        description='Hours for meetings, such as {mon-fri: "09:00-17:00"}.'
    )
    length: timedelta = Field(
        timedelta(minutes=30),
        ge=timedelta(minutes=5),
        le=timedelta(hours=8),
        description="How long a meeting takes; they begin one after the other.",
    )
    notice: timedelta = Field(
        timedelta(hours=2), ge=timedelta(0), description="The earliest start, from now."
    )
    horizon: timedelta = Field(
        timedelta(days=30),
        gt=timedelta(0),
        le=timedelta(days=366),
        description="The latest start, from now.",
    )
    at_once: Positive = Field(1, le=1000, description="Meetings that may run at the same time.")

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        return known_zone(name)

    @model_validator(mode="after")
    def _some_meeting_fits(self) -> Self:
        minutes = self.length.total_seconds() / 60
        if minutes % 1:
            raise ValueError("length must be whole minutes")
        hours = WeeklyHours.parse(self.hours)
        if not any(end - start >= minutes for day in hours.days for start, end in day):
            raise ValueError("no meeting of this length fits into the hours of the week")
        return self

    @property
    def availability(self) -> Availability:
        return Availability(
            zone=self.zone,
            hours=WeeklyHours.parse(self.hours),
            length=self.length,
            notice=self.notice,
            horizon=self.horizon,
            at_once=self.at_once,
        )


class Inbox(Section):
    """How people work in conversations."""

    returns_after: timedelta = Field(
        timedelta(hours=4),
        ge=timedelta(minutes=1),
        description="When the agent speaks again in a conversation that a colleague has and leaves"
        " alone.",
    )
    canned: dict[str, str] = Field(
        default_factory=dict,
        description='Replies to insert, by name; they may say `{{ first_name | default: "there" }}`'
        " and the like.",
    )

    @field_validator("canned")
    @classmethod
    def _replies_are_texts(cls, given: dict[str, str]) -> dict[str, str]:
        for name, reply in given.items():
            try:
                checked(reply)
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        return given


class Webhooks(Section):
    """What is sent to programs of others."""

    private_hosts: tuple[str, ...] = Field(
        (),
        description="Hosts of your own network that may be told, as hooks.internal or"
        " 10.0.0.7:8080; any other must be public and speak https.",
    )


class Telemetry(Section):
    """What the program says about itself, on stderr."""

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="What matters less is left out."
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="json for machines, console for people."
    )
    metrics_token: SecretStr | None = Field(
        None, description="Whoever reads /metrics must show it; none: this machine alone may."
    )
    otlp_endpoint: str | None = Field(
        None,
        pattern=r"^https?://",
        description="Where traces of attempts are sent by OTLP over HTTP, such as"
        " http://127.0.0.1:4318/v1/traces; none: no traces.",
    )


class Config(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="OUTREACH__", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    public_url: str | None = Field(
        None, description="How providers reach this machine; their signatures are checked with it."
    )
    media_url: str | None = Field(
        None,
        description="How the provider reaches this very process with the sound of calls, as"
        " OUTREACH__MEDIA_URL of each process with the role voice; none: at public_url.",
    )
    database: Database = Database()
    twilio: Twilio | None = None
    llm: Llm | None = None
    speech: Speech | None = None
    inbound: Inbound = Inbound()
    recordings: Recordings = Recordings()
    hosted: dict[str, Hosted] = Field(default_factory=dict, description="Other platforms.")
    touchpoints: dict[str, TouchpointSource] = Field(
        default_factory=dict, description="Who tells what people do."
    )
    limits: Limits = Limits()
    prices: PriceTable | None = None
    calendar: Calendar | None = None
    inbox: Inbox = Inbox()
    compliance: Compliance = Compliance()
    webhooks: Webhooks = Webhooks()
    telemetry: Telemetry = Telemetry()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return env_settings, init_settings


def model_of(annotation: object) -> type[BaseModel] | None:
    """The section that a key holds, whatever it is wrapped in; None for a plain value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (model_of(inner) for inner in get_args(annotation))
    return next((model for model in found if model is not None), None)


def is_secret(path: Sequence[str | int], model: type[BaseModel] = Config) -> bool:
    """Whether the value at this path may only come from the environment or a file of its own."""
    current: type[BaseModel] | None = model
    annotation: object = None
    for part in path:
        if current is None:
            return False
        field = current.model_fields.get(str(part))
        if field is None:
            # In a mapping of sections this is a name, and the section stays the same.
            continue
        annotation = field.annotation
        current = model_of(annotation)
    return annotation is SecretStr or SecretStr in get_args(annotation)
