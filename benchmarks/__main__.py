"""Every benchmark, one after the other."""

import json
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.measure import Figure, publish, wants_json


def figures_of(module: str) -> list[Figure]:
    """Run one in a process of its own, so that no other's memory is in its figures."""
    run = [sys.executable, "-m", f"benchmarks.{module}", "--json"]
    done = subprocess.run(run, check=True, stdout=subprocess.PIPE, text=True)
    return [Figure(**figure) for figure in json.loads(done.stdout)]


def modules() -> list[str]:
    """The modules of this folder that can be run."""
    names = [one.name for one in pkgutil.iter_modules([str(Path(__file__).parent)])]
    runnable = [name for name in names if not name.startswith("__")]
    return [name for name in runnable if hasattr(import_module(f"benchmarks.{name}"), "main")]


if __name__ == "__main__":
    as_json = wants_json()
    publish([one for name in modules() for one in figures_of(name)], as_json=as_json)
