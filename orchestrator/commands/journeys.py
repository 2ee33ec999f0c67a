"""`outreach touchpoints` and `outreach journey`: what people did, and where a company stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.commands.find_leads import find_leads
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output, in_words
from orchestrator.config import Config
from orchestrator.engine.journeys.viewing import journey_of
from orchestrator.store import open_store
from outreach.accounts.journey import Journey
from outreach.accounts.journey_steps import WORDS, ways_forward
from outreach.errors import Rejected
from outreach.telling.touchpoints import told_touchpoint
from storage import clock, touchpoint_lists
from storage.database import transaction
from storage.touchpoint_lists import Shown

app = typer.Typer(help="What people did that shows interest.", no_args_is_help=True)


@app.callback()
def touchpoints() -> None:
    """What people did that shows interest."""


@app.command("list")
def list_command(
    whose: Annotated[
        str,
        typer.Argument(
            metavar="COMPANY|LEAD",
            help="A company's id, domain or whole name, or a lead's id or phone number.",
        ),
    ],
    noise: Annotated[bool, typer.Option("--noise", help="Also what does not count.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What the people of a company did, or the person of a lead; newest first."""
    found = run(_list(read_config(config), whose, noise=noise))
    output = Output(as_json)
    if as_json:
        output.data([_as_data(one) for one in found])
    elif not found:
        output.say("Nothing counts yet; --noise shows all that was told.")
    else:
        output.rows(("at", "type", "score", "what"), [_as_row(one) for one in found])


def journey_command(
    company: Annotated[
        str, typer.Argument(metavar="COMPANY", help="Its id, domain or whole name.")
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where a company stands on its way, how it came there, and what moves it forward."""
    seen = run(_journey(read_config(config), company))
    output = Output(as_json)
    if as_json:
        output.data(_journey_data(seen))
        return
    _tell(output, seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A company and its journey up to now."""

    id: UUID
    name: str
    journey: Journey


async def find_company(tx: AsyncConnection, words: str) -> tuple[UUID, str]:
    """The one company that is meant. Raises Rejected where there is none, or several."""
    found = await touchpoint_lists.find_companies(tx, words.strip())
    if len(found) == 1:
        return next(iter(found.items()))
    raise Rejected(
        code="several_companies" if found else "unknown_company",
        message=f"{len(found)} companies are called {words.strip()}."
        if found
        else f"There is no company {words.strip()}.",
        fix="Say which one by its id." if found else "Give its id, a domain or its whole name.",
        details=tuple(f"{id_}  {name}" for id_, name in found.items()),
    )


async def _list(config: Config, whose: str, *, noise: bool) -> list[Shown]:
    async with open_store(config) as store, transaction(store.engine) as tx:
        if await touchpoint_lists.find_companies(tx, whose.strip()):
            id_, _ = await find_company(tx, whose)
            return await touchpoint_lists.of_company(tx, id_, noise=noise)
        leads = await find_leads(tx, whose)
        return await touchpoint_lists.of_contact(tx, leads[0].contact_id, noise=noise)


async def _journey(config: Config, words: str) -> Seen:
    async with open_store(config) as store, transaction(store.engine) as tx:
        id_, name = await find_company(tx, words)
        return Seen(id=id_, name=name, journey=await journey_of(tx, id_, await clock.now(tx)))


def _as_row(one: Shown) -> Mapping[str, object]:
    what = told_touchpoint(one.act, one.attention_ratio, one.score, one.data)
    return {"at": one.at, "type": one.kind, "score": one.score, "what": what}


def _as_data(one: Shown) -> Mapping[str, object]:
    return {
        "id": one.id,
        "at": one.at,
        "type": one.kind,
        "act": one.act,
        "origin": one.channel,
        "score": one.score,
        "attention": one.attention_ratio / 1000,
        "contact": one.contact_id,
        "lead": one.lead_id,
        "source": one.source_ref,
        "title": one.data.get("title"),
    }


def _journey_data(seen: Seen) -> Mapping[str, object]:
    journey = seen.journey
    days = journey.days_to_next
    return {
        "company": seen.id,
        "name": seen.name,
        "stage": journey.stage,
        "score": round(journey.score, 2),
        "engagement": round(journey.engagement, 2),
        "needs_attention": journey.needs_attention,
        "contacts": journey.contacts,
        "velocity": round(journey.velocity, 2),
        "to_next": round(journey.to_next, 2),
        "days_to_next": None if days is None else round(days, 1),
        "moves_it_forward": list(ways_forward(journey.stage)),
        "changes": [
            {
                "at": one.at,
                "from": one.before,
                "to": one.after,
                "because": one.because,
                "touchpoint": one.touchpoint_id,
            }
            for one in journey.changes
        ],
    }


def _tell(output: Output, seen: Seen) -> None:
    journey = seen.journey
    days = journey.days_to_next
    attention = "; a colleague should act" if journey.needs_attention else ""
    output.say(f"{seen.name}, company {seen.id}")
    output.say(f"Stage: {journey.stage}, {journey.score:.1f} of 10{attention}.")
    output.say(f"People engaged in 30 days: {journey.contacts}.")
    when = "no date, for it does not get nearer" if days is None else f"in {days:.0f} days"
    output.say(f"Next stage at this pace: {when}; {journey.to_next:.0f} points of engagement away.")
    output.say("What moves it forward, any one of these:")
    for code in ways_forward(journey.stage):
        output.say(f"  {WORDS[code]}")
    for change in journey.changes:
        words = WORDS.get(change.because, change.because)
        output.say(f"  {in_words(change.at)}: {change.before} to {change.after}, by {words}")
