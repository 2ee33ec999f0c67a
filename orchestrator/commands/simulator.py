"""`outreach simulator`: a carrier, people and a language model on this machine."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.commands.campaign_apply import read_all
from orchestrator.commands.options import read_config
from orchestrator.commands.output import Output
from orchestrator.commands.simulated_account import furnish
from outreach.errors import Rejected
from outreach.whatsapp_template_document import WhatsAppTemplate
from simulator.server import PortTaken, RunningSimulator, run


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
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Give the account the numbers of this configuration, answered at its public_url.",
        ),
    ] = None,
    templates: Annotated[
        list[Path] | None,
        typer.Option(
            "--template",
            metavar="FILE",
            help="Have this template document approved; may be repeated, goes with --config.",
        ),
    ] = None,
) -> None:
    """Run the simulated world until Ctrl-C: Twilio at /, a model at /v1, control at /_sim."""
    output = Output()
    known, settings = _templates(templates or ()), read_config(config) if config else None

    def ready(running: RunningSimulator) -> None:
        output.say(
            f"The simulated world is at {running.base_url}"
            f"\n  account_sid {running.account_sid}, auth_token {running.auth_token}"
        )
        for said in furnish(running.world, settings, known) if settings else ():
            output.say(f"  {said}")

    try:
        run(
            port=port,
            seed=seed,
            speed=speed,
            now=_moment(now),
            media_dir=media_dir,
            on_ready=ready,
        )
    except PortTaken as error:
        raise Rejected(
            "port_unavailable", f"Port {error.port} is taken.", "Choose another with --port."
        ) from None


def _templates(files: Sequence[Path]) -> list[WhatsAppTemplate]:
    found = read_all(files)
    for document in found:
        if not isinstance(document, WhatsAppTemplate):
            raise Rejected(
                "not_a_template",
                f"{document.name} is no template but of the kind {document.kind}.",
                "Give --template the file of a template, such as examples/templates/intro.yaml.",
                "--template",
            )
    return [one for one in found if isinstance(one, WhatsAppTemplate)]


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
