"""Every key of the configuration with its value and where that came from; secrets stay hidden."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, SecretStr

from orchestrator.config_file import PREFIX, KeyPath, Loaded, dotted


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    key: str
    value: object
    """As JSON would hold it; of a secret only whether it is set."""
    source: str
    """A variable, file and line, or `default`."""


def effective(loaded: Loaded) -> list[Effective]:
    """All keys in the order of the schema; a section that is absent is one row without a value."""
    plain = loaded.config.model_dump(mode="json")
    return list(_below(loaded, loaded.config, plain, ()))


def _below(
    loaded: Loaded, section: BaseModel, plain: Mapping[str, Any], path: KeyPath
) -> Iterator[Effective]:
    for name in type(section).model_fields:
        here, value = (*path, name), getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _below(loaded, value, plain[name], here)
        elif isinstance(value, Mapping) and any(isinstance(v, BaseModel) for v in value.values()):
            for key, inner in value.items():
                yield from _below(loaded, inner, plain[name][key], (*here, str(key)))
        else:
            source = _source(loaded, here)
            shown = _secret(source) if isinstance(value, SecretStr) else plain[name]
            yield Effective(key=dotted(here), value=shown, source=source)


def _secret(source: str) -> str:
    return (
        "set from the environment" if PREFIX in source or "${env:" in source else "set from a file"
    )


def _source(loaded: Loaded, path: KeyPath) -> str:
    for length in range(len(path), 0, -1):
        if variable := loaded.environment.get(path[:length]):
            return variable
    if path not in loaded.file.lines:
        return "default"
    reference = loaded.references.get(path)
    where = loaded.file.where(path)
    return f"{reference} in {where}" if reference else where
