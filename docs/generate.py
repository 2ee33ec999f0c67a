"""Writes docs/reference from the program itself; `--check` says what is out of date, status 1."""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import NoneType, SimpleNamespace, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, SecretStr, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typer.core import TyperArgument, TyperCommand, TyperGroup
from typer.main import get_command

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
WEBHOOKS = ROOT / "docs" / "webhooks.md"
JOURNEYS = ROOT / "docs" / "howto-journeys.md"
sys.path.insert(0, str(ROOT))

from channels.hosted_template import NAMES, Platform  # noqa: E402
from orchestrator.cli import build  # noqa: E402
from orchestrator.config import Config  # noqa: E402
from outreach.accounts.touchpoint_delivery import schema_text as touchpoint_schema  # noqa: E402
from outreach.call_delivery import schema_text  # noqa: E402
from outreach.call_mapping import CallMapping  # noqa: E402
from outreach.campaign import OnReply  # noqa: E402
from outreach.documents import KINDS  # noqa: E402
from outreach.events import Kind  # noqa: E402
from outreach.follow_up_rules import DEFAULT_RULES  # noqa: E402
from outreach.hours import WeeklyHours  # noqa: E402
from outreach.lifting import LIFTED_BY, LIFTER_WORDS, Lifter  # noqa: E402
from outreach.reason import WORDS as WORDS_OF  # noqa: E402
from outreach.reason import Reason  # noqa: E402
from web.api.application import document_of, routes  # noqa: E402

WORDS: Final[Mapping[object, str]] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    datetime: "time with offset",
    date: "date",
    timedelta: "span, such as PT2H",
    Path: "path",
    SecretStr: "secret",
    WeeklyHours: 'hours, such as mon-fri: ["09:00-17:00"]',
    OnReply: "text",
    NoneType: "none",
    Decimal: "number",
    object: "any JSON",
}
TYPED: Final = {"str": "TEXT", "int": "NUMBER", "float": "NUMBER"}
GENERATED: Final = "<!-- Written by docs/generate.py from the program; edit it there. -->\n\n"


