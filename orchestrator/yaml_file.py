"""YAML with positions: the data of a file, and the line on which each key stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from orchestrator.mistakes import refuse
from orchestrator.text_file import read_text
from outreach.errors import Rejected

Path_ = tuple[str | int, ...]

DEEPEST, MOST_KEYS = 32, 100_000
"""No document is like that; a few lines of aliases can be, or can hold themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFile:
    name: str
    data: object
    lines: dict[Path_, int]
    """Line of each key and list item, counted from 1, by its path."""

    def where(self, path: Sequence[str | int]) -> str:
        """`file:line` of `path`, or of the nearest parent that stands in the file."""
        for length in range(len(path), -1, -1):
            line = self.lines.get(tuple(path[:length]))
            if line is not None:
                return f"{self.name}:{line}"
        return self.name


def read_yaml(path: Path) -> YamlFile:
    """Read one file. Raises Rejected when it is missing or no YAML."""
    return parse_yaml(read_text(path), str(path))


def parse_yaml(text: str, name: str) -> YamlFile:
    """Parse one document. Raises Rejected: a syntax error, or every key that cannot stand."""
    lines: dict[Path_, int] = {}
    mistakes: list[Rejected] = []
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            return YamlFile(name=name, data={}, lines=lines)
        _Notes(name=name, lines=lines, mistakes=mistakes).take(node, ())
        if mistakes:
            raise refuse(mistakes)
        return YamlFile(name=name, data=_Loader.construct(node), lines=lines)
    except yaml.YAMLError as error:
        raise _syntax(error, name) from None
    except RecursionError:
        raise _too_large(name) from None


class _Loader(yaml.SafeLoader):
    """YAML as people expect it: `no`, `on` and `off` stay words (NO is Norway), dates stay text."""

    @classmethod
    def construct(cls, node: yaml.Node) -> object:
        loader = cls("")
        try:
            return loader.construct_document(_plain(node))
        finally:
            loader.dispose()


_BOOLEANS = {"true", "false"}
_AS_TEXT = {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int"}


def _plain(node: yaml.Node) -> yaml.Node:
    """Take back what YAML 1.1 reads into plain words: yes/no, dates, and times such as 12:30."""
    match node:
        case yaml.ScalarNode():
            surprising = node.tag in _AS_TEXT and node.value.lower() not in _BOOLEANS
            if surprising and not node.value.lstrip("+-").isdecimal():
                node.tag = "tag:yaml.org,2002:str"
            elif node.value.startswith("+"):
                # A phone number that nobody quoted.
                node.tag = "tag:yaml.org,2002:str"
        case yaml.SequenceNode():
            for item in node.value:
                _plain(item)
        case yaml.MappingNode():
            for key, value in node.value:
                _plain(key)
                _plain(value)
    return node


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notes:
    """The line of each key, and what is wrong with keys, as they are met."""

    name: str
    lines: dict[Path_, int]
    mistakes: list[Rejected]

    def take(self, node: yaml.Node, path: Path_) -> None:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if len(path) > DEEPEST or len(self.lines) > MOST_KEYS:
            raise _too_large(self.name)
        match node:
            case yaml.MappingNode():
                self._keys(node, path)
            case yaml.SequenceNode():
                for number, item in enumerate(node.value):
                    self.take(item, (*path, number))

    def _keys(self, node: yaml.MappingNode, path: Path_) -> None:
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            where = f"{self.name}:{line}"
            if not isinstance(key, yaml.ScalarNode):
                said = "A key must be a word."
                self.mistakes.append(Rejected("yaml_key", said, "Quote it.", where))
                continue
            if key.value in seen:
                said = f"The key {key.value!r} stands twice."
                fix = "Keep one of them."
                self.mistakes.append(Rejected("yaml_repeated_key", said, fix, where))
            seen.add(key.value)
            here = (*path, key.value)
            self.lines[here] = line
            self.take(value, here)


def _too_large(name: str) -> Rejected:
    return Rejected(
        "yaml_too_large",
        "The file is nested too deeply or says too much.",
        "Write it without aliases that repeat aliases.",
        name,
    )


SYNTAX: Final = (
    ("mapping values are not allowed", "a colon stands where no key can begin"),
    ("could not find expected ':'", "a key has no colon after it"),
    ("cannot start any token", "a character stands there that cannot begin a value"),
    ("expected <block end>", "the indentation does not fit the lines above"),
    ("unexpected end of stream", "a quote is opened and never closed"),
    ("expected ',' or", "a bracket is opened and never closed"),
    ("expected the node content", "a value is missing"),
    ("expected a single document", "a second document begins"),
    ("found undefined alias", "an alias is used that no anchor names"),
    ("could not determine a constructor", "a tag is used that means nothing here"),
    ("special characters are not allowed", "it holds characters that no text has"),
)
"""What the parser says, by a part of its words, and what it means to who wrote the file."""


def _syntax(error: yaml.YAMLError, name: str) -> Rejected:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or ""
    words = next((said for part, said in SYNTAX if part in problem), "the line cannot be read")
    where = f"{name}:{mark.line + 1}" if mark is not None else name
    return Rejected(
        "yaml_syntax",
        f"This is not YAML: {words}.",
        "Look for a missing colon, quote or indentation, here or in the line above.",
        where,
    )


Locate = Callable[[Sequence[str | int]], str]
