"""Commands that are imported when somebody asks for them: `outreach --version` needs none.

This is one of two places that import by name (the other is orchestrator.wiring, for extras). A
command's module is named in the table of orchestrator.cli and nowhere else.
"""

import importlib
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_from_info, get_group

Command: TypeAlias = TyperCommand | TyperGroup


@dataclass(frozen=True, slots=True)
class Source:
    """Where a command is: a function, or the app of a whole group."""

    module: str
    name: str


class Commands(MutableMapping[str, Any]):
    """Commands by name, in the order of the table; each is imported once, when it is looked up."""

    def __init__(self, table: Mapping[str, Source]) -> None:
        self._table = dict(table)
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _made(name, self._table[name])
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._table or name in self._made

    def __iter__(self) -> Iterator[str]:
        return iter({**self._table, **self._made})

    def __len__(self) -> int:
        return len({**self._table, **self._made})


def lazy_group(table: Mapping[str, Source]) -> type[TyperGroup]:
    """A group whose commands are those of the table."""

    class LazyGroup(TyperGroup):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.commands = Commands(table)

    return LazyGroup


def _made(name: str, source: Source) -> Command:
    found = getattr(importlib.import_module(source.module), source.name)
    if isinstance(found, typer.Typer):
        group = get_group(found)
        group.name = name
        return group
    single = typer.Typer(add_completion=False)
    single.command(name)(found)
    made = get_command_from_info(
        single.registered_commands[0],
        pretty_exceptions_short=single.pretty_exceptions_short,
        rich_markup_mode=single.rich_markup_mode,
    )
    assert isinstance(made, TyperCommand)
    return made
