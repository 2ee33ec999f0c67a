"""How is a platform asked to call somebody? Requests as data, with places for what differs."""

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from outreach.call_mapping import Picks

PLACE: Final = re.compile(r"\{\{\s*([a-z_][a-z0-9_.]*)\s*\}\}")

NAMES: Final = frozenset(
    {
        "attempt_id",
        "to",
        "from",
        "ring_s",
        "longest_s",
        "variables",
        "api_key",
        "ref",
        "since_s",
        "since_ms",
    }
)
"""What a request may name, besides `values.NAME` of the configuration."""

Value = str | int | Mapping[str, str]


class MissingPlace(ValueError):
    """A request names what is not there."""


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _names_are_known(given: object) -> object:
    for name in sorted(places(given)):
        if name not in NAMES and not name.startswith("values."):
            raise ValueError(f"{{{{ {name} }}}} is nothing that a request may name")
    return given


Text = Annotated[str, AfterValidator(_names_are_known)]
Json = Annotated[object, AfterValidator(_names_are_known)]


class Request(Shape):
    """One request to the platform."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    """Of HTTP."""
    path: Text
    """Below the platform's address; begins with a slash."""
    query: Mapping[str, Text] = Field(default_factory=dict)
    """What follows the question mark."""
    body: Json = None
    """JSON; a text that is one place alone becomes its value, an object too."""


class OneCall(Shape):
    """Where a call says what it is, in an answer."""

    ref: Picks
    """The platform's own id of the call."""
    status: Picks
    """In our words (`queued`, `in-progress`, `completed` …)."""
    attempt_id: Picks = ()
    """Our id in the call's metadata."""
    duration_s: Picks = ()
    """In seconds."""


class Listing(Shape):
    """A request for a list that should hold the call."""

    request: Request
    """It may name `{{ attempt_id }}`, `{{ to }}`, `{{ since_s }}` and `{{ since_ms }}`."""
    calls: str = ""
    """The path of the list; empty: the answer is the list."""
    is_exact: bool = False
    """The platform itself chose those with our attempt id."""


class Trouble(Shape):
    """What a refusal of the platform means."""

    status: int
    """Of HTTP."""
    says: str = ""
    """Words that stand in the answer, in lower case; empty: any."""
    reason: str
    """A code, such as invalid_number."""
    scope: Literal["lead", "sender", "campaign", "later"]
    """Whose fault it is; `later`: nothing was started, and it may work later."""


class Platform(Shape):
    """How calls are made on a platform."""

    headers: Mapping[str, Text] = Field(default_factory=dict)
    """Of every request; here stands `{{ api_key }}`."""
    start: Request
    """Orders a call."""
    started: OneCall
    """In the answer to `start`."""
    get: Request | None = None
    """One call by `{{ ref }}`."""
    listing: Listing | None = None
    """Finds a call whose order was never answered."""
    found: OneCall
    """In the answer to `get`, and in each item of the list."""
    end: Request | None = None
    """Hangs up `{{ ref }}`; none where the platform offers none."""
    troubles: tuple[Trouble, ...] = ()
    """The first that fits counts, before what HTTP's own codes mean."""


def places(given: object) -> frozenset[str]:
    """The names that a template asks for."""
    match given:
        case str():
            return frozenset(PLACE.findall(given))
        case Mapping():
            return frozenset().union(*(places(one) for one in given.values()))
        case list() | tuple():
            return frozenset().union(*(places(one) for one in given))
        case _:
            return frozenset()


def fill(given: object, values: Mapping[str, Value]) -> object:
    """The template with its values. Raises MissingPlace."""
    match given:
        case str():
            return _fill_text(given, values)
        case Mapping():
            return {key: fill(one, values) for key, one in given.items()}
        case list() | tuple():
            return [fill(one, values) for one in given]
        case _:
            return given


def fill_text(given: str, values: Mapping[str, Value]) -> str:
    """As `fill`, where only text will do."""
    return str(_fill_text(given, values))


def _fill_text(text: str, values: Mapping[str, Value]) -> object:
    alone = PLACE.fullmatch(text.strip())
    if alone is not None:
        return _value(alone[1], values)
    return PLACE.sub(lambda found: str(_value(found[1], values)), text)


def _value(name: str, values: Mapping[str, Value]) -> Value:
    try:
        return values[name]
    except KeyError:
        raise MissingPlace(name) from None
