"""Who is refused something is told what to do about it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = (
    "agents",
    "channels",
    "connectors",
    "orchestrator",
    "outreach",
    "storage",
    "web",
    "webhooks",
)
TO_AGENTS = {
    "orchestrator/engine/actions/schedule_callback.py",
    "orchestrator/engine/actions/send_promised.py",
}
"""Told to a model, which can only pass it on."""
NEVER_SEEN = {"storage/clock.py"}
"""Asked by the demo and by tests alone."""


def without_fix(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Rejected"):
            continue
        named = {one.arg: one.value for one in node.keywords}
        fix = node.args[2] if len(node.args) > 2 else named.get("fix")
        if fix is None or (isinstance(fix, ast.Constant) and not fix.value):
            yield f"{path.relative_to(ROOT)}:{node.lineno}"


def test_every_refusal_says_how_to_mend_it():
    paths = [path for folder in SOURCES for path in sorted((ROOT / folder).rglob("*.py"))]
    checked = [path for path in paths if str(path.relative_to(ROOT)) not in TO_AGENTS | NEVER_SEEN]

    assert [found for path in checked for found in without_fix(path)] == []
