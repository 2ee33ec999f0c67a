"""`outreach webhook`: which programs are told what happens, and what did not reach them."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.commands.ids import read_id
from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions import endpoints as deeds
from orchestrator.engine.actions.endpoints import Added
from orchestrator.engine.actions.roles import Actor
from storage import endpoint_deliveries, endpoints
from storage.endpoint_deliveries import Dead
from storage.endpoints import Endpoint

app = typer.Typer(
    help="Webhooks out: who is told what happens, and what did not arrive.", no_args_is_help=True
)

LISTED = ("id", "url", "events", "standing", "waiting", "dead")
DEAD = ("id", "kind", "event_at", "tries", "problem", "url")
EndpointArgument = Annotated[
    str, typer.Argument(metavar="ID", help="As `outreach webhook list` shows it.")
]
Deed = Callable[[AsyncConnection, UUID, Actor], Awaitable[None]]


@app.command("add")
def add_command(
    url: Annotated[str, typer.Argument(metavar="URL", help="As https://example.com/outreach.")],
    kinds: Annotated[
        list[str],
        typer.Option("--kind", metavar="EVENT", help="As attempt.ended; may be repeated."),
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell a program what happens from now on; prints the secret of its signatures once."""
    added = run(_add(read_config(config), url, kinds))
    output = Output(as_json)
    if as_json:
        output.data(asdict(added))
        return
    output.say(f"{url} is told from now on ({added.id}).")
    output.say(f"The secret of its signatures, shown this once:\n{added.secret}")


@app.command("list")
def list_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Every endpoint and how it stands."""
    found = run(_list(read_config(config)))
    output = Output(as_json)
    if as_json:
        output.data([asdict(one) for one in found])
        return
    output.rows(LISTED, [_listed(one) for one in found])


@app.command("remove")
def remove_command(
    endpoint: EndpointArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Send nothing more there; what waited is dropped."""
    _do(deeds.remove_endpoint, read_id(endpoint, "an endpoint"), read_config(config), as_json)


@app.command("enable")
def enable_command(
    endpoint: EndpointArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Send there again after it was given up, what waited first."""
    _do(deeds.enable_endpoint, read_id(endpoint, "an endpoint"), read_config(config), as_json)


@app.command("dead")
def dead_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """What could not be delivered, however often it was tried."""
    found = run(_dead(read_config(config)))
    output = Output(as_json)
    if as_json:
        output.data([asdict(one) for one in found])
        return
    output.rows(DEAD, [asdict(one) for one in found])


@app.command("replay")
def replay_command(
    delivery: Annotated[
        str, typer.Argument(metavar="ID", help="As `outreach webhook dead` shows it.")
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Deliver once more, under the same id."""
    _do(deeds.replay_delivery, read_id(delivery, "a delivery"), read_config(config), as_json)


def _listed(one: Endpoint) -> dict[str, object]:
    failing = f"failing, {one.failures} in a row" if one.failures else "well"
    standing = f"given up: {one.disabled_reason}" if one.disabled_at else failing
    return {**asdict(one), "events": ", ".join(one.kinds), "standing": standing}


def _do(deed: Deed, id: UUID, config: Config, as_json: bool) -> None:
    run(_done(deed, id, config))
    output = Output(as_json)
    if as_json:
        output.data({"id": id, "done": True})
    else:
        output.say("It is done.")


async def _done(deed: Deed, id: UUID, config: Config) -> None:
    async with opened(config) as (_, tx):
        await deed(tx, id, OPERATOR)


async def _add(config: Config, url: str, kinds: list[str]) -> Added:
    async with opened(config) as (ctx, tx):
        return await deeds.add_endpoint(ctx, tx, url, kinds, OPERATOR)


async def _list(config: Config) -> list[Endpoint]:
    async with opened(config) as (_, tx):
        return await endpoints.list_all(tx)


async def _dead(config: Config) -> list[Dead]:
    async with opened(config) as (_, tx):
        return await endpoint_deliveries.list_dead(tx)
