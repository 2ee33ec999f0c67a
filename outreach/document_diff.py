"""What differs between two versions of a document, key by key."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

NAMES: Final = ("id", "key", "name")
"""What tells the items of a list apart; items without are told apart by their places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    path: str
    """Such as `rules.callback.then.retry.max`."""
    before: object
    """None where there was nothing."""
    after: object
    """None where there is nothing any more."""


def differences(before: object, after: object) -> tuple[Difference, ...]:
    """Every leaf that differs, in the order of the newer document."""
    return tuple(_compare("", before, after))


def _compare(path: str, before: object, after: object) -> Iterator[Difference]:
    old, new = _parts(before), _parts(after)
    if old is None or new is None:
        if before != after:
            yield Difference(path=path or "document", before=before, after=after)
        return
    for key in [*new, *(one for one in old if one not in new)]:
        inner = f"{path}.{key}" if path else key
        yield from _compare(inner, old.get(key), new.get(key))


def _parts(value: object) -> dict[str, object] | None:
    """The named parts of a mapping or of a list of mappings; None where it is a leaf."""
    if isinstance(value, Mapping):
        return {str(key): part for key, part in value.items()}
    if isinstance(value, str) or not isinstance(value, Sequence):
        return None
    if not value or not all(isinstance(one, Mapping) for one in value):
        return None
    named = {_name(one, place): one for place, one in enumerate(value)}
    return named if len(named) == len(value) else None


def _name(item: Mapping[str, object], place: int) -> str:
    for key in NAMES:
        if isinstance(item.get(key), str):
            return str(item[key])
    return str(place)
