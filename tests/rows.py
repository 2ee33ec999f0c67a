"""Which rows of the product's checklist does a test prove? `python -m tests.rows` lists what lacks.

A test says `@pytest.mark.row("S4-7")`; what is skipped or expected to fail proves nothing.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
PROMISED = (
    "S0-1",
    "S0-2",
    "S0-3",
    "S0-4",
    "S0-5",
    "S0-6",
    "S0-7",
    "S0-8",
    "S0-9",
    "S0-12",
    "S0-13",
    "S0-14",
    "S1-2",
    "S1-4",
    "S1-6",
    "S1-7",
    "S1-8",
    "S1-9",
    "S1-10",
    "S2-8",
    "S2-11",
    "S3-1",
    "S3-2",
    "S3-3",
    "S3-4",
    "S3-5",
    "S3-6",
    "S3-7",
    "S3-8",
    "S3-9",
    "S3-10",
    "S3-11",
    "S4-1",
    "S4-5",
    "S4-6",
    "S4-7",
    "S4-8",
    "S4-9",
    "S4-10",
    "S4-11",
    "S4-12",
    "S4-13",
    "S4-14",
    "X-1",
    "X-2",
)
"""The rows that are built; whoever builds another adds it here with its test."""
PROVES_NOTHING = {"skip", "xfail"}


def main() -> int:
    found = proofs(TESTS)
    missing = [row for row in PROMISED if row not in found]
    for row in missing:
        sys.stdout.write(f'No test is marked @pytest.mark.row("{row}").\n')
    return 1 if missing else 0


def proofs(folder: Path) -> dict[str, list[str]]:
    """The tests that each row stands on, as `file::test`."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for test, row in marked(tree):
            found.setdefault(row, []).append(f"{path.relative_to(folder)}::{test}")
    return found


def marked(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each test function with each row that it is marked with."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        marks = [one for one in map(mark, node.decorator_list) if one is not None]
        if not node.name.startswith("test_") or PROVES_NOTHING & {name for name, _ in marks}:
            continue
        yield from ((node.name, row) for name, row in marks if name == "row")


def mark(decorator: ast.expr) -> tuple[str, str] | None:
    """The name and the first word of a `pytest.mark`; None for any other decorator."""
    words = decorator.args if isinstance(decorator, ast.Call) else []
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if not (isinstance(called, ast.Attribute) and ast.unparse(called.value) == "pytest.mark"):
        return None
    first = words[0] if words else None
    said = first.value if isinstance(first, ast.Constant) else ""
    return called.attr, str(said)


if __name__ == "__main__":
    sys.exit(main())
