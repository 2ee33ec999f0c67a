"""The reference says what the program does: all of it, and nothing that it no longer does."""

import re
import subprocess
import sys
from pathlib import Path

from pydantic import BaseModel
from typer.core import TyperGroup
from typer.main import get_command

from orchestrator.cli import build
from orchestrator.config import Config
from outreach.documents import KINDS

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"


def read(page: str) -> str:
    return (REFERENCE / page).read_text(encoding="utf-8")


def test_the_reference_is_what_the_program_says_now():
    checked = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )

    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr


def test_every_command_and_each_of_its_options_is_documented():
    page = read("commands.md")
    found = list(walk("outreach", get_command(build())))

    assert len(found) > 10
    for name, command in found:
        assert f"## {name}\n" in page
        assert command.help, f"{name} says nothing about itself"
        section = page.split(f"## {name}\n")[1].split("\n## ")[0]
        for parameter in command.params:
            if parameter.name == "help":
                continue
            assert parameter.help, f"{name} does not say what {parameter.name} is"
            said = parameter.metavar if parameter.param_type_name == "argument" else None
            assert (said or parameter.opts[0]).replace("|", "\\|") in section


def walk(name: str, command: object):
    if isinstance(command, TyperGroup):
        for word, inner in command.commands.items():
            yield from walk(f"{name} {word}", inner)
    else:
        yield name, command


def test_every_key_of_the_configuration_is_documented_with_its_meaning():
    page = read("config.md")
    keys = list(leaves("", Config))

    assert len(keys) > 30
    for key, field in keys:
        assert f"| `{key}` |" in page
        assert field.description, f"{key} has no description"


def leaves(path: str, model: type[BaseModel]):
    for name, field in model.model_fields.items():
        inner = next(models(field.annotation), None)
        if inner is None:
            yield f"{path}{name}", field
        else:
            yield from leaves(f"{path}{name}.", inner)


def test_every_key_of_every_document_is_documented_with_its_meaning():
    page = read("documents.md")
    seen: set[type[BaseModel]] = set()
    waiting: list[type[BaseModel]] = list(KINDS.values())

    while waiting:
        model = waiting.pop()
        seen.add(model)
        for name, field in model.model_fields.items():
            inner = list(models(field.annotation))
            waiting += [one for one in inner if one not in seen]
            assert f"| `{field.alias or name}` |" in page
            assert field.description or inner[0].__doc__, f"{model.__name__}.{name} says nothing"

    assert len(seen) > 15


def models(annotation: object):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for one in getattr(annotation, "__args__", ()):
        yield from models(one)


def test_every_command_that_a_message_or_a_page_names_exists():
    known = {name for name, _ in walk("outreach", get_command(build()))}
    groups = {name.rpartition(" ")[0] for name in known}
    places = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.yaml"), ROOT / "README.md"]
    for package in ("orchestrator", "outreach", "storage", "channels", "agents", "webhooks", "web"):
        places += (ROOT / package).rglob("*.py")

    wrong = [
        f"{path.relative_to(ROOT)}: {words}"
        for path in places
        for words in re.findall(
            r"(?:`|^)(outreach [a-z][a-z-]*(?: [a-z][a-z-]*)?)(?![a-z-]*[./])",
            path.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
        if not {words, words.rpartition(" ")[0]} & known and words not in groups
    ]

    assert wrong == []
