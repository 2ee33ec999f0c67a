"""`outreach key`: which programs may use the API."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer

from orchestrator.commands.ids import read_id
from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.commands.users import role_named
from orchestrator.config import Config
from orchestrator.engine.actions import api_keys as deeds
from orchestrator.engine.actions.api_keys import LASTS, WantedKey
from storage import api_keys
from storage.api_keys import ApiKey

app = typer.Typer(
    help="Which programs may use the API: make keys, revoke them.", no_args_is_help=True
)

LISTED = ("id", "name", "role", "begins", "expires", "used", "standing")


@app.command("create")
def create_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, as crm.")],
    role: Annotated[
        str, typer.Option(help="viewer, rep, operator, admin or owner; each may more.")
    ] = "viewer",
    days: Annotated[int, typer.Option(min=1, help="How long it is valid.")] = LASTS.days,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it; it is shown this once."""
    wanted = WantedKey(name=name, role=role_named(role), lasts=timedelta(days=days))
    key, token = run(_create(read_config(config), wanted))
    output = Output(as_json)
    if as_json:
        output.data({**asdict(key), "key": token})
        return
    output.say(f"{key.name} may use the API as {key.role} until {key.expires_at:%Y-%m-%d}.")
    output.say(f"Its key, shown this once:\n{token}")


@app.command("list")
def list_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Every key, those that are valid first; never the keys themselves."""
    found = run(_list(read_config(config)))
    output = Output(as_json)
    if as_json:
        output.data([asdict(one) for one in found])
        return
    output.rows(LISTED, [_listed(one) for one in found])


@app.command("revoke")
def revoke_command(
    key: Annotated[str, typer.Argument(metavar="ID", help="As `outreach key list` shows it.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key worth nothing, at once and for good."""
    key_id = read_id(key, "a key")
    revoked = run(_revoke(read_config(config), key_id))
    output = Output(as_json)
    if as_json:
        output.data({"id": key_id, "revoked": revoked})
    else:
        output.say("The key is revoked." if revoked else "It was revoked before.")


def _listed(key: ApiKey) -> dict[str, object]:
    return {
        **asdict(key),
        "expires": f"{key.expires_at:%Y-%m-%d}",
        "used": f"{key.used_at:%Y-%m-%d %H:%M}" if key.used_at else "never",
        "standing": "valid" if key.is_valid else "revoked" if key.revoked_at else "over",
    }


async def _create(config: Config, wanted: WantedKey) -> tuple[ApiKey, str]:
    async with opened(config) as (ctx, tx):
        return await deeds.make_key(ctx, tx, wanted, OPERATOR)


async def _list(config: Config) -> list[ApiKey]:
    async with opened(config) as (_, tx):
        return await api_keys.list_all(tx)


async def _revoke(config: Config, key_id: UUID) -> bool:
    async with opened(config) as (_, tx):
        return await deeds.revoke_key(tx, key_id, OPERATOR)
