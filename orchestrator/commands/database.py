"""`outreach db`: migrate the database, name its address, stop our own server, back up."""

import typer

from orchestrator.commands.backup import backup_command, restore_command
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.store import open_store
from storage import embedded, migrate

app = typer.Typer(help="The database: migrate, back up, restore.", no_args_is_help=True)
app.command("backup")(backup_command)
app.command("restore")(restore_command)


@app.command("migrate")
def migrate_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Bring the schema to this program's version; safe to repeat."""
    revision = run(_migrate(read_config(config)))
    output = Output(as_json)
    if as_json:
        output.data({"revision": revision})
    else:
        output.say(f"The database is at revision {revision}.")


@app.command("url")
def url_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Print the address for psql. Our own server stops with its last user: keep one running."""
    url = run(_url(read_config(config)))
    output = Output(as_json)
    if as_json:
        output.data({"url": url})
    else:
        output.say(url)


@app.command("stop")
def stop_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Stop our own server, unless another process still uses it."""
    settings = read_config(config).database
    stopped = settings.url is None and embedded.stop(embedded.start(settings.data_dir))
    output = Output(as_json)
    if as_json:
        output.data({"stopped": stopped})
    elif settings.url is not None:
        output.say("The database is a server of your own; stop it where it runs.")
    else:
        output.say("Stopped." if stopped else "Another process still uses it; it goes on.")


async def _migrate(config: Config) -> str | None:
    async with open_store(config) as store:
        return await migrate.current(store.direct_url)


async def _url(config: Config) -> str:
    async with open_store(config) as store:
        return store.url.replace("+psycopg", "")
