"""`outreach leads import --undo`: an import is taken back as if the list had never been read."""

from dataclasses import asdict
from uuid import UUID

from orchestrator.commands.ids import read_id
from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions.undo_import import undo_import
from storage.undoing import Undone


def undo_command(text: str, config: Config, output: Output) -> None:
    import_id = read_id(text, "an import")
    done = run(_undo(config, import_id))
    if output.as_json:
        output.data({"import_id": import_id, **asdict(done)})
    else:
        output.say(f"{done.leads} leads and {done.contacts} contacts are gone.")


async def _undo(config: Config, import_id: UUID) -> Undone:
    async with opened(config) as (ctx, tx):
        return await undo_import(ctx, tx, import_id, OPERATOR)
