"""One conversation of the inbox: its entries, the ticks of its messages, what may be written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.by_hand import Filled, not_now, templates_for
from orchestrator.engine.context import Context
from orchestrator.engine.lead_texts import listener
from outreach.channel import ChannelName
from outreach.message_template import Missing, render
from outreach.outcome import Outcome
from outreach.reason import WORDS
from outreach.telling import codes
from outreach.telling.setting import Setting
from outreach.variables import checked
from storage import conversations, inbox_queues, lead_history, left_alone, notes, worked_leads
from storage.inbox_queues import Talk, Word
from storage.notes import Note
from web.telling import Line, told_of_lead
from web.visitor import Visitor

TOLD: Final = ("conversation.", "person.")
"""Beginnings of the kinds of events that are told between the messages."""
CLOSES_BEFORE: Final = timedelta(seconds=30)
"""So long before the window's end free text no longer leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing in a conversation; exactly one of the three is there."""

    at: datetime
    word: Word | None = None
    note: Note | None = None
    line: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Canned:
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    mode: str
    """open | closed (a template is needed) | locked | read (the visitor may only look)"""
    reason: str = ""
    """Why it is locked, or why no template may leave now; a sentence."""
    canned: Sequence[Canned] = ()
    templates: Sequence[Filled] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far a message of ours came."""

    mark: str
    tone: str
    text: str


async def entries(tx: AsyncConnection, talk: Talk, setting: Setting) -> list[Entry]:
    """Messages, notes about the lead and what colleagues did, the oldest first."""
    said = await inbox_queues.words(tx, talk.id)
    # An answer of the agent that never left is nobody's business.
    shown = [one for one in said if (one.state, one.author) != ("cancelled", "agent")]
    found = [Entry(at=one.at, word=one) for one in shown]
    if talk.lead_id is not None:
        written = await notes.of_lead(tx, talk.lead_id)
        found += [Entry(at=one.created_at, note=one) for one in written]
        past = await lead_history.history(tx, talk.lead_id, talk.contact_id)
        lines = [told_of_lead(one, setting) for one in past if one.kind.startswith(TOLD)]
        found += [Entry(at=one.at, line=one) for one in lines]
    return sorted(found, key=lambda one: one.at)


async def composer(
    ctx: Context, tx: AsyncConnection, talk: Talk, who: Visitor, now: datetime
) -> Composer:
    """What this visitor may write in this conversation now."""
    if await left_alone.holds(tx, ctx.marks, phone=talk.phone, channel=ChannelName.WHATSAPP):
        return Composer(mode="locked", reason=await _why_locked(tx, talk))
    if not who.may("rep"):
        return Composer(mode="read")
    if talk.window_expires_at is not None and now < talk.window_expires_at - CLOSES_BEFORE:
        return Composer(mode="open", canned=await _canned(ctx, tx, talk))
    return await _template_picker(ctx, tx, talk, now)


async def _why_locked(tx: AsyncConnection, talk: Talk) -> str:
    reason = await inbox_queues.why_left_alone(tx, talk.phone)
    if reason == Outcome.OPTED_OUT:
        return "They asked to be left alone. Nobody writes to them any more, no campaign either."
    words = codes.why(reason) if reason else ""
    return f"They are on the suppression list. {words}".rstrip()


async def _canned(ctx: Context, tx: AsyncConnection, talk: Talk) -> list[Canned]:
    """Replies with the lead's values; one that lacks a value is left out."""
    values = {}
    if talk.lead_id is not None and ctx.canned:
        values = dict(listener(await worked_leads.get(tx, talk.lead_id)).values)
    said = {name: render(checked(reply), values) for name, reply in ctx.canned.items()}
    return [
        Canned(name=name, text=reply)
        for name, reply in said.items()
        if not isinstance(reply, Missing)
    ]


async def _template_picker(
    ctx: Context, tx: AsyncConnection, talk: Talk, now: datetime
) -> Composer:
    if talk.lead_id is None:
        return Composer(
            mode="closed", reason="No campaign knows them, so no template has values for them."
        )
    known = await conversations.find(tx, talk.id)
    assert known is not None, "it is on the page"
    templates = await templates_for(ctx, tx, known, now)
    refused = await not_now(ctx, tx, talk.lead_id, now)
    return Composer(mode="closed", reason=WORDS[refused[0]] if refused else "", templates=templates)


def delivery(word: Word) -> Delivery:
    """The tick of a message: one for sent, two for delivered, two in colour for read."""
    match word.state:
        case "composed":
            return Delivery(mark="○", tone="", text="Waits to leave")
        case "sending":
            return Delivery(mark="…", tone="", text="Is leaving")
        case "unsure":
            return Delivery(mark="?", tone="warn", text="May have left; it is looked up")
        case "failed":
            why = codes.why(word.error_code) if word.error_code else ""
            return Delivery(mark="!", tone="bad", text=f"Did not arrive. {why}".rstrip())
        case "cancelled":
            return Delivery(mark="-", tone="bad", text="Was not sent")
        case _:
            return _reported(word.provider_status)


def _reported(status: str | None) -> Delivery:
    if status == "read":
        return Delivery(mark="✓✓", tone="read", text="Read")
    if status == "delivered":
        return Delivery(mark="✓✓", tone="", text="Delivered")
    return Delivery(mark="✓", tone="", text="Sent")


def left_until(until: datetime, now: datetime) -> str:
    """How long until then, as people say it."""
    minutes = max(0, int((until - now).total_seconds() // 60))
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
