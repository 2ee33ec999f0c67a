"""The configuration: one YAML file read once at start, or OUTREACH__SECTION__KEY for any key."""

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from orchestrator import hosted_config
from orchestrator.hosted_config import Hosted
from orchestrator.yaml_file import YamlFile, parse_yaml, read_yaml
from outreach.errors import Rejected
from outreach.hours import WeeklyHours, deployment_hours

Positive = Annotated[int, Field(gt=0)]


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
        Path(".outreach/postgres"), description="Where the private server keeps its data."
    )
    pool_size: Positive = Field(16, le=100, description="Connections of one process.")


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


class Llm(Section):
    """The language model that speaks and reads."""

    base_url: str | None = Field(None, description="An OpenAI-compatible address; none: OpenAI.")
    api_key: SecretStr = Field(description="Its key; any word where a server of yours asks none.")
    model: str = Field("gpt-5.4-mini", description="Speaks with people.")
    timeout_s: float = Field(30, gt=0, le=120, description="How long one answer may take.")


class SpeechService(Section):
    """One service that hears or speaks."""

    service: Literal["openai"] = Field("openai", description="Whose API it speaks.")
    base_url: str | None = Field(None, description="Another address that offers the same API.")
    api_key: SecretStr = Field(description="Its key.")
    model: str = Field(description="By the service's own name for it.")


class Speech(Section):
    """Hearing and speaking on the phone; without it no campaign can call."""

    stt: SpeechService = Field(description="Turns what people say into text.")
    tts: SpeechService = Field(description="Turns what the agent says into speech.")
    voice: str = Field("alloy", description="The agent's voice where its document names none.")


class Recordings(Section):
    """Where what was said is kept."""

    folder: Path = Field(
        Path(".outreach/recordings"), description="The folder of recordings of calls."
    )


class Limits(Section):
    """How much at once, how long at most."""

    voice_slots: Positive = Field(20, le=200, description="Calls at once in one process.")
    claim_batch: Positive = Field(200, le=2000, description="Attempts taken by one tick.")
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

    @model_validator(mode="after")
    def _lease_outlasts_requests(self) -> Self:
        """A lease that ends first would let two processes give one order."""
        if self.lease < 2 * self.provider_timeout:
            raise ValueError("lease must be at least twice provider_timeout")
        return self


class Compliance(Section):
    """Rules that hold for every campaign."""

    quiet_hours: Mapping[str, str | list[str]] = Field(
        default_factory=dict,
        description="Local hours in which contact is allowed; they can only narrow 08:00-21:00.",
    )

    @field_validator("quiet_hours")
    @classmethod
    def _hours_narrow(cls, given: Mapping[str, str | list[str]]) -> Mapping[str, str | list[str]]:
        deployment_hours(given)
        return given

    @property
    def hours(self) -> tuple[WeeklyHours, ...]:
        """What planning and gate intersect with each campaign's own hours."""
        return deployment_hours(self.quiet_hours)


class Telemetry(Section):
    """What the program says about itself, on stderr."""

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="What matters less is left out."
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="json for machines, console for people."
    )


