"""`outreach user`: who may use the console."""

from typing import Annotated

import typer

from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions import accounts as deeds
from orchestrator.engine.actions.accounts import NewUser
from orchestrator.engine.actions.roles import Role
from orchestrator.engine.passwords import hashed
from outreach.errors import Rejected
from storage import accounts
from storage.accounts import User

app = typer.Typer(help="Who may use the console: add users, sign them in.", no_args_is_help=True)

EmailArgument = Annotated[str, typer.Argument(metavar="EMAIL", help="As ana@example.com.")]


@app.command("add")
def add_command(
    email: EmailArgument,
    role: Annotated[
        str, typer.Option(help="viewer, rep, operator, admin or owner; each may more.")
    ] = "viewer",
    name: Annotated[str, typer.Option(help="As colleagues see it. [default: from EMAIL]")] = "",
    password: Annotated[
        bool, typer.Option("--password", help="Ask for a password instead of printing a link.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a user, and print a link that signs them in once."""
    settings = read_config(config)
    asked = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if password else ""
    user, token = run(_add(settings, email, role_named(role), name, asked))
    _tell(settings, user, token, Output(as_json))


@app.command("link")
def link_command(
    email: EmailArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Print a link that signs a user in once, within a day."""
    settings = read_config(config)
    user, token = run(_link(settings, email))
    _tell(settings, user, token, Output(as_json))


def _tell(config: Config, user: User, token: str | None, output: Output) -> None:
    address = f"{config.public_url or 'http://127.0.0.1:8000'}/enter?token={token}"
    link = address if token else None
    if output.as_json:
        output.data({"id": user.id, "email": user.email, "role": user.role, "link": link})
        return
    output.say(f"{user.email} may use the console as {user.role}.")
    if link:
        output.say(f"This link signs them in once, within a day:\n{link}")


def role_named(word: str) -> Role:
    """The role that is called so. Raises Rejected for any other word."""
    try:
        return Role[word.upper()]
    except KeyError:
        raise Rejected(
            "unknown_role",
            f"There is no role {word}.",
            f"Roles: {', '.join(one.name.lower() for one in Role)}.",
            "--role",
        ) from None


async def _add(
    config: Config, email: str, role: Role, name: str, password: str
) -> tuple[User, str | None]:
    password_hash = await hashed(password) if password else None
    async with opened(config) as (ctx, tx):
        wanted = NewUser(email=email, name=name, role=role, password_hash=password_hash)
        user = await deeds.add_user(ctx, tx, wanted, OPERATOR)
        return user, None if password else await deeds.make_link(tx, user.id)


async def _link(config: Config, email: str) -> tuple[User, str]:
    async with opened(config) as (_, tx):
        user = await accounts.find(tx, email)
        if user is None:
            raise Rejected(
                "unknown_user",
                f"There is no user {email}.",
                "Add one with `outreach user add`.",
            )
        return user, await deeds.make_link(tx, user.id)
