"""The answer's shape as the request's JSON schema states it, references followed."""

from collections.abc import Mapping

from simulator.model_chat import Json

Value = str | float | bool


def properties_of(schema: Json) -> Json:
    """The schema's own properties with every local `$ref` replaced by what it names."""
    definitions: Json = dict(schema.get("$defs") or {})
    inlined = _inlined(schema.get("properties") or {}, definitions)
    return inlined if isinstance(inlined, dict) else {}


def _inlined(part: object, definitions: Json, depth: int = 0) -> object:
    # A schema that contains itself has no end; the answer needs three levels.
    if depth > 12:
        return {}
    if isinstance(part, list):
        return [_inlined(each, definitions, depth + 1) for each in part]
    if not isinstance(part, dict):
        return part
    name = str(part.get("$ref", "")).removeprefix("#/$defs/")
    if name in definitions:
        return _inlined(definitions[name], definitions, depth + 1)
    return {key: _inlined(each, definitions, depth + 1) for key, each in part.items()}


def allowed_outcomes(properties: Json) -> list[str]:
    """The outcomes the schema knows."""
    return [choice for choice in _enum(properties.get("outcome") or {}) if choice is not None]


def _enum(shape: Json) -> list[str]:
    if "enum" in shape:
        return list(shape["enum"])
    return [choice for option in shape.get("anyOf") or () for choice in _enum(option)]


def fitted(value: Value, properties: Json) -> Value:
    """The value as the schema types it: many schemas carry every value as a string."""
    items = (properties.get("fields") or {}).get("items") or {}
    kinds = _types((items.get("properties") or {}).get("value") or {})
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not kinds or kinds - {"string", "null"}:
        return value
    return value if isinstance(value, str) else str(value).lower()


def _types(shape: Json) -> set[str]:
    kind = shape.get("type", [])
    kinds = {kind} if isinstance(kind, str) else set(kind)
    return kinds.union(*(_types(option) for option in shape.get("anyOf") or ()))


def empty(shape: Json) -> object:
    """What a property holds when nothing is known."""
    kinds = _types(shape)
    if "null" in kinds or not kinds:
        return None
    if _enum(shape):
        return _enum(shape)[-1]
    nothing: Mapping[str, object] = {"array": [], "object": {}, "boolean": False, "string": ""}
    return nothing.get(kinds.pop(), 0)
