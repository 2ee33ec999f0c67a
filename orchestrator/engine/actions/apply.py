"""Publishes a document of whatever kind, as a new version when it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.first_words import refuse_unsaid, refuse_unsaid_to_followers
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.accounts.icp_document import Icp
from outreach.accounts.trigger_document import Trigger
from outreach.agent_document import Agent
from outreach.campaign import Campaign, WhatsAppStep
from outreach.document_diff import Difference, differences
from outreach.documents import Document
from outreach.errors import Rejected
from outreach.events import Kind
from outreach.fields import FieldType
from outreach.variables import unknown
from outreach.whatsapp_template_document import WhatsAppTemplate
from storage import campaigns, clock, documents, replanning_jobs
from storage.campaigns import Campaign as CampaignRow
from storage.documents import Named, Version
from storage.events import Event, record
from storage.replanning_jobs import Job

MOST_DIFFERENCES: Final = 40
LONGEST_VALUE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    kind: str
    name: str
    version: int
    changed: bool
    """False: the newest version already says exactly this."""
    differences: tuple[Difference, ...] = ()
    """From the version before; empty for the first."""
    replans: tuple[UUID, ...] = ()
    """Campaigns whose planned attempts are looked at anew because of it."""


async def apply(
    ctx: Context,
    tx: AsyncConnection,
    document: Document,
    actor: Actor,
    *,
    based_on: int | None = None,
    as_of: datetime | None = None,
) -> Applied:
    """Publish a document, and let the campaigns that work by it be planned anew.

    `based_on` is the version the author started from, 0 where they know of none; None takes
    whatever is newest, which no door may ask for. A document that says what is there already is
    fine in any case. `as_of` is the moment for which the changes were shown (business time);
    None: now.

    Raises Rejected when it would overwrite what its author has not seen, when it names an agent,
    template or variable that does not exist, or when its first words lack what must be said.
    """
    require(actor, Role.OPERATOR)
    now = await clock.now(tx)
    named = Named(document.kind, document.name)
    await documents.lock(tx, named)
    latest = (await documents.newest(tx, [named])).get(named, 0)
    # Defaults are written out: what a version means must not change with the program.
    body = document.model_dump(mode="json", by_alias=True, exclude_none=True)
    wanted = [Version(*named, number) for number in {latest, based_on or latest}]
    known = {one.version: said for one, said in (await documents.read(tx, wanted)).items()}
    if known.get(latest) == body:
        return Applied(kind=document.kind, name=document.name, version=latest, changed=False)
    # What is wrong with it is said first: that stays wrong whatever it is based on.
    if isinstance(document, Campaign):
        await _check_campaign(ctx, tx, document)
        if not latest:
            _refuse_past_end(document, now)
    working = await campaigns.followers(tx, document.kind, document.name)
    if isinstance(document, Icp):
        await _refuse_second_profile(tx, document)
    elif isinstance(document, Trigger):
        await _refuse_unknown_campaign(tx, document)
    elif not isinstance(document, Campaign):
        await refuse_unsaid_to_followers(ctx, tx, document, working)
    _refuse_conflict(document, body, latest, based_on, known)
    version = await documents.publish(tx, named, body, at=now, by=actor.name)
    campaign_id = None
    if isinstance(document, Campaign):
        campaign_id = await _register(ctx, tx, document, version, now)
    for row in working:
        job = Job(
            campaign_id=row.id,
            reason="edited",
            from_version=row.version,
            to_version=version if row.id == campaign_id else row.version,
            as_of=min(as_of or now, now),
            asked_by=actor.name,
            asked_at=now,
        )
        await replanning_jobs.ask(tx, job)
    await record(tx, [_event(document, version, now, actor.name, campaign_id)])
    return Applied(
        kind=document.kind,
        name=document.name,
        version=version,
        changed=True,
        differences=differences(known[latest], body) if latest else (),
        replans=tuple(row.id for row in working),
    )


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


async def _refuse_second_profile(tx: AsyncConnection, document: Icp) -> None:
    """Companies are measured by one profile: which one counts must be no question of time."""
    known = [one for one in await documents.list_names(tx, document.kind) if one != document.name]
    if known:
        raise Rejected(
            "second_icp",
            f"There is an ideal customer profile already: {known[0]}.",
            f"Name yours {known[0]} to replace it.",
            f"{document.name}.name",
        )


async def _refuse_unknown_campaign(tx: AsyncConnection, trigger: Trigger) -> None:
    enrol = trigger.then.enrol
    if enrol is None or await campaigns.find(tx, enrol.campaign) is not None:
        return
    raise Rejected(
        "unknown_campaign",
        f"There is no campaign {enrol.campaign}.",
        "Apply the campaign first; `outreach campaign list` shows those that there are.",
        f"{trigger.name}.then.enrol.campaign",
    )


def _refuse_conflict(
    document: Document,
    body: Mapping[str, object],
    newest: int,
    based_on: int | None,
    known: Mapping[int, Mapping[str, object]],
) -> None:
    """Never overwrite what the author has not seen: they get to see it."""
    if based_on is None or based_on == newest:
        return
    if not based_on:
        missed = differences(known[newest], body)
        message = f"{document.name} is at version {newest}, and yours does not say what it is from."
    else:
        missed = differences(known.get(based_on), known.get(newest))
        message = f"{document.name} is at version {newest}, and yours starts from {based_on}."
    raise Rejected(
        "document_conflict",
        message,
        f"Look at the differences, then apply yours with --base {newest}."
        if newest
        else "It was never applied: leave the version away.",
        document.name,
        tuple(in_words(one) for one in missed[:MOST_DIFFERENCES]),
    )


def in_words(difference: Difference) -> str:
    """Such as `concurrency: 10 → 20`."""
    return f"{difference.path}: {_short(difference.before)} → {_short(difference.after)}"


def _short(value: object) -> str:
    text = _plain(value).replace("\n", " ")
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _plain(value: object) -> str:
    """A value as its author would write it in a line."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case Mapping():
            return ", ".join(f"{key}: {_plain(one)}" for key, one in value.items()) or "nothing"
        case list() | tuple():
            return ", ".join(map(_plain, value)) or "nothing"
    return str(value)


async def _check_campaign(ctx: Context, tx: AsyncConnection, campaign: Campaign) -> None:
    agent = await _agent_of(ctx, tx, campaign)
    templates = [
        await _template_of(ctx, tx, campaign, step.template)
        for step in campaign.steps
        if isinstance(step, WhatsAppStep)
    ]
    refuse_unsaid(ctx.rulebook, campaign, [agent, *templates])
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


def _refuse_past_end(campaign: Campaign, now: datetime) -> None:
    """A new campaign that is over could contact nobody; one that is there may be ended so."""
    end = campaign.schedule.end_at
    if end is not None and end <= now:
        raise Rejected(
            "end_is_past",
            f"The campaign would be over already: its end_at is {end:%Y-%m-%d %H:%M %Z}.",
            f"Write a time after {now:%Y-%m-%d %H:%M} UTC, or leave end_at away.",
            f"{campaign.name}.schedule.end_at",
        )


def _event(
    document: Document, version: int, now: datetime, by: str, campaign_id: UUID | None
) -> Event:
    kind = Kind.CAMPAIGN_APPLIED if campaign_id is not None else Kind.DOCUMENT_PUBLISHED
    data = {"kind": document.kind, "name": document.name, "version": version}
    return Event(kind=kind, at=now, actor=by, campaign_id=campaign_id, data=data)
