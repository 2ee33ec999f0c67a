"""`outreach leads`: list, show and export leads; say why one is not contacted."""

import csv
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO, Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.commands.find_leads import LeadArgument, find_leads
from orchestrator.commands.follow_up import cancel_follow_up_command
from orchestrator.commands.import_leads import import_command
from orchestrator.commands.lead_deeds import (
    add_command,
    edit_command,
    move_command,
    now_command,
    remove_command,
    reschedule_command,
)
from orchestrator.commands.lead_page import Shown, local, tell_lead
from orchestrator.commands.lead_why import why_command
from orchestrator.commands.lead_words import told
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.commands.standstill import standstills
from orchestrator.config import Config
from orchestrator.engine.imports.error_file import safe
from orchestrator.store import open_store
from outreach.charges import Cost
from outreach.errors import Rejected
from outreach.lead import Status, Work
from outreach.telling.codes import status as told_status
from outreach.telling.codes import why
from outreach.telling.codes import work as told_work
from storage import campaigns, charges, lead_history, lead_rows, meetings, worked_leads
from storage.database import transaction
from storage.lead_rows import LeadRow, Wanted
from storage.search import parse_question
from storage.worked_leads import Past

app = typer.Typer(
    help="Leads: import or add them, look at them, move, reschedule, cancel.", no_args_is_help=True
)
app.command("import")(import_command)
app.command("cancel-follow-up")(cancel_follow_up_command)
app.command("add")(add_command)
app.command("edit")(edit_command)
app.command("remove")(remove_command)
app.command("move")(move_command)
app.command("reschedule")(reschedule_command)
app.command("now")(now_command)
app.command("why")(why_command)

LISTED = ("id", "name", "phone", "campaign", "status", "work", "reason", "next")

CampaignOption = Annotated[
    str | None, typer.Option("--campaign", metavar="NAME", help="Of one campaign alone.")
]
StatusOption = Annotated[Status | None, typer.Option("--status", help="What came of it.")]
WorkOption = Annotated[Work | None, typer.Option("--work", help="What the engine owes it.")]
SearchOption = Annotated[
    str | None,
    typer.Option("--search", metavar="WORDS", help="Beginnings of words, or the end of a number."),
]


