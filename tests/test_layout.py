"""The folders of the product are its own: no package of the lock file brings the same name."""

import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OURS = frozenset(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
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
