"""`outreach campaign show`: where a campaign stands, on one screen; or a document to edit."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.commands.opened import opened
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output, in_words
from orchestrator.commands.standstill import STOPPED, standing
from orchestrator.config import Config
from orchestrator.documents import dump_yaml
from orchestrator.engine.library import Library
from orchestrator.store import open_store
from outreach.abandonment import SPAN, Answered
from outreach.errors import Rejected
from outreach.events import Kind
from outreach.telling import codes
from storage import abandonment, campaigns, clock, operator_stop, replanning_jobs, reports, tallies
from storage.campaigns import Campaign
from storage.database import transaction
from storage.documents import Named, list_names
from storage.replanning_jobs import Job
from storage.reports import FollowUps


class DocumentKind(StrEnum):
    CAMPAIGN = "campaign"
    AGENT = "agent"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    campaign: Campaign
    leads: Mapping[str, int]
    work: Mapping[str, int]
    blocked: Mapping[str, int]
    attempts: Mapping[str, Mapping[str, int]]
    follow_ups: FollowUps
    happened: Mapping[Kind, int]
    """How often, since the campaign was made."""
    answered: Answered
    """By people, in the last 30 days."""
    replanning: Job | None
    stopped: bool
    """Everything is stopped, this campaign with it."""

    @property
    def as_data(self) -> dict[str, object]:
        row = self.campaign
        return {
            "name": row.name,
            "title": row.title,
            "status": row.status,
            "status_reason": row.status_reason,
            "stopped": self.stopped,
            "version": row.version,
            "agent": row.agent_name,
            "start_at": row.start_at,
            "end_at": row.end_at,
            "launched_at": row.launched_at,
            "ended_at": row.ended_at,
            "leads": self.leads,
            "work": self.work,
            "blocked": self.blocked,
            "attempts": self.attempts,
            "follow_ups": asdict(self.follow_ups),
            "answered_30_days": {
                **asdict(self.answered),
                "abandoned_percent": round(self.answered.percent, 2),
            },
            "happened": self.happened,
            "replanning": asdict(self.replanning) if self.replanning else None,
        }


def show_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The campaign's name.")],
    as_yaml: Annotated[
        bool, typer.Option("--yaml", help="The document with its version, ready to edit.")
    ] = False,
    kind: Annotated[
        DocumentKind, typer.Option("--kind", help="With --yaml: whose document NAME is.")
    ] = DocumentKind.CAMPAIGN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where a campaign stands: leads, attempts, follow-ups."""
    output = Output(as_json)
    if as_yaml:
        output.write(run(_document(read_config(config), Named(kind.value, name))))
        return
    shown = run(_show(read_config(config), name))
    if as_json:
        output.data(shown.as_data)
    else:
        _tell(output, shown)


def _tell(output: Output, shown: Shown) -> None:
    row = shown.campaign
    if shown.stopped:
        output.say(STOPPED)
    output.say(standing(row))
    pinned = f"@{row.agent_version}" if row.agent_version else ", newest version"
    output.say(f"{row.title}: document version {row.version}, agent {row.agent_name}{pinned}.")
    times = (
        ("created", row.created_at),
        ("starts", row.start_at),
        ("launched", row.launched_at),
        ("ends", row.end_at),
        ("ended", row.ended_at),
    )
    output.say("; ".join(f"{word} {in_words(at)}" for word, at in times if at is not None) + ".")
    _counts(output, "Leads by status", shown.leads, codes.status)
    _counts(output, "Leads by what is owed to them", shown.work, codes.work)
    _counts(output, "Not contacted for now, by reason", shown.blocked, codes.why)
    for channel, outcomes in shown.attempts.items():
        _counts(output, f"Ended: each {codes.channel(channel)}", outcomes, codes.outcome)
    follow_ups = shown.follow_ups
    output.say(
        f"Follow-ups: {follow_ups.planned} planned, {follow_ups.fired} made,"
        f" {follow_ups.cancelled} cancelled."
    )
    if shown.answered.calls:
        output.say(
            f"Answered by people in 30 days: {shown.answered.calls}; of them"
            f" {shown.answered.abandoned} ({shown.answered.percent:.1f} %) heard nothing of ours"
            " within two seconds."
        )
    if shown.replanning is not None:
        _tell_replanning(output, shown.replanning)


def _tell_replanning(output: Output, job: Job) -> None:
    state = "is under way" if job.done_at is None else f"was done {in_words(job.done_at)}"
    cause = f"edit to version {job.to_version}" if job.reason == "edited" else "resumption"
    said = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in job.counts.items())
    output.say(f"Planning anew after the {cause} {state}{': ' if said else ''}{said}.")


def _counts(
    output: Output, title: str, counts: Mapping[str, int], tell: Callable[[object], str]
) -> None:
    if not counts:
        return
    output.say(f"{title} ({sum(counts.values())}):")
    for word, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        output.say(f"  {count:>7} {tell(word)}")


async def _show(config: Config, name: str) -> Shown:
    async with open_store(config) as store, transaction(store.engine) as tx:
        campaign = await _named(tx, name)
        return Shown(
            campaign=campaign,
            leads=await reports.count_statuses(tx, campaign.id),
            work=await reports.count_work(tx, campaign.id),
            blocked=await reports.count_blocked(tx, campaign.id),
            attempts=await reports.count_outcomes(tx, campaign.id),
            follow_ups=await reports.count_follow_ups(tx, campaign.id),
            happened=(await tallies.counts(tx, [campaign.id]))[campaign.id],
            answered=await abandonment.count(
                tx, campaign.id, since=(now := await clock.now(tx)) - SPAN, now=now
            ),
            replanning=await replanning_jobs.find(tx, campaign.id),
            stopped=await operator_stop.is_stopped(tx),
        )


async def _document(config: Config, named: Named) -> str:
    async with opened(config) as (_, tx):
        found = (await Library().newest(tx, [named])).get(named)
        if found is None:
            known = ", ".join(await list_names(tx, named.kind)) or "none yet"
            raise Rejected(
                f"unknown_{named.kind}",
                f"There is no {named.kind} {named.name}.",
                f"There are: {known}.",
            )
        version, document = found
        return dump_yaml(document, version)


async def _named(tx: AsyncConnection, name: str) -> Campaign:
    found = await campaigns.find(tx, name)
    if found is None:
        known = ", ".join(one.name for one in await campaigns.list_all(tx)) or "none yet"
        raise Rejected(
            "unknown_campaign",
            f"There is no campaign {name}.",
            f"Campaigns: {known}.",
        )
    return found
