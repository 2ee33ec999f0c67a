"""Publishes a document: a campaign, an agent or a template, as a new version when it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from orchestrator.engine.lifting import lift_campaign, lift_everywhere
from outreach.agent_document import Agent
from outreach.campaign import Campaign, WhatsAppStep
from outreach.documents import Document
from outreach.errors import Rejected
from outreach.events import Kind
from outreach.fields import FieldType
from outreach.lifting import Lifter
from outreach.variables import unknown
from outreach.whatsapp_template_document import WhatsAppTemplate
from storage import campaigns, clock, documents
from storage.campaigns import Campaign as CampaignRow
from storage.documents import Named, Version
from storage.events import Event, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    kind: str
    name: str
    version: int
    changed: bool
    """False: the newest version already says exactly this."""


async def apply(
    ctx: Context,
    tx: AsyncConnection,
    document: Document,
    actor: Actor,
    *,
    based_on: int | None = None,
) -> Applied:
    """Publish a document.

    `based_on` is the version the author started from; None accepts whatever is newest.

    Raises Rejected when somebody published in between, or when the document names an agent,
    template or variable that does not exist.
    """
    require(actor, Role.OPERATOR)
    now = await clock.now(tx)
    named = Named(document.kind, document.name)
    await documents.lock(tx, named)
    latest = (await documents.newest(tx, [named])).get(named, 0)
    _refuse_conflict(document, latest, based_on)
    if isinstance(document, Campaign):
        await _check_campaign(ctx, tx, document)
    # Defaults are written out: what a version means must not change with the program.
    body = document.model_dump(mode="json", by_alias=True, exclude_none=True)
    current = Version(*named, latest)
    if (await documents.read(tx, [current])).get(current) == body:
        return Applied(kind=document.kind, name=document.name, version=latest, changed=False)
    version = await documents.publish(tx, named, body, at=now, by=actor.name)
    campaign_id = None
    if isinstance(document, Campaign):
        campaign_id = await _register(ctx, tx, document, version, now)
    await record(tx, [_event(document, version, now, actor.name, campaign_id)])
    await _look_again(ctx, tx, document, campaign_id)
    return Applied(kind=document.kind, name=document.name, version=version, changed=True)


async def _look_again(
    ctx: Context, tx: AsyncConnection, document: Document, campaign_id: UUID | None
) -> None:
    """Whoever was kept waiting by what the document said before may be contacted now."""
    if campaign_id is not None:
        await lift_campaign(ctx, tx, Lifter.CAMPAIGN_EDITED, campaign_id)
    else:
        await lift_everywhere(ctx, tx, Lifter.TEXT_PUBLISHED)


async def _register(
    ctx: Context, tx: AsyncConnection, document: Campaign, version: int, now: datetime
) -> UUID:
    """Let the campaign's row say what its newest document says."""
    row = CampaignRow(
        id=ctx.new_id(now),
        name=document.name,
        title=document.title,
        version=version,
        agent_name=document.agent_name,
        agent_version=document.agent_version,
        status="draft",
        status_reason=None,
        start_at=document.schedule.start_at,
        end_at=document.schedule.end_at,
        concurrency=document.concurrency,
        weight=document.weight,
        emission=document.pace.interval,
        burst=document.pace.burst,
        created_at=now,
        launched_at=None,
        ended_at=None,
    )
    await campaigns.register(tx, row)
    stored = await campaigns.find(tx, document.name)
    assert stored is not None
    return stored.id


def _refuse_conflict(document: Document, newest: int, based_on: int | None) -> None:
    if based_on is not None and based_on != newest:
        raise Rejected(
            "document_conflict",
            f"{document.name} is at version {newest}, and yours starts from {based_on}.",
            "Look at what changed, then apply yours again on top of it.",
            document.name,
        )


async def _check_campaign(ctx: Context, tx: AsyncConnection, campaign: Campaign) -> None:
    agent = await _agent_of(ctx, tx, campaign)
    templates = [
        await _template_of(ctx, tx, campaign, step.template)
        for step in campaign.steps
        if isinstance(step, WhatsAppStep)
    ]
    _check_variables(campaign, agent, templates)
    _check_callback_fields(campaign, agent)


async def _agent_of(ctx: Context, tx: AsyncConnection, campaign: Campaign) -> Agent:
    name, version = campaign.agent_name, campaign.agent_version
    if version is None:
        _, found = (await ctx.library.newest(tx, [Named("agent", name)])).get(
            Named("agent", name), (0, None)
        )
    else:
        pinned = Version("agent", name, version)
        found = (await ctx.library.fetch(tx, [pinned])).get(pinned)
    if isinstance(found, Agent):
        return found
    known = ", ".join(await documents.list_names(tx, "agent")) or "none yet"
    raise Rejected(
        "agent_unknown",
        f"There is no agent {campaign.agent}. Agents: {known}.",
        "Apply the agent's file first, or correct `agent`.",
        f"{campaign.name}.agent",
    )


async def _template_of(
    ctx: Context, tx: AsyncConnection, campaign: Campaign, name: str
) -> WhatsAppTemplate:
    _, found = (await ctx.library.newest(tx, [Named("template", name)])).get(
        Named("template", name), (0, None)
    )
    if isinstance(found, WhatsAppTemplate):
        return found
    known = ", ".join(await documents.list_names(tx, "template")) or "none yet"
    raise Rejected(
        "template_unknown",
        f"There is no template {name}. Templates: {known}.",
        "Apply the template's file first, or correct the step.",
        f"{campaign.name}.steps",
    )


def _check_variables(
    campaign: Campaign, agent: Agent, templates: Sequence[WhatsAppTemplate]
) -> None:
    """A name that nobody can fill is an error before launch, not a gap in a call."""
    sources = {f"agent {agent.name}": (*agent.texts, *agent.prompts.texts)}
    sources |= {f"template {one.name}": one.texts for one in templates}
    for source, texts in sources.items():
        for name, nearest in unknown(texts, campaign.field_keys).items():
            raise Rejected(
                "variable_unknown",
                f"The {source} uses {{{{ {name} }}}}, which no lead of {campaign.name} has.",
                f"Did you mean {nearest}?" if nearest else "Add it to the campaign's fields.",
                f"{campaign.name}.fields",
            )


def _check_callback_fields(campaign: Campaign, agent: Agent) -> None:
    times = {field.key for field in agent.extraction if field.type is FieldType.DATETIME}
    for rule in campaign.rules:
        wanted = rule.then.schedule_at
        # Without a time of its own a callback is planned for the next day, so the name may be
        # absent; a name that is there and holds no time is a mistake.
        if wanted in {field.key for field in agent.extraction} - times:
            raise Rejected(
                "callback_field_not_a_time",
                f"Rule {rule.id} schedules at {wanted}, which is no datetime.",
                f"Make {wanted} a datetime in the agent's extraction.",
                f"{campaign.name}.rules",
            )


def _event(
    document: Document, version: int, now: datetime, by: str, campaign_id: UUID | None
) -> Event:
    kind = Kind.CAMPAIGN_APPLIED if campaign_id is not None else Kind.DOCUMENT_PUBLISHED
    data = {"kind": document.kind, "name": document.name, "version": version}
    return Event(kind=kind, at=now, actor=by, campaign_id=campaign_id, data=data)
