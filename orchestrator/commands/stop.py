"""`outreach stop` and `resume-all`: the emergency stop of everything."""

from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions import stop as deeds
from orchestrator.store import open_store
from storage.database import transaction


def stop(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Start nothing new anywhere until `resume-all`; running calls go on to their end."""
    changed = run(_turn(read_config(config), stopped=True))
    _tell(Output(as_json), changed, "Everything is stopped.", "Everything was stopped already.")


def resume_all(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Lift the emergency stop."""
    changed = run(_turn(read_config(config), stopped=False))
    _tell(Output(as_json), changed, "The stop is lifted.", "There was no stop to lift.")


async def _turn(config: Config, *, stopped: bool) -> bool:
    async with open_store(config) as store, transaction(store.engine) as tx:
        return await (deeds.stop if stopped else deeds.resume_all)(tx, OPERATOR)


def _tell(output: Output, changed: bool, yes: str, no: str) -> None:
    if output.as_json:
        output.data({"changed": changed})
    else:
        output.say(yes if changed else no)
