"""Why nobody in a campaign is contacted at all, and what changes it."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.commands.output import in_words
from outreach.telling.codes import why
from storage import campaigns, operator_stop
from storage.campaigns import Campaign

STOPPED = "Everything is stopped: nobody is contacted until `outreach resume-all`."


async def standstills(tx: AsyncConnection, names: Iterable[str]) -> list[str]:
    """What keeps these campaigns still, to be said before all else; empty where all of them run."""
    said = [STOPPED] if await operator_stop.is_stopped(tx) else []
    for name in dict.fromkeys(names):
        campaign = await campaigns.find(tx, name)
        if campaign is not None and campaign.status != "running":
            said.append(standing(campaign))
    return said


def standing(campaign: Campaign) -> str:
    """How a campaign stands, with the command that changes it."""
    name, because = campaign.name, f" {why(campaign.status_reason)}".rstrip()
    match campaign.status:
        case "running":
            return f"Campaign {name} is running.{because}"
        case "draft":
            return (
                f"Campaign {name} is a draft: nobody in it is contacted until"
                f" `outreach campaign launch {name}`."
            )
        case "paused":
            return (
                f"Campaign {name} is paused: nobody in it is contacted until"
                f" `outreach campaign resume {name}`.{because}"
            )
        case "scheduled":
            start = in_words(campaign.start_at) or "its start"
            return f"Campaign {name} is scheduled: nobody in it is contacted before {start}."
        case "completed":
            return (
                f"Campaign {name} is completed: nobody in it waits for anything. With new leads,"
                f" `outreach campaign launch {name}` begins it again."
            )
    return (
        f"Campaign {name} is {campaign.status}: nobody in it is contacted any more."
        f" `outreach campaign duplicate {name} NEW` begins it anew.{because}"
    )
