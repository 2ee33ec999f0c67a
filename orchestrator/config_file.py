"""Reads the configuration: one YAML file, or OUTREACH__SECTION__KEY for any key; every mistake."""

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from orchestrator.config import Config, is_secret, model_of
from orchestrator.mistakes import refuse
from orchestrator.yaml_file import YamlFile, parse_yaml, read_yaml
from outreach import schema_words
from outreach.errors import Rejected

PREFIX: Final = "OUTREACH__"
PLACEHOLDER: Final = "unknown"
"""Stands for a value that could not be had, while the rest is checked."""
_REFERENCE = re.compile(r"^\$\{(env|file):([^}]+)\}$")

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration and where each of its values came from."""

    config: Config
    file: YamlFile
    references: Mapping[KeyPath, str]
    """What the file asks for by name, as it stands there: ${env:NAME}."""
    environment: Mapping[KeyPath, str]
    """The variable, by the path of the key that it sets."""


def load_config(path: Path | None) -> Config:
    """Read and check the configuration; None takes everything from the environment.

    Raises Rejected with file, line and key; where several things are wrong, with all of them.
    """
    return load(path).config


def load(path: Path | None) -> Loaded:
    """Like `load_config`, and say where each value came from."""
    file = read_yaml(path) if path is not None else parse_yaml("", "environment")
    if not isinstance(file.data, dict):
        raise Rejected(
            "config_shape", "The file is no mapping.", "Begin with `key: value`.", file.name
        )
    reading = _Reading(file=file)
    values = reading.resolve(file.data, ())
    reading.check_variables()
    config = reading.validated(values)
    if config is None or reading.mistakes:
        raise refuse([one for _, one in sorted(reading.mistakes, key=reading.place)])
    return Loaded(
        config=config,
        file=file,
        references=reading.references,
        environment=reading.environment,
    )


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One file being read, with all that was found wrong so far."""

    file: YamlFile
    mistakes: list[tuple[KeyPath, Rejected]] = field(default_factory=list)
    references: dict[KeyPath, str] = field(default_factory=dict)
    environment: dict[KeyPath, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in os.environ:
            if name.upper().startswith(PREFIX):
                parts = name[len(PREFIX) :].lower().split("__")
                self.environment[tuple(parts)] = name

    def place(self, one: tuple[KeyPath, Rejected]) -> int:
        """For the order of the file; what stands nowhere in it comes last."""
        return self.file.lines.get(one[0], self.file.lines.get(one[0][:1], 1_000_000))

    def resolve(self, values: Mapping[str, object], path: KeyPath) -> dict[str, Any]:
        """The file's values with what they refer to, and a mistake for each that cannot be had."""
        resolved: dict[str, Any] = {}
        for key, value in values.items():
            here = (*path, str(key))
            if isinstance(value, Mapping):
                resolved[str(key)] = self.resolve(value, here)
            elif isinstance(value, str) and (reference := _REFERENCE.match(value)):
                self.references[here] = value
                resolved[str(key)] = self._referred(reference[1], reference[2], here)
            else:
                if is_secret(here) and value is not None:
                    self._secret_in_file(here)
                resolved[str(key)] = value
        return resolved

    def _secret_in_file(self, path: KeyPath) -> None:
        self._note(
            path,
            "config_secret_in_file",
            f"{dotted(path)} is a secret and may not be written into the file.",
            f"Write ${{env:{_variable(path)}}} or ${{file:/path/to/it}} instead.",
        )

    def _referred(self, kind: str, name: str, path: KeyPath) -> str:
        key = dotted(path)
        if kind == "env":
            value = os.environ.get(name)
            if value:
                return value
            said = f"{key} asks for the environment variable {name}, which is not set."
            self._note(path, "config_env_missing", said, f"Set it: export {name}=...")
            return PLACEHOLDER
        try:
            return Path(name).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            said = f"{key} asks for the file {name}: {reason}."
            self._note(path, "config_file_missing", said, "Check the path and its permissions.")
            return PLACEHOLDER

    def check_variables(self) -> None:
        """A variable that begins like ours and names no section would be passed over in silence."""
        for path, name in self.environment.items():
            if path[0] not in Config.model_fields:
                self.mistakes.append((path, _unknown(path[:1], f"environment variable {name}")))

    def validated(self, values: Mapping[str, Any]) -> Config | None:
        try:
            return Config(**values)
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False):
                path = tuple(part for part in detail["loc"] if isinstance(part, str | int))
                if not self._is_known(path):
                    self.mistakes.append((path, self._explained(detail, path)))
        except SettingsError as error:
            # A section whose variable holds no JSON; the message names the section, not the value.
            said = f"The environment cannot be read: {error}."
            self._note(
                (), "config_environment", said, "Set OUTREACH__SECTION__KEY for single keys."
            )
        return None

    def _is_known(self, path: KeyPath) -> bool:
        """Whether this value could not be had anyway: that is one mistake, not two."""
        return any(path[: len(known)] == known for known, _ in self.mistakes if known)

    def _explained(self, detail: ErrorDetails, path: KeyPath) -> Rejected:
        key, where = dotted(path), self._where(path)
        match detail["type"]:
            case "extra_forbidden":
                return _unknown(path, where)
            case "missing":
                variable = f"{PREFIX}{'__'.join(map(str, path)).upper()}"
                fix = f"Add it, or set {variable}."
                return Rejected("config_missing_key", f"The key {key!r} is missing.", fix, where)
            case _:
                said = f"{key}: {schema_words.sentence(detail)}"
                return Rejected("config_value", said, schema_words.fix(detail, key), where)

    def _where(self, path: KeyPath) -> str:
        """The variable that set it, else file and line."""
        for length in range(len(path), 0, -1):
            if name := self.environment.get(path[:length]):
                return f"environment variable {name}"
        return self.file.where(path)

    def _note(self, path: KeyPath, code: str, said: str, fix: str) -> None:
        self.mistakes.append((path, Rejected(code, said, fix, self.file.where(path))))


def dotted(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path))


def _variable(path: KeyPath) -> str:
    """A name for the secret at `path` that every shell can set."""
    return re.sub(r"\W", "_", "_".join(map(str, path))).upper()


def _unknown(path: KeyPath, where: str) -> Rejected:
    said = f"There is no key {dotted(path)!r}."
    return Rejected("config_unknown_key", said, nearest_key(Config, path), where)


def nearest_key(model: type[BaseModel], path: Sequence[str | int]) -> str:
    """A hint at the valid key that looks most like the last part of `path`."""
    for part in path[:-1]:
        known = model.model_fields.get(str(part))
        inner = model_of(known.annotation) if known is not None else model
        if inner is None:
            return ""
        model = inner
    names = list(model.model_fields)
    close = difflib.get_close_matches(str(path[-1]), names, n=1)
    return f"Did you mean {close[0]!r}?" if close else f"Valid keys: {', '.join(names)}."
