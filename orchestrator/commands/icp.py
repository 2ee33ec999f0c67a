"""`outreach icp`: the ideal customer profile by which companies are measured."""

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.commands.campaign_apply import read_editions
from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.documents import dump_yaml
from orchestrator.engine.actions.apply import Applied, apply, in_words
from orchestrator.engine.companies.measuring import CurrentIcp, current_icp
from orchestrator.engine.companies.rescoring import rescore
from orchestrator.store import open_store
from orchestrator.wiring import open_context
from outreach.accounts.icp_document import Icp
from outreach.documents import Edition
from outreach.errors import Rejected
from storage.database import transaction

app = typer.Typer(
    help="The ideal customer profile by which companies are measured: apply, show.",
    no_args_is_help=True,
)


@app.command("apply")
def apply_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The profile as YAML.")],
    base: Annotated[
        int | None,
        typer.Option("--base", metavar="N", min=1, help="The version that the file started from."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish the profile, and measure every company by it."""
    (edition,) = read_editions([file])
    if not isinstance(edition.document, Icp):
        raise Rejected(
            "not_an_icp",
            f"This is a document of the kind {edition.document.kind}.",
            "Apply it with `outreach campaign apply`.",
            str(file),
        )
    applied, rescored = run(_apply(read_config(config), edition, base or edition.based_on))
    output = Output(as_json)
    if as_json:
        output.data({"version": applied.version, "changed": applied.changed, "measured": rescored})
        return
    for one in applied.differences:
        output.say(f"  {in_words(one)}")
    news = f"is now at version {applied.version}" if applied.changed else "says so already"
    output.say(f"icp {applied.name} {news}. Companies measured: {rescored}.")


@app.command("show")
def show_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Print the profile that counts, as YAML that reads back."""
    found = run(_show(read_config(config)))
    if as_json:
        body = found.document.model_dump(mode="json", by_alias=True, exclude_none=True)
        Output(True).data({**body, "version": found.version})
        return
    Output().write(dump_yaml(found.document, found.version))


async def _apply(config: Config, edition: Edition, based_on: int) -> tuple[Applied, int]:
    async with open_store(config) as store, open_context(config, store) as ctx:
        async with transaction(store.engine) as tx:
            applied = await apply(ctx, tx, edition.document, OPERATOR, based_on=based_on)
        # It may take a while: a process that runs would otherwise do it in its own time.
        return applied, await rescore(ctx)


async def _show(config: Config) -> CurrentIcp:
    async with opened(config) as (ctx, tx):
        found = await current_icp(ctx, tx)
    if found is None:
        raise Rejected(
            "no_icp",
            "There is no ideal customer profile yet.",
            "Write one and apply it with `outreach icp apply FILE`.",
        )
    return found