def main() -> int:
    """Write the pages, or compare them with what they should say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="Write nothing.")
    check = parser.parse_args().check
    stale = {path: text for path, text in pages().items() if current(path) != text}
    for path, text in stale.items():
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        verb = "is out of date; run `python docs/generate.py`" if check else "is written"
        sys.stdout.write(f"{path.relative_to(ROOT)} {verb}.\n")
    return 1 if check and stale else 0


def pages() -> dict[Path, str]:
    """What each generated page should say."""
    return {
        REFERENCE / "commands.md": commands_page(),
        REFERENCE / "config.md": config_page(),
        REFERENCE / "documents.md": documents_page(),
        REFERENCE / "reasons.md": reasons_page(),
        REFERENCE / "api.md": api_page(),
        WEBHOOKS: webhooks_page(),
        JOURNEYS: journeys_page(),
    }


def current(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


# Commands


def commands_page() -> str:
    said = [
        GENERATED + "# Commands\n",
        "`outreach COMMAND --help` says the same. A command ends with status 0 when it is done, 1"
        " when the job found problems, and 2 when it was used or configured wrongly; then it says"
        " what is wrong and how to mend it. With `--json`, stdout is data alone.\n",
    ]
    for name, command in commands():
        usage = " ".join([name, *(as_typed(one) for one in parameters(command))])
        said += [f"## {name}\n", f"{command.help or ''}\n", f"```\n{usage}\n```\n"]
        rows = [(f"`{named(one)}`", told(one), preset(one)) for one in parameters(command)]
        said.append(table(("", "Meaning", "Default"), rows))
    return "\n".join(said).rstrip() + "\n"


def commands() -> Iterator[tuple[str, TyperCommand]]:
    """Every command with its full name, in the order of `--help`."""
    yield from below("outreach", get_command(build()))


def below(name: str, command: object) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for word, inner in command.commands.items():
            yield from below(f"{name} {word}", inner)
    elif isinstance(command, TyperCommand):
        yield name, command


def parameters(command: TyperCommand) -> list[Any]:
    return [one for one in command.params if one.name != "help"]


def named(parameter: Any) -> str:
    if isinstance(parameter, TyperArgument):
        return parameter.metavar or (parameter.name or "").upper()
    flag = "/".join([*parameter.opts, *parameter.secondary_opts])
    value = parameter.metavar or TYPED.get(parameter.bare_type(), parameter.bare_type().upper())
    return flag if parameter.is_flag else f"{flag} {value}"


def as_typed(parameter: Any) -> str:
    return named(parameter) if parameter.required else f"[{named(parameter)}]"


def told(parameter: Any) -> str:
    return (parameter.help or "").split("[default:")[0].strip()


def preset(parameter: Any) -> str:
    if parameter.required:
        return "required"
    stated = re.search(r"\[default: (.*)\]", parameter.help or "")
    if stated:
        return stated[1]
    if parameter.default in (None, False, ()):
        return ""
    return f"`{parameter.default}`"


# Configuration


def config_page() -> str:
    said = [
        GENERATED + "# Configuration\n",
        "One YAML file, `config.yaml` unless `--config` names another, read once at start."
        " `config.example.yaml` shows every section. Each key can also come from the environment,"
        " which wins: `OUTREACH__SECTION__KEY`. An unknown key is an error that names the nearest"
        " valid one. A secret never stands in the file: write `${env:NAME}` or"
        " `${file:/path}`.\n",
    ]
    return "\n".join([*said, *sections("", Config)]).rstrip() + "\n"


def sections(path: str, model: type[BaseModel]) -> Iterator[str]:
    """A heading and a table for each section, each key by its full path."""
    rows = []
    inner = []
    for key, field in model.model_fields.items():
        below = models_of(field.annotation)
        if below:
            inner.append((f"{path}{key}", below[0]))
        else:
            rows.append((f"`{path}{key}`", kind(field), default(field), meaning(field)))
    if rows:
        yield table(("Key", "Type", "Default", "Meaning"), rows)
    for name, section in inner:
        yield heading(2 + name.count("."), name, section)
        yield from sections(f"{name}.", section)


# Documents


def documents_page() -> str:
    said = [
        GENERATED + "# Documents\n",
        "What `outreach campaign apply` and `outreach icp apply` read: one YAML document per file."
        " `kind` says which it is."
        " An unknown key is an error that names file, line and the nearest valid key. Spans are ISO"
        " 8601 (`PT2H`, `P1D`), times carry their offset. Texts may use `{{ first_name }}` and the"
        ' campaign\'s own fields, with `{{ first_name | default: "there" }}` where a value may be'
        " missing.\n",
    ]
    seen: set[type[BaseModel]] = set()
    for name, model in KINDS.items():
        said += [f"## {name.capitalize()}\n", f"{module_says(model)}\n"]
        said += parts(model, seen)
        if name == "campaign":
            said += ["### Default rules\n", default_rules()]
    return "\n".join(said).rstrip() + "\n"


def parts(model: type[BaseModel], seen: set[type[BaseModel]]) -> list[str]:
    """The table of one document and, under it, of each part that was not shown before."""
    seen.add(model)
    rows = [
        (f"`{field.alias or key}`", kind(field), default(field), meaning(field))
        for key, field in model.model_fields.items()
    ]
    said = [table(("Key", "Type", "Default", "Meaning"), rows)]
    for field in model.model_fields.values():
        for part in models_of(field.annotation):
            if part not in seen:
                said += [heading(3, title(part), part), *parts(part, seen)]
    return said


def default_rules() -> str:
    rules = [
        rule.model_dump(mode="json", exclude_defaults=True, by_alias=True) for rule in DEFAULT_RULES
    ]
    text = yaml.safe_dump(rules, sort_keys=False, default_flow_style=None, width=90)
    return f"What follows where a campaign names no rules:\n\n```yaml\n{text}```\n"


# Reasons


def reasons_page() -> str:
    """Why somebody is not contacted, and what lifts it."""
    rows = [
        (f"`{reason}`", WORDS_OF[reason], "; ".join(lifters(reason)).capitalize() + ".")
        for reason in Reason
    ]
    said = [
        GENERATED + "# Reasons\n",
        "Why somebody is not contacted now, and what lifts it. Nobody is contacted before every"
        " reason is lifted; each is looked at again as soon as it may be.\n",
        table(("Reason", "Meaning", "Lifted when"), rows),
    ]
    return "\n".join(said).rstrip() + "\n"


def lifters(reason: Reason) -> list[str]:
    return [LIFTER_WORDS[lifter] for lifter in Lifter if lifter in LIFTED_BY[reason]]


# The API


def api_page() -> str:
    """Every operation with its role, what it takes and what it answers."""
    document = openapi_document()
    said = [
        GENERATED + "# API\n",
        "Below `/api/v1`. [How to use it](../howto-api.md); `/api/v1/openapi.json` has every"
        " schema with examples. Each operation names the least role of a key; each may be refused"
        " with a problem.\n",
    ]
    tag = ""
    for path, method, operation in operations(document):
        if operation["tags"][0] != tag:
            tag = operation["tags"][0]
            said.append(f"## {tag.capitalize()}\n")
        said += [f"### {operation['summary']}\n", *operation_says(path, method, operation)]
        rows = [parameter_row(one) for one in operation.get("parameters", [])]
        said.append(table(("Parameter", "In", "Meaning"), rows))
    kinds = ", ".join(f"`{kind}`" for kind in Kind)
    said += ["## Kinds of events\n", f"{kinds}.\n", "## Schemas\n"]
    for name, schema in sorted(document["components"]["schemas"].items()):
        said += [f"### Schema {name}\n", *schema_says(schema)]
    return "\n".join(part for part in said if part).rstrip() + "\n"


def openapi_document() -> dict[str, Any]:
    """The document without a database: the operations are built, and none is called."""
    nowhere: Any = SimpleNamespace()
    return document_of(routes(nowhere))


def operations(document: Mapping[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and operation, those of one tag together."""
    tags = list(
        dict.fromkeys(
            one["tags"][0] for path in document["paths"].values() for one in path.values()
        )
    )
    found = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return sorted(found, key=lambda one: tags.index(one[2]["tags"][0]))


