"""A call is answered: who may open its media socket, and what the agent is told for it."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agents.journal import Journal
from agents.prompting import Occasion, phone_prompt
from agents.tools import ON_EVERY_CALL, SPECS, Tools
from agents.voice.call import PhoneCall
from orchestrator.engine import call_reports
from orchestrator.engine.actions.actor import AGENT
from orchestrator.engine.agent_tools import BoundTools
from orchestrator.engine.call_words import (
    chosen_voice,
    no_common_language,
    plain,
    spoken,
    still_there,
)
from orchestrator.engine.companies.briefing import known_of
from orchestrator.engine.context import Context
from orchestrator.engine.follow_up import for_rules
from orchestrator.engine.handing_over import spoken_by
from orchestrator.engine.inbound_calls import CALL_BACK
from orchestrator.engine.journal import CallJournal
from orchestrator.engine.lead_texts import listener
from orchestrator.engine.worked import worked_at
from outreach.attempt import CALLED_US, NEVER_ASKED
from outreach.follow_up import may_leave_message
from outreach.message_template import Missing
from storage import calls, clock, media_tokens, readings, reported, tasks, worked_leads
from storage.database import transaction
from storage.media_tokens import Opened
from storage.worked_leads import Past

TOKEN_BYTES: Final = 32
TOKEN_VALID: Final = timedelta(seconds=30)
RUNNING: Final = "running"
"""Folder of recordings that are being written."""
GREETS_AT_ONCE: Final = timedelta(milliseconds=300)
"""Whoever calls expects us to speak first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """Open a media stream."""

    media_url: str | None
    """None: at the public address."""
    token: str
    then: UUID | None = None
    """The attempt to ask about when our side has closed it; None ends the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """End the call; after these words, if there are any."""

    words: str = ""
    language: str = ""
    """A tag such as fr-FR; empty is the provider's own choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedCall:
    """All that a conversation on an accepted socket needs."""

    call: PhoneCall
    tools: Tools
    journal: Journal


async def answer_call(ctx: Context, attempt_id: UUID, call_ref: str) -> Connect | HangUp:
    """The provider asks what to do with an answered call.

    A call that is over for us, or that the provider made twice, is hung up.
    """
    secret = ctx.random_bytes(TOKEN_BYTES)
    async with transaction(ctx.database) as tx:
        attempt = await reported.lock(tx, attempt_id)
        if attempt is None or attempt.state in NEVER_ASKED:
            return HangUp()
        if attempt.provider_ref not in (None, call_ref):
            return HangUp()
        now = await clock.now(tx)
        await calls.of_attempt(tx, attempt_id, now)
        await reported.adopt(tx, attempt_id, call_ref)
        answering = await media_tokens.grant(
            tx,
            attempt_id,
            hash=hashlib.sha256(secret).digest(),
            call_ref=call_ref,
            valid=TOKEN_VALID,
        )
        if answering is None:
            return HangUp()
        await call_reports.answered(ctx, tx, attempt, now)
        agent = (await spoken_by(ctx, tx, attempt)).agent
    goes_on = agent is not None and agent.transfers
    return Connect(
        media_url=answering.media_url,
        token=_written(attempt_id, secret),
        then=attempt_id if goes_on else None,
    )


async def open_media(ctx: Context, token: str, call_ref: str) -> OpenedCall | None:
    """Spend a token and build its conversation; None closes the socket before any audio."""
    read = _read(token)
    if read is None:
        return None
    attempt_id, secret = read
    async with transaction(ctx.database) as tx:
        opened = await media_tokens.spend(
            tx, attempt_id, hash=hashlib.sha256(secret).digest(), call_ref=call_ref
        )
        if opened is None:
            return None
        now = await clock.now(tx)
        call = await phone_call(ctx, tx, attempt_id, opened, now)
        if call is not None and opened.reason == CALLED_US:
            # An agent speaks with them now: there is nobody to call back any more.
            await tasks.finish_all(tx, opened.lead_id, CALL_BACK, by=AGENT.name, now=now)
    if call is None:
        return None
    tools = BoundTools(
        ctx=ctx,
        lead_id=opened.lead_id,
        contact_id=opened.contact_id,
        source=f"call:{attempt_id}",
        attempt_id=attempt_id,
    )
    journal = CallJournal(ctx=ctx, call_id=attempt_id)
    return OpenedCall(call=call, tools=tools, journal=journal)


async def prepare_call(ctx: Context, attempt_id: UUID) -> PhoneCall | None:
    """What the agent will be told if this attempt is answered; None when it cannot be said."""
    async with transaction(ctx.database) as tx:
        found = await media_tokens.look(tx, attempt_id)
        if found is None:
            return None
        return await phone_call(ctx, tx, attempt_id, found, await clock.now(tx))


async def phone_call(
    ctx: Context, tx: AsyncConnection, attempt_id: UUID, opened: Opened, now: datetime
) -> PhoneCall | None:
    """What the agent is for this call; None when its texts lack a value of this person."""
    worked = await worked_at(ctx, tx, opened.campaign_id, opened.versions)
    if worked.agent is None:
        return None
    lead = await worked_leads.get(tx, opened.lead_id)
    person = listener(lead, await known_of(tx, lead.contact_id, now))
    history = await worked_leads.history_of(tx, lead.id)
    they_called = opened.reason == CALLED_US
    before = in_words(history, await readings.last_summary(tx, lead.id))
    occasion = Occasion(context=before, they_called=they_called)
    prompt = phone_prompt(worked.agent, worked.campaign, person, now, occasion)
    if isinstance(prompt, Missing):
        return None
    leaves = not they_called and may_leave_message(for_rules(history), worked.campaign)
    language = plain(worked.agent.language)
    return PhoneCall(
        attempt_id=attempt_id,
        system_prompt=prompt.system,
        opener=prompt.opener,
        goodbye=prompt.goodbye,
        still_there=still_there(language),
        machine_message=prompt.machine_message if leaves else None,
        language=language,
        voice=chosen_voice(worked.agent.voice.name),
        others=tuple(map(spoken, prompt.others)),
        no_common_language=no_common_language(language),
        tools=(*(tool for tool in worked.agent.tools if tool in SPECS), *ON_EVERY_CALL),
        max_duration=timedelta(seconds=worked.agent.max_call_s),
        opener_after=GREETS_AT_ONCE if they_called else None,
        recording=ctx.recordings / RUNNING / f"{attempt_id}.wav",
    )


def in_words(history: list[Past], summary: str | None = None) -> str:
    """What was tried before and what was said last, as the agent may know it."""
    lines = [f"{one.ended_at:%d %B}: {one.channel}, {one.outcome}" for one in history[-5:]]
    said = [f"Earlier contacts: {'; '.join(lines)}."] if lines else []
    if summary:
        said.append(f"Of the last conversation it was noted: {summary}")
    return "\n".join(said)


def _written(attempt_id: UUID, secret: bytes) -> str:
    return f"{attempt_id.hex}.{base64.urlsafe_b64encode(secret).decode().rstrip('=')}"


def _read(token: str) -> tuple[UUID, bytes] | None:
    head, _, tail = token.partition(".")
    try:
        return UUID(hex=head), base64.urlsafe_b64decode(tail + "=" * (-len(tail) % 4))
    except ValueError:
        return None
