"""`outreach leads cancel-follow-up`: what is planned for one lead is taken back."""

from typing import Annotated
from uuid import UUID

import typer

from orchestrator.commands.campaign import OPERATOR, opened
from orchestrator.commands.ids import read_id
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions.cancel_follow_up import cancel_follow_up


def cancel_follow_up_command(
    lead: Annotated[str, typer.Argument(metavar="ID", help="The lead's id.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back what is planned for a lead; it rests, and a running call goes on."""
    lead_id = read_id(lead, "a lead")
    cancelled = run(_cancel(read_config(config), lead_id))
    output = Output(as_json)
    if as_json:
        output.data({"lead": lead_id, "cancelled": cancelled})
    else:
        output.say("The follow-up is cancelled." if cancelled else "No attempt was planned.")


async def _cancel(config: Config, lead_id: UUID) -> list[UUID]:
    async with opened(config) as (ctx, tx):
        return sorted(await cancel_follow_up(ctx, tx, lead_id, OPERATOR))
