"""Business time is bound, never read by a query on its own; machine time says that it is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLOCK = ROOT / "storage" / "clock.py"
SOURCES = [
    path
    for folder in ("storage", "orchestrator", "agents", "channels", "webhooks", "web", "connectors")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".sql"} and path != CLOCK
]

READS_THE_CLOCK = re.compile(
    r"(?<!\w)now\s*\(\s*\)|\b(current|local)_?timestamp\b|\bcurrent_(date|time)\b"
    r"|\b(transaction|statement)_timestamp\b",
    re.IGNORECASE,
)
SQL = re.compile(
    r"\b(select|insert|update|delete|where|default|interval|values|set)\b", re.IGNORECASE
)
MACHINE = re.compile(r"\bclock_timestamp\b", re.IGNORECASE)
SQL_FUNCTIONS = {"now", "current_timestamp", "localtimestamp", "current_date", "current_time"}
MARK = "machine time"


def complaints(source: str) -> Iterator[int]:
    """The lines on which a query reads the clock that should have been bound.

    Real time is allowed as `clock_timestamp()` in a string or statement that says `machine time`.
    """
    tree, lines = ast.parse(source), source.splitlines()
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in documentation and not is_clean(node, node.value, lines):
                yield node.lineno
        elif is_sql_function(node):
            yield node.lineno


def is_clean(node: ast.Constant, value: str, lines: list[str]) -> bool:
    if READS_THE_CLOCK.search(value) and SQL.search(value):
        return False
    around = "\n".join(lines[max(node.lineno - 2, 0) : node.end_lineno])
    return not MACHINE.search(value) or MARK in around


def is_sql_function(node: ast.AST) -> bool:
    """Whether it is SQLAlchemy's `func.now` or one of its like."""
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "func"
        and node.attr.lower() in SQL_FUNCTIONS
    )


def test_no_query_reads_business_time_from_the_databases_own_clock() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        if path.suffix == ".py"
        for line in complaints(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_no_migration_reads_the_databases_own_clock() -> None:
    found = [
        path.name
        for path in SOURCES
        if path.suffix == ".sql" and READS_THE_CLOCK.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "q = text('SELECT id FROM attempts WHERE due_at <= now()')",
        "q = text(f'SELECT id FROM {table} WHERE due_at <= NOW( )')",
        "q = update(leads).values(updated_at=func.now())",
        "q = text('UPDATE leads SET updated_at = CURRENT_TIMESTAMP')",
        "q = text('SELECT clock_timestamp()')",
    ],
)
def test_a_query_that_reads_the_clock_is_found(source: str) -> None:
    assert list(complaints(source)) == [1]


@pytest.mark.parametrize(
    "source",
    [
        "q = text('SELECT id FROM attempts WHERE due_at <= :now')",
        "now = await clock.now(tx)",
        "q = text('SELECT clock_timestamp() -- machine time')",
        "# machine time\nq = text('SELECT clock_timestamp()')",
        "def f():\n    'select what is due by now()'",
    ],
)
def test_a_query_that_is_given_its_time_is_not(source: str) -> None:
    assert list(complaints(source)) == []
