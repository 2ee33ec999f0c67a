"""What exactly is asked of a provider for an attempt that the gate has passed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from channels.base import CallOrder, MessageOrder, Order, TemplateContent
from orchestrator.engine.lead_values import lead_values
from orchestrator.engine.materials import Materials
from outreach.channel import ChannelName
from outreach.message_template import Missing
from outreach.whatsapp_template_document import content_variables, written_out
from storage.gating import Claimed
from storage.openings import Opening

SPARE: Final = timedelta(seconds=30)
WITH_COLLEAGUE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """An attempt that is `starting`, and the order for its provider."""

    attempt: Claimed
    order: Order
    no_reply_after: timedelta
    """Business time after which an unanswered opening message is no longer waited for."""
    passed_at: float
    """Reading of CLOCK_BOOTTIME before which the gate had not yet read the operator's stop."""


def order_of(attempt: Claimed, materials: Materials, now: datetime, deadline: float) -> Order:
    """The order for an attempt that passed the gate, which has seen that nothing is missing."""
    if attempt.sender_address is None:
        raise ValueError("an attempt without a sender passed the gate")
    match attempt.channel:
        case ChannelName.VOICE:
            return CallOrder(
                attempt_id=attempt.id,
                to=attempt.phone,
                from_=attempt.sender_address,
                ring=timedelta(seconds=materials.campaign.ring_s),
                longest=_longest(materials),
                deadline=deadline,
                variables=lead_values(attempt, materials, now),
            )
        case ChannelName.WHATSAPP:
            return MessageOrder(
                message_id=attempt.id,
                to=attempt.phone,
                from_=attempt.sender_address,
                content=_template(attempt, materials, now),
                deadline=deadline,
            )


def _longest(materials: Materials) -> timedelta:
    """The provider's own limit: the agent's, and room for a goodbye or a colleague."""
    longest = materials.agent.max_call_s if materials.agent else 600
    with_colleague = WITH_COLLEAGUE if materials.agent and materials.agent.transfers else SPARE
    return timedelta(seconds=longest) + with_colleague


def _template(attempt: Claimed, materials: Materials, now: datetime) -> TemplateContent:
    template = materials.template
    if template is None or template.content_sid is None:
        raise ValueError("a message without an approved template passed the gate")
    variables = content_variables(template, lead_values(attempt, materials, now))
    if isinstance(variables, Missing):
        raise ValueError("a message with missing values passed the gate")
    return TemplateContent(
        content_sid=template.content_sid,
        variables=variables,
        body=written_out(template, variables),
    )


def opening_of(
    attempt: Claimed, order: MessageOrder, materials: Materials, conversation_id: UUID
) -> Opening:
    """The message row of an order; `conversation_id` is used where there is no conversation."""
    if materials.template is None or materials.template_version is None:
        raise ValueError("a message without a template passed the gate")
    if attempt.sender_id is None:
        raise ValueError("an attempt without a sender passed the gate")
    return Opening(
        attempt_id=attempt.id,
        conversation_id=conversation_id,
        sender_id=attempt.sender_id,
        contact_id=attempt.contact_id,
        lead_id=attempt.lead_id,
        phone=attempt.phone,
        body=order.content.body,
        template_name=materials.template.name,
        template_version=materials.template_version,
        simulated=attempt.simulated,
    )