class Config(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="OUTREACH__", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    public_url: str | None = Field(
        None, description="How providers reach this machine; their signatures are checked with it."
    )
    database: Database = Database()
    twilio: Twilio | None = None
    llm: Llm | None = None
    speech: Speech | None = None
    recordings: Recordings = Recordings()
    hosted: dict[str, Hosted] = Field(default_factory=dict, description="Other platforms.")
    limits: Limits = Limits()
    compliance: Compliance = Compliance()
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


SECRETS = {
    ("database", "url"),
    ("database", "direct_url"),
    ("twilio", "auth_token"),
    ("llm", "api_key"),
    ("speech", "stt", "api_key"),
    ("speech", "tts", "api_key"),
}
"""Keys whose value may stand in the environment or a file of its own, never in the YAML."""


def is_secret(path: tuple[str, ...]) -> bool:
    """Whether the key holds a secret; below `hosted` any name may stand where `*` does."""
    named = ("hosted", "*", *path[2:]) if path[:1] == ("hosted",) else path
    return path in SECRETS or named in hosted_config.SECRETS


_REFERENCE = re.compile(r"^\$\{(env|file):([^}]+)\}$")


def load_config(path: Path | None) -> Config:
    """Read and check the configuration; None takes everything from the environment.

    Raises Rejected with file, line and key.
    """
    file = read_yaml(path) if path is not None else parse_yaml("", "environment")
    if not isinstance(file.data, dict):
        raise Rejected(
            "config_shape", "The file is no mapping.", "Begin with `key: value`.", file.name
        )
    values = _resolve(file.data, (), file)
    try:
        return Config(**values)
    except ValidationError as error:
        raise _rejection(error, file) from None
    except SettingsError as error:
        # A section whose variable holds no JSON; the message names the section, not the value.
        raise Rejected(
            "config_environment",
            f"The environment cannot be read: {error}.",
            "Set OUTREACH__SECTION__KEY for single keys.",
        ) from None


def _resolve(values: Mapping[str, object], path: tuple[str, ...], file: YamlFile) -> dict[str, Any]:
    resolved: dict[str, Any] = {}
    for key, value in values.items():
        here = (*path, str(key))
        if isinstance(value, Mapping):
            resolved[str(key)] = _resolve(value, here, file)
        elif isinstance(value, str) and (reference := _REFERENCE.match(value)):
            resolved[str(key)] = _referred(reference[1], reference[2], here, file)
        elif is_secret(here) and value is not None:
            raise Rejected(
                "config_secret_in_file",
                f"{'.'.join(here)} is a secret and may not be written into the file.",
                f"Write ${{env:{'_'.join(here).upper()}}} or ${{file:/path/to/it}} instead.",
                file.where(here),
            )
        else:
            resolved[str(key)] = value
    return resolved


def _referred(kind: str, name: str, path: tuple[str, ...], file: YamlFile) -> str:
    key = ".".join(path)
    if kind == "env":
        value = os.environ.get(name)
        if not value:
            raise Rejected(
                "config_env_missing",
                f"{key} asks for the environment variable {name}, which is not set.",
                f"Set it: export {name}=...",
                file.where(path),
            )
        return value
    try:
        return Path(name).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Rejected(
            "config_file_missing",
            f"{key} asks for the file {name}: {error.strerror}.",
            "Check the path and its permissions.",
            file.where(path),
        ) from None


def _rejection(error: ValidationError, file: YamlFile) -> Rejected:
    first = error.errors(include_url=False, include_input=False)[0]
    path = [part for part in first["loc"] if isinstance(part, str | int)]
    key = ".".join(str(part) for part in path)
    where = file.where(path)
    if first["type"] == "extra_forbidden":
        return Rejected(
            "config_unknown_key", f"There is no key {key!r}.", nearest_key(Config, path), where
        )
    if first["type"] == "missing":
        return Rejected(
            "config_missing_key",
            f"The key {key!r} is missing.",
            f"Add it, or set OUTREACH__{'__'.join(str(part) for part in path).upper()}.",
            where,
        )
    return Rejected("config_value", f"{key}: {first['msg']}.", "", where)


def nearest_key(model: type[BaseModel], path: Sequence[str | int]) -> str:
    """A hint at the valid key that looks most like the last part of `path`."""
    for part in path[:-1]:
        field = model.model_fields.get(str(part))
        if field is None:
            return ""
        found = [
            kind
            for kind in (field.annotation, *getattr(field.annotation, "__args__", ()))
            if isinstance(kind, type) and issubclass(kind, BaseModel)
        ]
        if not found:
            return ""
        model = found[0]
    names = list(model.model_fields)
    close = difflib.get_close_matches(str(path[-1]), names, n=1)
    return f"Did you mean {close[0]!r}?" if close else f"Valid keys: {', '.join(names)}."