@app.command("list")
def list_command(
    campaign: CampaignOption = None,
    status: StatusOption = None,
    work: WorkOption = None,
    search: SearchOption = None,
    limit: Annotated[
        int, typer.Option(min=1, max=lead_rows.LARGEST_PAGE, help="How many at once.")
    ] = lead_rows.PAGE,
    after: Annotated[
        str | None, typer.Option(metavar="CURSOR", help="Where the last list ended.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Leads, newest first."""
    wanted = (campaign, status, work, search)
    page, total, still = run(_page(read_config(config), wanted, after, limit))
    output = Output(as_json)
    if as_json:
        rows = [asdict(row) for row in page.rows]
        output.data({"total": total, "rows": rows, "after": page.after, "standstill": still})
        return
    _say_all(output, still)
    output.rows(LISTED, [_listed(row) for row in page.rows])
    more = f"; the next with --after {page.after}" if page.after else ""
    exact = f"{total}" if total <= lead_rows.COUNTED else f"{lead_rows.COUNTED}+"
    output.say(f"{len(page.rows)} of {exact}{more}.")


@app.command("show")
def show_command(
    lead: LeadArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """One lead with all its values; by number the leads of all campaigns."""
    shown = run(_show(read_config(config), lead))
    output = Output(as_json)
    if as_json:
        output.data(
            [
                {
                    **asdict(one.row),
                    "attempts": [_with_cost(past, one.costs.get(past.id)) for past in one.made],
                    "meetings": list(map(asdict, one.met)),
                    "standstill": one.standstill,
                    "campaign_events": list(map(asdict, one.campaign)),
                }
                for one in shown
            ]
        )
        return
    _say_all(output, list(dict.fromkeys(said for one in shown for said in one.standstill)))
    for one in shown:
        tell_lead(output, one)


def _with_cost(past: Past, cost: Cost | None) -> dict[str, object]:
    micros, currency = (cost.micros, cost.currency) if cost else (None, None)
    return {**asdict(past), "cost_micros": micros, "cost_currency": currency}


@app.command("export")
def export_command(
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="OUT.csv", help="Where to. [default: the terminal]"),
    ] = None,
    campaign: CampaignOption = None,
    status: StatusOption = None,
    work: WorkOption = None,
    search: SearchOption = None,
    config: ConfigOption = None,
) -> None:
    """All leads that are asked for, as CSV that no spreadsheet takes for formulas."""
    wanted = (campaign, status, work, search)
    written = run(_export(read_config(config), wanted, to))
    if to is not None:
        Output().say(f"{written} leads are in {to}.")


def _say_all(output: Output, sentences: Sequence[str]) -> None:
    for sentence in sentences:
        output.say(sentence)


def _listed(row: LeadRow) -> dict[str, object]:
    """What fits a line: the number finds the rest."""
    name = f"{row.first_name} {row.last_name}".strip()
    return {
        **asdict(row),
        "name": name,
        "phone": row.phone or row.whatsapp,
        "status": told_status(row.status),
        "work": told_work(row.work),
        "reason": why(row.work_reason),
        "next": local(row.due_at or row.recheck_at, row.zones),
    }


async def _page(
    config: Config,
    asked: tuple[str | None, Status | None, Work | None, str | None],
    after: str | None,
    limit: int,
) -> tuple[lead_rows.Page, int, list[str]]:
    async with _reading(config) as tx:
        wanted = await _wanted(tx, *asked)
        page = await lead_rows.page(tx, wanted, after=after, limit=limit)
        still = await standstills(tx, (row.campaign for row in page.rows))
        return page, await lead_rows.count(tx, wanted), still


async def _wanted(
    tx: AsyncConnection,
    campaign: str | None,
    status: Status | None,
    work: Work | None,
    search: str | None,
) -> Wanted:
    found = await campaigns.find(tx, campaign) if campaign else None
    if campaign and found is None:
        raise Rejected(
            code="unknown_campaign",
            message=f"There is no campaign {campaign!r}.",
            fix="See `outreach campaign list`.",
            where="--campaign",
        )
    return Wanted(
        campaign_id=found.id if found else None,
        status=status,
        work=work,
        question=parse_question(search or ""),
    )


async def _show(config: Config, lead: str) -> list[Shown]:
    async with _reading(config) as tx:
        rows = await find_leads(tx, lead)
        return [
            Shown(
                row=row,
                made=await worked_leads.history_of(tx, row.id),
                met=await meetings.of_lead(tx, row.id),
                campaign=await lead_history.of_campaign(tx, row.id),
                costs=await charges.of_lead(tx, row.id),
                has_prices=config.prices is not None,
                standstill=await standstills(tx, [row.campaign]),
            )
            for row in rows
        ]


async def _export(
    config: Config,
    asked: tuple[str | None, Status | None, Work | None, str | None],
    to: Path | None,
) -> int:
    written = 0
    async with _reading(config) as tx:
        wanted = await _wanted(tx, *asked)
        with _open(to) as file:
            writer = csv.writer(file)
            names = [one.name for one in fields(LeadRow)]
            writer.writerow(names)
            async for row in lead_rows.each(tx, wanted):
                writer.writerow(safe(told(getattr(row, name)) for name in names))
                written += 1
    return written


@contextmanager
def _open(to: Path | None) -> Iterator[IO[str]]:
    if to is None:
        yield sys.stdout
        return
    try:
        with to.open("w", encoding="utf-8-sig", newline="") as file:
            yield file
    except OSError as error:
        raise Rejected(
            code="file_unwritable",
            message=f"{to} cannot be written: {(error.strerror or str(error)).lower()}.",
            fix="Name a file in a folder that exists.",
        ) from error


@asynccontextmanager
async def _reading(config: Config) -> AsyncIterator[AsyncConnection]:
    async with open_store(config) as store, transaction(store.engine) as tx:
        yield tx
