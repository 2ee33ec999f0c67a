"""`outreach brief`: what to know of a company before talking to it, each claim with its source."""

from typing import Annotated

import typer

from orchestrator.commands.journeys import find_company
from orchestrator.commands.opened import opened
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output, in_words
from orchestrator.config import Config
from orchestrator.engine.companies.briefing import Read, read, write
from outreach.errors import Rejected
from outreach.telling.briefs import PARTS, WHY
from storage import briefs, clock, companies


def brief_command(
    company: Annotated[
        str, typer.Argument(metavar="COMPANY", help="Its id, domain or whole name.")
    ],
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Write it anew now, if something has changed.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What to know of a company before talking to it; each claim with its sources."""
    found = run(_read(read_config(config), company, fresh=fresh))
    output = Output(as_json)
    if as_json:
        output.data(_data(found))
    else:
        _tell(output, found)


async def _read(config: Config, words: str, *, fresh: bool) -> Read:
    async with opened(config) as (ctx, tx):
        id_, name = await find_company(tx, words)
        now = await clock.now(tx)
        if fresh or not await briefs.latest(tx, id_):
            await write(ctx, tx, id_, "asked", now)
        company = await companies.find(tx, id_)
        found = await read(tx, company, now) if company else None
    if found is None:
        raise Rejected(
            "no_brief",
            f"{name} does not fit the profile, so it has no brief.",
            "Say that it fits, if it does: `outreach company set ID --fit strong`.",
        )
    return found


def _data(found: Read) -> dict[str, object]:
    return {
        "company": found.brief.company_id,
        "version": found.brief.version,
        "created_at": found.brief.created_at,
        "why": found.brief.why,
        "sections": briefs.as_data(found.brief.sections),
        "lately": [{"text": one.text, "refs": list(one.refs)} for one in found.lately],
        "changes": [
            {"part": one.part, "before": one.before, "after": one.after} for one in found.changes
        ],
    }


def _tell(output: Output, found: Read) -> None:
    brief = found.brief
    why = WHY.get(brief.why, brief.why)
    output.say(f"Version {brief.version}, {in_words(brief.created_at)}: {why}.")
    for section in brief.sections:
        output.say(f"{PARTS[section.part]}:")
        for claim in section.claims:
            output.say(f"  {claim.text}  [{', '.join(claim.refs)}]")
    if found.lately:
        output.say("The last thirty days:")
        for claim in found.lately:
            output.say(f"  {claim.text}  [{', '.join(claim.refs)}]")
    for change in found.changes:
        output.say(f"  {'+' if change.after else '-'} {change.after or change.before}")
