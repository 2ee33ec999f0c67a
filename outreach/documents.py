"""What a document says, or every reason why it cannot be one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from outreach import schema_words
from outreach.accounts.icp_document import (
    ContainsCriterion,
    Icp,
    InCriterion,
    RangeCriterion,
    RegexCriterion,
)
from outreach.accounts.trigger_document import Trigger
from outreach.agent_document import Agent
from outreach.campaign import Campaign, VoiceStep, WhatsAppStep
from outreach.errors import Rejected
from outreach.whatsapp_template_document import WhatsAppTemplate

Document: TypeAlias = Campaign | Agent | WhatsAppTemplate | Icp | Trigger
Path: TypeAlias = tuple[str | int, ...]
Locate: TypeAlias = Callable[[Path], str]
"""Where a key stands, as "file:line"; for a missing key its parent."""


def _nowhere(_: Path) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A document as somebody hands it in."""

    document: Document
    based_on: int = 0
    """The version its author started from; 0 where they know of none."""
    locate: Locate = field(default=_nowhere, compare=False)
    """Where a key stands in what was handed in; empty where nobody knows."""


KINDS: Final[dict[str, type[Document]]] = {
    "campaign": Campaign,
    "agent": Agent,
    "template": WhatsAppTemplate,
    "icp": Icp,
    "trigger": Trigger,
}

UNION_TAGS: Final[dict[str, type[BaseModel]]] = {
    "voice": VoiceStep,
    "whatsapp": WhatsAppStep,
    "in": InCriterion,
    "range": RangeCriterion,
    "contains_any": ContainsCriterion,
    "regex": RegexCriterion,
}
UNIONS: Final = frozenset({"steps", "criteria"})
"""The lists whose items say themselves what they are."""


def parse_document(loaded: object, locate: Locate) -> Document | tuple[Rejected, ...]:
    """Check a loaded document; all that is wrong at once, in the order of the schema."""
    if not isinstance(loaded, Mapping):
        return (
            _rejected("not_a_mapping", "The document is not a mapping of keys.", "", locate(())),
        )
    kind = loaded.get("kind")
    model = KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        known = ", ".join(KINDS)
        nearest = get_close_matches(str(kind), KINDS, n=1)
        fix = f"Did you mean {nearest[0]}?" if nearest else f"Add `kind:` with one of {known}."
        where = locate(("kind",) if "kind" in loaded else ())
        said = "The document has no kind." if kind is None else f"{kind!r} is no kind of document."
        return (_rejected("unknown_kind", said, fix, where),)
    try:
        return model.model_validate(loaded)
    except ValidationError as error:
        return tuple(_explain(detail, model, locate) for detail in error.errors(include_url=False))


def _explain(detail: ErrorDetails, model: type[BaseModel], locate: Locate) -> Rejected:
    # pydantic puts the tag of a union into the path; the file knows nothing of it.
    path = _file_path(detail["loc"])
    key = ".".join(map(str, path)) or "document"
    where = f"{locate(path)} {key}"
    match detail["type"]:
        case "extra_forbidden":
            nearest = get_close_matches(str(path[-1]), _keys(model, detail["loc"][:-1]), n=1)
            fix = f"Did you mean {nearest[0]}?" if nearest else "Remove it."
            return _rejected("unknown_key", f"There is no key {path[-1]} here.", fix, where)
        case "missing":
            return _rejected("missing_key", f"{path[-1]} is missing.", "Add it.", where)
        case _:
            fix = schema_words.fix(detail, key)
            return _rejected("bad_value", schema_words.sentence(detail), fix, where)


def _file_path(loc: tuple[int | str, ...]) -> Path:
    path: list[str | int] = []
    for index, part in enumerate(loc):
        if not (index == 2 and loc[0] in UNIONS and part in UNION_TAGS):
            path.append(part)
    return tuple(path)


def _keys(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The keys that are valid at a place of the schema."""
    current: type[BaseModel] | None = model
    for part in loc:
        if current is None:
            return []
        if isinstance(part, int):
            continue
        tagged = UNION_TAGS.get(part)
        current = tagged if tagged is not None else _model_of(current, part)
    if current is None:
        return []
    return [field.alias or name for name, field in current.model_fields.items()]


def _model_of(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    for name, known in model.model_fields.items():
        if key in (name, known.alias):
            return _first_model(known.annotation) or model
    return None


def _first_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _first_model(inner)
        if found is not None:
            return found
    return None


def _rejected(code: str, message: str, fix: str, where: str) -> Rejected:
    return Rejected(code=code, message=message, fix=fix, where=where)
