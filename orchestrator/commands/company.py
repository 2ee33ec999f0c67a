"""`outreach company`: list, show, add, correct and merge companies."""

from typing import Annotated
from uuid import UUID

import typer

from orchestrator.commands.company_lines import listed, row_data, tell, view_data
from orchestrator.commands.ids import read_id
from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions import companies as deeds
from orchestrator.engine.actions.companies import NewCompany
from orchestrator.engine.companies.measuring import current_icp
from orchestrator.engine.companies.viewing import Viewed, view, wanted_of
from outreach.errors import Rejected
from storage import clock, company_lists

app = typer.Typer(
    help="Companies: list them by rank, look at one, add, correct, merge.", no_args_is_help=True
)

LISTED = ("id", "name", "fit", "score", "stage", "industry", "employees", "people", "outreach")

CompanyArgument = Annotated[str, typer.Argument(metavar="COMPANY", help="The company's id.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="As industry=software; may be repeated."),
]
ValuesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FIELD=VALUE]...",
        help="As industry=software or employees=; an empty value takes it away.",
    ),
]


@app.command("list")
def list_command(
    fit: Annotated[
        str,
        typer.Option("--fit", help="listed, all, strong, moderate, unknown or not_a_fit."),
    ] = "listed",
    stage: Annotated[str | None, typer.Option("--stage", help="Of the journey.")] = None,
    search: Annotated[
        str | None, typer.Option("--search", metavar="WORDS", help="In names and domains.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=company_lists.LARGEST_PAGE, help="How many at once.")
    ] = company_lists.PAGE,
    after: Annotated[
        str | None, typer.Option(metavar="CURSOR", help="Where the last list ended.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Companies by rank: those that fit or are kept, unless others are asked for."""
    asked = (fit, stage, search or "")
    page, total = run(_page(read_config(config), asked, after, limit))
    output = Output(as_json)
    if as_json:
        rows = [row_data(row) for row in page.rows]
        output.data({"total": total, "rows": rows, "after": page.after})
        return
    output.rows(LISTED, [listed(row) for row in page.rows])
    more = f"; the next with --after {page.after}" if page.after else ""
    output.say(f"{len(page.rows)} of {total}{more}.")


@app.command("show")
def show_command(
    company: CompanyArgument, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """One company: what is known and from whom, its fit by criterion, its people and leads."""
    viewed = run(_show(read_config(config), read_id(company, "a company")))
    output = Output(as_json)
    if as_json:
        output.data(view_data(viewed))
    else:
        tell(output, viewed)


@app.command("add")
def add_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As people call it.")],
    domain: Annotated[
        list[str] | None, typer.Option("--domain", help="Of its addresses; may be repeated.")
    ] = None,
    values: SetOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a company by hand; it is kept in the list whatever its fit."""
    wanted = NewCompany(name=name, domains=tuple(domain or ()), values=_read(values or []))
    made = run(_add(read_config(config), wanted))
    output = Output(as_json)
    if as_json:
        output.data({"id": made})
    else:
        output.say(f"{name} is added: {made}.")


@app.command("set")
def set_command(
    company: CompanyArgument,
    values: ValuesArgument = None,
    fit: Annotated[
        str | None,
        typer.Option("--fit", help="strong, moderate, unknown or not_a_fit; computed: no more."),
    ] = None,
    keep: Annotated[
        bool | None,
        typer.Option("--keep/--let-go", help="Keep it in the list whatever its fit, or not."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct what is known of a company, or decide on its fit; your word is never overwritten."""
    id, texts = read_id(company, "a company"), _read(values or [])
    if not texts and fit is None and keep is None:
        raise Rejected("nothing_to_set", "Nothing is to be set.", "Write FIELD=VALUE, or --fit.")
    changed = run(_set(read_config(config), id, texts, fit, keep))
    output = Output(as_json)
    if as_json:
        output.data({"changed": changed})
    else:
        said = ", ".join(one.replace("_", " ") for one in changed)
        output.say(f"Changed: {said}." if changed else "It says so already.")


@app.command("merge")
def merge_command(
    gone: Annotated[str, typer.Argument(metavar="GONE", help="The one that is no more.")],
    into: Annotated[str, typer.Argument(metavar="INTO", help="The one that stays.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let two companies be one: INTO gets the people, leads and domains of GONE."""
    ids = read_id(gone, "a company"), read_id(into, "a company")
    name = run(_merge(read_config(config), *ids))
    output = Output(as_json)
    if as_json:
        output.data({"id": ids[1], "gone": ids[0]})
    else:
        output.say(f"They are one company now: {name}.")


def _read(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise Rejected(
                "bad_value", f"{text!r} names no value.", "Write FIELD=VALUE.", "FIELD=VALUE"
            )
        found[name.strip()] = value
    return found


async def _page(
    config: Config, asked: tuple[str, str | None, str], after: str | None, limit: int
) -> tuple[company_lists.Page, int]:
    async with opened(config) as (ctx, tx):
        fit, stage, search = asked
        wanted = wanted_of(fit, stage, search, has_icp=await current_icp(ctx, tx) is not None)
        now = await clock.now(tx)
        found = await company_lists.page(tx, wanted, now, after=after, limit=limit)
        return found, await company_lists.count(tx, wanted)


async def _show(config: Config, company_id: UUID) -> Viewed:
    async with opened(config) as (ctx, tx):
        return await view(ctx, tx, company_id)


async def _add(config: Config, wanted: NewCompany) -> UUID:
    async with opened(config) as (ctx, tx):
        return (await deeds.add_company(ctx, tx, wanted, OPERATOR)).id


async def _set(
    config: Config, company_id: UUID, texts: dict[str, str], fit: str | None, keep: bool | None
) -> list[str]:
    async with opened(config) as (ctx, tx):
        changed = await deeds.set_values(ctx, tx, company_id, texts, OPERATOR)
        if fit is not None:
            await deeds.override_fit(ctx, tx, company_id, deeds.read_label(fit), OPERATOR)
            changed.append("fit")
        if keep is not None:
            await deeds.keep(tx, company_id, kept=keep, actor=OPERATOR)
            changed.append("kept")
        return changed


async def _merge(config: Config, gone: UUID, into: UUID) -> str:
    async with opened(config) as (ctx, tx):
        return (await deeds.merge_companies(ctx, tx, gone, into, OPERATOR)).name
