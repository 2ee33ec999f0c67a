"""A text with places for a lead's values, and what it says for one lead."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PLACE: Final = re.compile(r"\{\{(?P<inside>[^{}]*)\}\}")
INSIDE: Final = re.compile(
    r"""\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\s*
        (?:\|\s*default\s*:\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')\s*)?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    name: str
    default: str | None
    """Said when the lead has no such value; None means that it must have one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    parts: tuple[str | Place, ...]

    @property
    def variables(self) -> frozenset[str]:
        """Every name that the text uses."""
        return frozenset(part.name for part in self.parts if isinstance(part, Place))

    @property
    def required(self) -> frozenset[str]:
        """The names that at least one place uses without a default."""
        places = (part for part in self.parts if isinstance(part, Place))
        return frozenset(place.name for place in places if place.default is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadTemplate:
    line: int
    """Both count from 1, within the template's own text."""
    column: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A lead lacks these values (sorted, never empty), so nothing can be said to it."""

    names: tuple[str, ...]


def parse(text: str) -> Template | BadTemplate:
    """Read `{{ name }}` and `{{ name | default: "there" }}`; all else is plain text."""
    parts: list[str | Place] = []
    end = 0
    for match in PLACE.finditer(text):
        plain = text[end : match.start()]
        if (stray := _stray(plain)) is not None:
            return _bad(text, end + stray, "a brace pair is not closed or not opened")
        inside = INSIDE.fullmatch(match["inside"])
        if inside is None:
            return _bad(
                text,
                match.start(),
                f'{match[0]} is neither {{{{ name }}}} nor {{{{ name | default: "text" }}}}',
            )
        if plain:
            parts.append(plain)
        default = inside["double"] if inside["double"] is not None else inside["single"]
        parts.append(Place(name=inside["name"], default=default))
        end = match.end()
    rest = text[end:]
    if (stray := _stray(rest)) is not None:
        return _bad(text, end + stray, "a brace pair is not closed or not opened")
    if rest:
        parts.append(rest)
    return Template(parts=tuple(parts))


def render(template: Template, values: Mapping[str, str]) -> str | Missing:
    """The text for one lead; a value of nothing but blanks counts as absent."""
    said: list[str] = []
    missing: set[str] = set()
    for part in template.parts:
        if isinstance(part, str):
            said.append(part)
            continue
        value = values.get(part.name, "").strip()
        if not value and part.default is None:
            missing.add(part.name)
        said.append(value or part.default or "")
    return Missing(names=tuple(sorted(missing))) if missing else "".join(said)


def _stray(plain: str) -> int | None:
    found = [at for at in (plain.find("{{"), plain.find("}}")) if at >= 0]
    return min(found) if found else None


def _bad(text: str, at: int, message: str) -> BadTemplate:
    before = text[:at]
    line = before.count("\n") + 1
    return BadTemplate(line=line, column=at - (before.rfind("\n") + 1) + 1, message=message)
