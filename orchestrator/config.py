"""Every key of the configuration, with its type, default and meaning."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from orchestrator.sections.calendar import Calendar
from orchestrator.sections.compliance import Compliance
from orchestrator.sections.hosted import Hosted, TouchpointSource
from orchestrator.sections.inbox import Inbox
from orchestrator.sections.limits import Limits
from orchestrator.sections.prices import PriceTable
from orchestrator.sections.section import Positive, Section
from orchestrator.sections.speech import Inbound, Llm, Speech


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


class Recordings(Section):
    """Where what was said is kept."""

    folder: Path = Field(
        Path(".outreach/recordings"), description="The folder of recordings of calls."
    )


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
