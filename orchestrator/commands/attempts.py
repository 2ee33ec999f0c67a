"""`outreach attempts`: closing those that nobody knows of, and correcting what came of others."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from orchestrator.commands.campaign import OPERATOR, opened
from orchestrator.commands.ids import read_id
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions.close_unsure import close_unsure
from orchestrator.engine.actions.correct_outcome import (
    Corrected,
    Correction,
    correct_outcome,
)
from orchestrator.store import open_store
from outreach.errors import Rejected
from outreach.outcome import Outcome
from storage import attempts, campaigns
from storage.attempts import Attempt, Unsure
from storage.database import transaction

app = typer.Typer(
    help="Attempts that a person settles: unsure, close, correct.", no_args_is_help=True
)

COLUMNS = ("id", "channel", "personal_phone", "campaign", "unsure_since", "asked", "last_answer")


@app.command("unsure")
def unsure_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Attempts that the provider may have, since when, and what it answered when asked."""
    Output(as_json).rows(COLUMNS, run(_list(read_config(config))))


@app.command("close")
def close_command(
    attempt: Annotated[str, typer.Argument(metavar="ID", help="The attempt's id.")],
    outcome: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="OUTCOME",
            help="What you found at the provider; not_placed plans it anew.",
        ),
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """End an unsure attempt with what you found out; the campaign's rules go on from there."""
    attempt_id, found = read_id(attempt, "an attempt"), _outcome(outcome)
    closed = run(_close(read_config(config), attempt_id, found))
    output = Output(as_json)
    if as_json:
        output.data({"id": closed.id, "lead": closed.lead_id, "outcome": found})
    else:
        output.say(f"Attempt {closed.id} has ended: {found.replace('_', ' ')}.")


@app.command("correct")
def correct_command(
    attempt: Annotated[str, typer.Argument(metavar="ID", help="The attempt's id.")],
    outcome: Annotated[str, typer.Argument(metavar="OUTCOME", help="What really came of it.")],
    because: Annotated[
        str, typer.Option("--because", metavar="TEXT", help="Why, for your colleagues.")
    ] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct what an ended attempt came to; a follow-up that has not begun is decided anew."""
    attempt_id = read_id(attempt, "an attempt")
    correction = Correction(outcome=_outcome(outcome, "OUTCOME"), because=because)
    done = run(_correct(read_config(config), attempt_id, correction))
    output = Output(as_json)
    if as_json:
        output.data(asdict(done))
        return
    was = f", not {done.was.replace('_', ' ')}" if done.was and done.changed else ""
    output.say(f"Attempt {done.attempt_id}: {done.outcome.replace('_', ' ')}{was}.")
    if not done.changed:
        output.say("It was known so; nothing has changed.")
    if done.still_suppressed:
        output.say(
            "They are still not contacted: the suppression and the withdrawn consent stand."
            " Import a new consent, then `outreach suppress PHONE --lift`."
        )


def _outcome(text: str, where: str = "--as") -> Outcome:
    try:
        return Outcome(text)
    except ValueError:
        raise Rejected(
            "outcome_unknown",
            f"{text!r} is no outcome.",
            f"Outcomes: {', '.join(Outcome)}.",
            where,
        ) from None


async def _list(config: Config) -> list[dict[str, object]]:
    async with open_store(config) as store, transaction(store.engine) as tx:
        names = {one.id: one.name for one in await campaigns.list_all(tx)}
        return [_row(one, names) for one in await attempts.list_unsure(tx)]


def _row(unsure: Unsure, campaign_names: dict[UUID, str]) -> dict[str, object]:
    attempt, said = unsure.attempt, unsure.inquiry
    answers = said.get("answers")
    kept = answers if isinstance(answers, list) else []
    return {
        "id": attempt.id,
        "lead": attempt.lead_id,
        "campaign": campaign_names.get(attempt.campaign_id),
        "channel": attempt.channel,
        "personal_phone": attempt.phone,
        "starting_at": attempt.starting_at,
        "unsure_since": said.get("since"),
        "reason": said.get("reason"),
        "asked": len(kept),
        "last_answer": kept[-1][1] if kept else None,
        "answers": [{"at": at, "said": word} for at, word in kept],
    }


async def _correct(config: Config, attempt_id: UUID, correction: Correction) -> Corrected:
    async with opened(config) as (ctx, tx):
        return await correct_outcome(ctx, tx, attempt_id, correction, OPERATOR)


async def _close(config: Config, attempt_id: UUID, outcome: Outcome) -> Attempt:
    async with opened(config) as (ctx, tx):
        return await close_unsure(ctx, tx, attempt_id, outcome, OPERATOR)
