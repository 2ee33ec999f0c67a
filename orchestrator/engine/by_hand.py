"""Templates that a colleague may send after the window has closed: what they say, if they may."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from orchestrator.engine.lead_texts import listener
from orchestrator.engine.persons import read_persons, rules_of
from orchestrator.engine.worked import worked_by
from outreach.channel import ChannelName
from outreach.message_template import Missing
from outreach.next_attempt import Asked, Nowhere, place
from outreach.phone import Phone, parse_phone
from outreach.reason import Reason
from outreach.whatsapp_template_document import (
    WhatsAppTemplate,
    content_variables,
    written_out,
)
from storage import documents, worked_leads
from storage.conversations import Conversation
from storage.documents import Named

MARKETING: Final = "marketing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """An approved template with the lead's values in its places."""

    name: str
    version: int
    template: WhatsAppTemplate
    variables: dict[str, str]
    missing: tuple[str, ...]
    """Values that the lead lacks; it cannot be sent while there are any."""
    refused: Reason | None
    """Why it must not be sent to this person, whatever the hour."""

    @property
    def body(self) -> str:
        """As the person would read it; with its numbered places where a value is missing."""
        return self.template.body if self.missing else written_out(self.template, self.variables)


async def templates_for(
    ctx: Context, tx: AsyncConnection, talk: Conversation, now: datetime
) -> list[Filled]:
    """Every approved template by its name, filled for the lead of this conversation."""
    if talk.lead_id is None:
        return []
    values = await _values(ctx, tx, talk.lead_id, now)
    names = [Named("template", name) for name in await documents.list_names(tx, "template")]
    newest = await ctx.library.newest(tx, names)
    filled: list[Filled] = []
    for named, (version, template) in sorted(newest.items()):
        if not isinstance(template, WhatsAppTemplate) or template.content_sid is None:
            continue
        variables = content_variables(template, values)
        lacks = variables.names if isinstance(variables, Missing) else ()
        american = template.category == MARKETING and _is_american(talk.phone)
        filled.append(
            Filled(
                name=named.name,
                version=version,
                template=template,
                variables={} if isinstance(variables, Missing) else variables,
                missing=lacks,
                refused=Reason.US_WHATSAPP_MARKETING if american else None,
            )
        )
    return filled


async def not_now(
    ctx: Context, tx: AsyncConnection, lead_id: UUID, now: datetime
) -> tuple[Reason, datetime | None] | None:
    """Why nobody may begin to write to this lead now, and from when on they may; None: they may.

    The person's hours, the law, consent, caps and numbers, by the functions that planning asks.
    """
    lead = await worked_leads.get(tx, lead_id)
    rules = await rules_of(ctx, tx, lead.campaign_id)
    assert rules is not None, "a lead is of a campaign"
    ((_, person),) = await read_persons(tx, [lead_id], rules, now)
    asked = Asked(wanted_at=now, channel=ChannelName.WHATSAPP, only_channel=True)
    found = place(person, rules.terms(now), asked)
    if isinstance(found, Nowhere):
        return found.blocked.reason, None
    if found.planned.due_at <= now:
        return None
    return found.planned.moved_by or Reason.OUTSIDE_WINDOW, found.planned.due_at


async def _values(
    ctx: Context, tx: AsyncConnection, lead_id: UUID, now: datetime
) -> dict[str, str]:
    lead = await worked_leads.get(tx, lead_id)
    worked = await worked_by(ctx, tx, lead.campaign_id)
    known = {
        **listener(lead).values,
        "campaign_title": worked.campaign.title,
        "campaign_goal": worked.campaign.goal,
        "agent_name": worked.agent.title if worked.agent else "",
        "today": now.date().isoformat(),
    }
    return {name: value for name, value in known.items() if value}


def _is_american(number: str) -> bool:
    phone = parse_phone(number)
    return isinstance(phone, Phone) and phone.country == "US"
