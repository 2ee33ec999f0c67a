"""`outreach attempts unmatched|attach`: calls that other platforms told of and nobody ordered."""

from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

import typer

from orchestrator.commands.ids import read_id
from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions.attach_delivery import attach_delivery
from orchestrator.store import open_store
from outreach.telling.codes import outcome as in_outcome
from outreach.telling.codes import readable
from storage import hosted
from storage.database import transaction
from storage.hosted import Unmatched

COLUMNS: Final = (
    *("id", "platform", "received", "call", "says_it_is"),
    *("status", "outcome", "told_us"),
)
MOST_LISTED: Final = 200


def unmatched_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """What other platforms told of calls that belong to no attempt; the newest first."""
    rows = run(_list_unmatched(read_config(config)))
    output = Output(as_json)
    if as_json:
        output.data(rows)
    elif not rows:
        output.say("Every call that a platform told of belongs to an attempt.")
    else:
        output.rows(COLUMNS, [_unmatched_told(row) for row in rows])
        output.say("Say whose each is with `outreach attempts attach ID --to ATTEMPT`.")


def attach_command(
    delivery: Annotated[str, typer.Argument(metavar="ID", help="The delivery's id.")],
    attempt: Annotated[
        str, typer.Option("--to", metavar="ATTEMPT", help="The attempt that this call was.")
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which attempt an unmatched call was; it is applied as if it had said so itself."""
    delivery_id, attempt_id = read_id(delivery, "a delivery"), read_id(attempt, "an attempt")
    run(_attach(read_config(config), delivery_id, attempt_id))
    output = Output(as_json)
    if as_json:
        output.data({"id": delivery_id, "attempt": attempt_id})
    else:
        output.say(f"Delivery {delivery_id} now belongs to attempt {attempt_id}.")


async def _list_unmatched(config: Config) -> list[dict[str, object]]:
    async with open_store(config) as store, transaction(store.engine) as tx:
        return [_unmatched_row(one) for one in await hosted.list_unmatched(tx, MOST_LISTED)]


def _unmatched_row(unmatched: Unmatched) -> dict[str, object]:
    call = unmatched.report["call"]
    told = {name: value for name, value in call.items() if value is not None}
    return {
        "id": unmatched.id,
        "source": unmatched.source.removeprefix("hosted:"),
        "received_at": unmatched.received_at,
        "call_id": told.pop("call_id", None),
        "attempt_id": told.pop("attempt_id", None),
        "status": told.get("status"),
        "outcome": told.get("outcome"),
        "parts": sorted(told),
    }


def _unmatched_told(row: Mapping[str, object]) -> dict[str, object]:
    """A row for people: no codes and no JSON."""
    parts = row["parts"]
    return {
        **row,
        "platform": row["source"],
        "received": row["received_at"],
        "call": row["call_id"],
        "says_it_is": row["attempt_id"],
        "status": readable(row["status"]) if row["status"] else "",
        "outcome": in_outcome(row["outcome"]) if row["outcome"] else "",
        "told_us": ", ".join(map(readable, parts)) if isinstance(parts, list) else "",
    }


async def _attach(config: Config, delivery_id: UUID, attempt_id: UUID) -> None:
    async with opened(config) as (ctx, tx):
        await attach_delivery(ctx, tx, delivery_id, attempt_id, OPERATOR)
