"""The section `hosted`: other platforms that run calls, how they sign, speak and are asked."""

from collections.abc import Mapping
from importlib import resources
from ipaddress import ip_address
from typing import Any, Final, Literal, Self, TypeVar
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, Field, SecretStr, ValidationError, model_validator

from channels.hosted_template import Platform, places
from orchestrator.sections.section import Section
from outreach.call_mapping import CallMapping

Model = TypeVar("Model", bound=BaseModel)
Preset = Literal["retell", "elevenlabs"]
SECRETS: Final = frozenset({("hosted", "*", "secret"), ("hosted", "*", "calls", "api_key")})
"""`*` is the name of a platform."""
WHSEC: Final = "whsec_"
"""How secrets of Standard Webhooks begin."""
FROM_PRESET: Final = ("signature", "mapping")


class Signature(Section):
    """How the platform signs what it tells."""

    scheme: Literal["standard_webhooks", "hmac_body", "hmac_timestamp"] = Field(
        description="Standard Webhooks, or a keyed hash of the body, or of body and time."
    )
    header: str | None = Field(None, description="Holds the signature; not with the first scheme.")
    form: str = Field(
        "{signature}", description="What the header holds, as `t={timestamp},v0={signature}`."
    )
    signs: str = Field("{timestamp}.{body}", description="What is hashed where time is.")
    timestamp_header: str | None = Field(
        None, description="Holds the time where it does not stand in `form`."
    )
    unit: Literal["s", "ms"] = Field("s", description="Of the time, since 1970.")
    algorithm: Literal["sha256", "sha512"] = Field("sha256", description="The hash.")
    encoding: Literal["hex", "base64"] = Field("hex", description="How the hash is written.")

    @model_validator(mode="after")
    def _can_be_checked(self) -> Self:
        """What cannot be checked would let everybody in, or nobody."""
        if self.scheme == "standard_webhooks":
            return self
        if not self.header:
            raise ValueError("this scheme needs header")
        if self.form.count("{signature}") != 1:
            raise ValueError("form needs {signature} once")
        if self.scheme == "hmac_timestamp":
            self._check_time()
        return self

    def _check_time(self) -> None:
        if self.signs.count("{body}") != 1 or "{timestamp}" not in self.signs:
            raise ValueError("signs needs {timestamp} and {body}")
        if ("{timestamp}" in self.form) == bool(self.timestamp_header):
            raise ValueError("the time stands in form or in timestamp_header, one of them")


class HostedCalls(Section):
    """Calls that we order from the platform; without it we only listen."""

    api_key: SecretStr = Field(description="Its key.")
    numbers: tuple[str, ...] = Field(
        min_length=1, description="Numbers it calls from, as +15551234567; no other may use them."
    )
    values: Mapping[str, str] = Field(
        default_factory=dict, description="What its requests name, such as `agent`."
    )
    base_url: str | None = Field(None, description="Its address; none: the preset's own.")
    calls_per_second: float = Field(1.0, gt=0, le=100, description="How fast it is asked.")
    simulated: bool | None = Field(
        None, description="Whether nobody is really called; none: by the address."
    )
    platform: Mapping[str, object] | None = Field(
        None, description="Its requests and answers, as docs/webhooks.md says; none: the preset's."
    )


class Hosted(Section):
    """One platform, under a name of yours; it tells us at /webhooks/calls/NAME."""

    preset: Preset | None = Field(None, description="A platform that we know.")
    secret: SecretStr = Field(description="What it signs with.")
    signature: Signature | None = Field(None, description="How it signs; none: the preset's.")
    mapping: Mapping[str, object] | None = Field(
        None,
        description="Where the parts of a call stand, as docs/webhooks.md says; none: the"
        " preset's, else our own schema.",
    )
    calls: HostedCalls | None = Field(None, description="Calls that we order from it.")

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: object) -> object:
        """What the preset knows and nobody said."""
        if not isinstance(given, dict):
            return given
        known = read_preset(given.get("preset"))
        mine = {name: known[name] for name in FROM_PRESET if name in known}
        completed = {**mine, **{k: v for k, v in given.items() if v is not None}}
        calls = completed.get("calls")
        if isinstance(calls, dict):
            theirs = {name: known[name] for name in ("base_url", "platform") if name in known}
            completed["calls"] = {**theirs, **{k: v for k, v in calls.items() if v is not None}}
        return completed

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.signature is None:
            raise ValueError("signature is needed where there is no preset")
        check_secret(self.secret, self.signature)
        _read(CallMapping, self.mapping, "mapping")
        if self.calls is not None:
            self._check_calls(self.calls)
        return self

    def _check_calls(self, calls: HostedCalls) -> None:
        if calls.platform is None or calls.base_url is None:
            raise ValueError("calls needs platform and base_url where there is no preset")
        platform = _read(Platform, calls.platform, "calls.platform")
        asked = places(platform.model_dump()) if platform is not None else frozenset()
        named = {name.removeprefix("values.") for name in asked if name.startswith("values.")}
        missing = sorted(named - calls.values.keys())
        if missing:
            raise ValueError(f"calls.values needs {', '.join(missing)}")

    @property
    def call_mapping(self) -> CallMapping | None:
        """None: the platform speaks our own schema."""
        return _read(CallMapping, self.mapping, "mapping")

    @property
    def platform(self) -> Platform | None:
        """None: no calls are ordered from it."""
        return None if self.calls is None else _read(Platform, self.calls.platform, "platform")

    @property
    def is_simulated(self) -> bool:
        """Whether calls go to a stand-in: another host than the preset's, or this machine."""
        calls = self.calls
        if calls is None or calls.base_url is None:
            return False
        if calls.simulated is not None:
            return calls.simulated
        own = read_preset(self.preset).get("base_url")
        host = urlsplit(calls.base_url).hostname or ""
        return _is_here(host) if own is None else host != urlsplit(own).hostname


class TouchpointSource(Section):
    """Somebody who tells what people do, under a name of yours: /webhooks/touchpoints/NAME."""

    secret: SecretStr = Field(description="What it signs with.")
    signature: Signature = Field(Signature(scheme="standard_webhooks"), description="How it signs.")

    @model_validator(mode="after")
    def _can_be_believed(self) -> Self:
        check_secret(self.secret, self.signature)
        return self


def check_secret(given: SecretStr, signature: Signature) -> None:
    """Refuse a secret with which anybody could sign. Raises ValueError."""
    secret = given.get_secret_value().strip()
    if not secret:
        raise ValueError("secret is empty: anybody could sign with it")
    # What follows the prefix is the key, in base64; padding alone is none.
    if signature.scheme == "standard_webhooks" and not secret.removeprefix(WHSEC).strip("= "):
        raise ValueError(
            f"secret is {WHSEC} with nothing behind it: anybody could sign with it;"
            " copy the whole secret from the platform"
        )


def read_preset(name: object) -> Mapping[str, Any]:
    """What we know of a platform; nothing where no name, or an unknown one, is given."""
    folder = resources.files("orchestrator") / "presets"
    if name not in ("retell", "elevenlabs"):
        return {}
    found: Mapping[str, Any] = yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8"))
    return found


def _read(model: type[Model], given: Mapping[str, object] | None, where: str) -> Model | None:
    if given is None:
        return None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in (where, *first["loc"]))
        raise ValueError(f"{place}: {first['msg']}") from None


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
