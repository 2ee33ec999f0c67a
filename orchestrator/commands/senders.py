"""`outreach senders`: the numbers we speak from; park one, bring it back."""

from datetime import timedelta
from typing import Annotated

import typer

from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions import senders as deeds
from orchestrator.store import open_store
from outreach.breaker import Breaker, State
from outreach.channel import ChannelName
from outreach.day import day_of
from outreach.errors import Rejected
from outreach.spans import parse_span
from outreach.telling.codes import readable, why
from storage import breakers, clock, senders
from storage.breakers import of_provider, of_sender
from storage.database import transaction

app = typer.Typer(help="The numbers we speak from: list, park, unpark.", no_args_is_help=True)

NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="As +12025550100.")]
ChannelOption = Annotated[
    ChannelName | None, typer.Option("--channel", help="Only on this channel. [default: all]")
]
ForOption = Annotated[
    str | None,
    typer.Option("--for", metavar="SPAN", help="As PT2H or P1D. [default: until unparked]"),
]
COLUMNS = (
    "channel",
    "address",
    "status",
    "reason",
    "until",
    "used_today",
    "in_flight",
    "simulated",
)

Row = dict[str, object]


@app.command("list")
def list_numbers(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show every number, what it did today, and why it is not used where it is not."""
    rows = run(_list(read_config(config)))
    output = Output(as_json)
    if as_json:
        output.data(rows)
    elif rows:
        output.rows(COLUMNS, [_told(row) for row in rows])
    else:
        output.say("There is no number yet: `outreach serve` reads them from the configuration.")


@app.command()
def park(
    number: NumberArgument,
    channel: ChannelOption = None,
    span: ForOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Use a number no more; its calls go on, and what is planned takes another or waits."""
    changed = run(_park(read_config(config), number, channel, _rest(span)))
    _tell(Output(as_json), changed, f"{number} is parked.", f"{number} was not in use.")


@app.command()
def unpark(
    number: NumberArgument,
    channel: ChannelOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Use a number again, whatever had taken it out of use."""
    changed = run(_unpark(read_config(config), number, channel))
    _tell(Output(as_json), changed, f"{number} is used again.", f"{number} was in use.")


def _told(row: Row) -> Row:
    """A row for people: no codes."""
    return {**row, "status": readable(row["status"]), "reason": why(row["reason"])}


async def _list(config: Config) -> list[Row]:
    async with open_store(config) as store, transaction(store.engine) as tx:
        day = day_of(await clock.now(tx), config.limits.zone)
        found = await senders.list_all(tx, day.date)
        failing = {
            one.key: one.breaker
            for one in await breakers.list_all(tx)
            if one.breaker.state is not State.CLOSED
        }
    return [_row(one, failing) for one in found]


def _row(one: senders.Shown, failing: dict[breakers.Key, Breaker]) -> Row:
    keys = (of_sender(one.id), of_provider(one.provider, one.channel))
    open_now = [failing[key] for key in keys if key in failing]
    why = one.status_reason or ("provider_down" if open_now else None)
    return {
        "channel": one.channel.value,
        "address": one.address,
        "status": open_now[0].state.value if open_now and not one.status_reason else one.status,
        "reason": why,
        "until": one.recheck_at,
        "used_today": one.used_today,
        "in_flight": one.in_flight,
        "simulated": one.simulated,
    }


async def _park(
    config: Config, number: str, channel: ChannelName | None, rest: timedelta | None
) -> bool:
    async with open_store(config) as store, transaction(store.engine) as tx:
        return await deeds.park(tx, number, OPERATOR, channel=channel, rest=rest)


async def _unpark(config: Config, number: str, channel: ChannelName | None) -> bool:
    async with open_store(config) as store, transaction(store.engine) as tx:
        return await deeds.unpark(tx, number, OPERATOR, channel=channel)


def _rest(span: str | None) -> timedelta | None:
    if span is None:
        return None
    try:
        return parse_span(span)
    except ValueError as error:
        raise Rejected("bad_span", f"{error}.", "Write one like PT2H or P1D.", "--for") from None


def _tell(output: Output, changed: bool, yes: str, no: str) -> None:
    if output.as_json:
        output.data({"changed": changed})
    else:
        output.say(yes if changed else no)
