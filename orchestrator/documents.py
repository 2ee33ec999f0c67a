"""YAML files and documents: reading with every mistake named, writing in a fixed order."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from orchestrator.mistakes import each
from orchestrator.yaml_file import YamlFile, parse_yaml, read_yaml
from outreach.documents import Document, Edition, parse_document
from outreach.errors import Rejected


def read_document(path: Path) -> Document | tuple[Rejected, ...]:
    """Read one file; whatever is wrong with it is returned, never raised."""
    try:
        return _document(read_yaml(path))
    except Rejected as rejected:
        return each(rejected)


def read_edition(path: Path) -> Edition | tuple[Rejected, ...]:
    """Read one file with the `version` it says that it started from."""
    try:
        return _edition(read_yaml(path))
    except Rejected as rejected:
        return each(rejected)


def load_edition(text: str, name: str) -> Edition | tuple[Rejected, ...]:
    """The same from text; `name` stands for the file in messages."""
    try:
        return _edition(parse_yaml(text, name))
    except Rejected as rejected:
        return each(rejected)


def _edition(file: YamlFile) -> Edition | tuple[Rejected, ...]:
    data, based_on = file.data, 0
    if isinstance(data, Mapping) and "version" in data:
        data = dict(data)
        based_on = data.pop("version")
        if type(based_on) is not int or based_on < 1:
            where = file.where(("version",))
            message = "version is the whole number that `campaign show --yaml` printed."
            return (Rejected("bad_value", message, "Correct it, or remove it.", where),)
    found = parse_document(data, file.where)
    return (
        found
        if isinstance(found, tuple)
        else Edition(document=found, based_on=based_on, locate=file.where)
    )


def load_document(text: str, name: str) -> Document | tuple[Rejected, ...]:
    """Read a document from text; `name` stands for the file in messages."""
    try:
        return _document(parse_yaml(text, name))
    except Rejected as rejected:
        return each(rejected)


def dump_yaml(document: Document, version: int | None = None) -> str:
    """The document in its fixed order, without what only repeats a default; reads back equal.

    `version` is put behind the name: who edits the text says by it what they started from.
    """
    content = document.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if version is not None:
        head = {"kind": content.pop("kind"), "name": content.pop("name"), "version": version}
        content = head | content
    return yaml.dump(
        content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, indent=2
    )


def _document(file: YamlFile) -> Document | tuple[Rejected, ...]:
    return parse_document(file.data, file.where)


class _Dumper(yaml.SafeDumper):
    """Block style, lists indented under their key, long texts as written."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    # What another reader of YAML would take for a number, a time or a boolean is quoted.
    if style is None and text[:1] in "+-.0123456789":
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
