"""`outreach leads cancel-follow-up`: what is planned for one lead is taken back."""

from uuid import UUID

from orchestrator.commands.find_leads import LeadArgument, find_lead
from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions.cancel_follow_up import cancel_follow_up


def cancel_follow_up_command(
    lead: LeadArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Take back what is planned for a lead; it rests, and a running call goes on."""
    lead_id, cancelled = run(_cancel(read_config(config), lead))
    output = Output(as_json)
    if as_json:
        output.data({"lead": lead_id, "cancelled": cancelled})
    else:
        output.say("The follow-up is cancelled." if cancelled else "No attempt was planned.")


async def _cancel(config: Config, lead: str) -> tuple[UUID, list[UUID]]:
    async with opened(config) as (ctx, tx):
        found = await find_lead(tx, lead)
        return found.id, sorted(await cancel_follow_up(ctx, tx, found.id, OPERATOR))