def operation_says(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"`{method.upper()} {path}` for keys of the role {operation['x-role']}.\n"
    if operation.get("description"):
        yield " ".join(operation["description"].split()) + "\n"
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    sent = schema_word(body["schema"]) if body else ""
    status, answer = next(iter(operation["responses"].items()))
    schema = answer.get("content", {}).get("application/json", {}).get("schema")
    given = schema_word(schema) if schema else "sound"
    takes = f"Takes {sent}. " if sent else ""
    yield f"{takes}Answers {status} with {given}.\n"


def parameter_row(one: Mapping[str, Any]) -> tuple[str, str, str]:
    said = one.get("description") or one["schema"].get("description") or ""
    return f"`{one['name']}`", one["in"], said


def schema_says(schema: Mapping[str, Any]) -> Iterator[str]:
    if schema.get("description"):
        yield " ".join(schema["description"].split()) + "\n"
    if schema.get("enum"):
        yield ", ".join(f"`{one}`" for one in schema["enum"]) + "\n"
    rows = [
        (f"`{name}`", schema_word(one), " ".join(one.get("description", "").split()))
        for name, one in schema.get("properties", {}).items()
    ]
    yield table(("Key", "Type", "Meaning"), rows)


def schema_word(schema: Mapping[str, Any]) -> str:
    """A schema in a word or two."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#schema-{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(schema_word(one) for one in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {schema_word(schema.get('items', {}))}"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    word = schema.get("format") or schema.get("type") or "any JSON"
    return {
        "string": "text",
        "integer": "whole number",
        "date-time": "time",
        "object": "mapping",
        "boolean": "true or false",
        "duration": "span",
    }.get(word, word)


# Calls of other platforms

BEGIN: Final = "<!-- From here on docs/generate.py writes. -->\n"


def journeys_page() -> str:
    """What people wrote about journeys, and under it the schema of what others tell."""
    written = JOURNEYS.read_text(encoding="utf-8").partition(BEGIN)[0]
    return f"{written}{BEGIN}\n## The schema\n\n```json\n{touchpoint_schema()}\n```\n"


def webhooks_page() -> str:
    """What people wrote about webhooks, and under it the schema and the keys as they are."""
    written = WEBHOOKS.read_text(encoding="utf-8").partition(BEGIN)[0]
    seen: set[type[BaseModel]] = set()
    said = [
        f"{written}{BEGIN}",
        f"## The schema\n\n```json\n{schema_text()}\n```\n",
        "## Mapping\n",
        f"{module_says(CallMapping)}\n",
        *parts(CallMapping, seen),
        "## Ordering calls\n",
        f"{module_says(Platform)} A text may name {names()}, and `values.NAME`.\n",
        *parts(Platform, seen),
    ]
    return "\n".join(said).rstrip() + "\n"


def names() -> str:
    return ", ".join(f"`{{{{ {name} }}}}`" for name in sorted(NAMES))


# One key


def kind(field: FieldInfo) -> str:
    return type_words(field.annotation, field.metadata)


def type_words(annotation: Any, metadata: Sequence[object] = ()) -> str:
    """A type as its author would say it."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        more = [x for one in args[1:] for x in getattr(one, "metadata", [one])]
        return type_words(args[0], [*metadata, *more])
    if origin in (Union, UnionType):
        several = [type_words(one, metadata) for one in args if one is not NoneType]
        return " or ".join(dict.fromkeys(several))
    if origin is Literal:
        return ", ".join(f"`{one.value if isinstance(one, Enum) else one}`" for one in args)
    if origin is tuple:
        return f"list of {type_words(args[0])}"
    if origin is not None and issubclass(origin, Mapping):
        return "mapping"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(f"`{one.value}`" for one in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{title(annotation).lower()}](#{title(annotation).lower().replace(' ', '-')})"
    return f"{WORDS[annotation]}{bounds(metadata)}"


def bounds(metadata: Sequence[object]) -> str:
    """The smallest and largest value, or the longest text."""
    found: dict[str, object] = {}
    for one in metadata:
        for name in ("ge", "gt", "le", "max_length"):
            value = getattr(one, name, None)
            if value is not None:
                found[name] = value
    if "le" in found:
        least = f"above {found['gt']}" if "gt" in found else found.get("ge", "")
        return f", {least} to {found['le']}"
    if "gt" in found or "ge" in found:
        return f", above {found['gt']}" if "gt" in found else f", {found['ge']} or more"
    return f", at most {found['max_length']} characters" if "max_length" in found else ""


def default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value == DEFAULT_RULES:
        return "[the default rules](#default-rules)"
    if value is None or value is PydanticUndefined or value in ((), {}, ""):
        return ""
    typed: Any = field.annotation
    if field.metadata:
        typed = Annotated[typed, *field.metadata]
    plain = TypeAdapter(typed).dump_python(value, mode="json", by_alias=True, exclude_defaults=True)
    if plain == {}:
        return ""
    text = yaml.safe_dump(plain, default_flow_style=True, width=1000, sort_keys=False)
    return f"`{text.removesuffix('...' + chr(10)).strip()}`"


def meaning(field: FieldInfo) -> str:
    inner = models_of(field.annotation)
    text = field.description or (first_paragraph(inner[0]) if inner else "")
    # Python says None where a document says nothing.
    return " ".join(text.replace("None", "absent").split())


def models_of(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for one in get_args(annotation) for model in models_of(one)]


def heading(level: int, words: str, model: type[BaseModel]) -> str:
    said = first_paragraph(model)
    return f"{'#' * level} {words}\n" + (f"\n{said}\n" if said else "")


def first_paragraph(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().split("\n\n")[0]


def module_says(model: type[BaseModel]) -> str:
    return (sys.modules[model.__module__].__doc__ or "").strip().split("\n\n")[0]


def title(model: type[BaseModel]) -> str:
    """The class's name as words."""
    words = re.findall(r"WhatsApp|[A-Z][a-z]*", model.__name__)
    return " ".join([words[0], *(word.lower() for word in words[1:])])


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )


if __name__ == "__main__":
    sys.exit(main())
