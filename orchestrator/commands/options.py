"""Options that many commands share."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from sqlalchemy.exc import OperationalError

from orchestrator.config import Config
from orchestrator.config_file import Loaded, load
from orchestrator.logs import set_up_logs
from outreach.errors import Rejected
from storage.database import first_line

DEFAULT_CONFIG = Path("config.yaml")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The configuration file. [default: config.yaml where it exists]",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print data as JSON.")]

Result = TypeVar("Result")


def read_config(path: Path | None) -> Config:
    """The named file, else ./config.yaml if there is one, else the environment alone."""
    return load_options(path).config


def load_options(path: Path | None) -> Loaded:
    """Like `read_config`, with where each value came from."""
    if path is None and DEFAULT_CONFIG.exists():
        path = DEFAULT_CONFIG
    loaded = load(path)
    telemetry = loaded.config.telemetry
    set_up_logs(telemetry.log_level, telemetry.log_format)
    return loaded


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run one command's work to its end. Raises Rejected where the database fails meanwhile."""
    try:
        return asyncio.run(work)
    except OperationalError as error:
        raise Rejected(
            "database_failed",
            f"The database failed: {first_line(error)}.",
            "See that it runs, then repeat the command; nothing was half done.",
        ) from error
