"""`outreach simulator`: a carrier, people and a language model on this machine."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.commands.output import Output
from outreach.errors import Rejected
from simulator.server import PortTaken, run


def simulator(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 4010,
    seed: Annotated[int, typer.Option(help="The same seed gives the same world.")] = 7,
    speed: Annotated[
        float, typer.Option(min=0.01, help="Divides the carrier's waits; speech stays real.")
    ] = 1.0,
    now: Annotated[
        str | None, typer.Option(metavar="ISO", help="Begin at this time, such as ...T14:00:00Z.")
    ] = None,
    media_dir: Annotated[Path, typer.Option(help="Where its recordings go.")] = Path(
        ".outreach/simulator"
    ),
) -> None:
    """Run the simulated world until Ctrl-C: Twilio at /, a model at /v1, control at /_sim."""
    output = Output()
    try:
        run(
            port=port,
            seed=seed,
            speed=speed,
            now=_moment(now),
            media_dir=media_dir,
            on_ready=lambda running: output.say(
                f"The simulated world is at {running.base_url}"
                f"\n  account_sid {running.account_sid}, auth_token {running.auth_token}"
            ),
        )
    except PortTaken as error:
        raise Rejected(
            "port_unavailable", f"Port {error.port} is taken.", "Choose another with --port."
        ) from None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Rejected(
            "time_unreadable", f"{text!r} is no ISO 8601 time.", "Write 2026-11-24T14:00:00Z."
        ) from None
    if moment.tzinfo is None:
        raise Rejected(
            "time_without_zone", f"{text!r} has no offset from UTC.", "Add Z or +01:00 at its end."
        )
    return moment.astimezone(UTC)
