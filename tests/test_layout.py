"""The folders of the product are its own: no package of the lock file brings the same name."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OURS = frozenset(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
NAME = re.compile(r"[A-Za-z0-9._-]+")
PARTS = frozenset({"pydantic-core"})
"""Released in one with a package that is named, which pins it."""
NOT_SHIPPED = frozenset({"tests", "benchmarks"})


def test_no_installed_package_brings_a_name_of_ours() -> None:
    own = PROJECT["project"]["name"]
    brought = {
        name: [package for package in packages if package != own]
        for name, packages in metadata.packages_distributions().items()
    }

    taken = {name: brought[name] for name in OURS | NOT_SHIPPED if brought.get(name)}

    assert "sqlalchemy" in brought, "the installed packages were not read"
    assert taken == {}


def test_every_package_that_is_imported_is_named_in_the_project():
    project = PROJECT["project"]
    named = {
        NAME.match(one)[0].lower().replace("_", "-")
        for one in (*project["dependencies"], *project["optional-dependencies"]["telemetry"])
    }
    brought_by = metadata.packages_distributions()
    missing = {}
    for path in (file for folder in OURS for file in sorted((ROOT / folder).rglob("*.py"))):
        for top in imported(path) - OURS - sys.stdlib_module_names:
            packages = {one.lower().replace("_", "-") for one in brought_by.get(top, [top])}
            if not packages & (named | PARTS):
                missing[top] = str(path.relative_to(ROOT))

    assert missing == {}


def imported(path: Path) -> set[str]:
    """The top-level names that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name.split(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_the_licence_is_said_once_by_its_spdx_name():
    said = PROJECT["project"]["license"]

    assert said == "Apache-2.0"
    assert f"SPDX-License-Identifier: {said}" in (ROOT / "README.md").read_text(encoding="utf-8")
