"""`outreach attempts`: what only a person can settle about calls and messages that were ordered."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from orchestrator.commands.ids import read_id
from orchestrator.commands.opened import opened
from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.options import ConfigOption, JsonOption, read_config, run
from orchestrator.commands.output import Output, in_words
from orchestrator.commands.unmatched import attach_command, unmatched_command
from orchestrator.config import Config
from orchestrator.engine.actions.close_unsure import ANSWERS, close_unsure
from orchestrator.engine.actions.correct_outcome import (
    Corrected,
    Correction,
    correct_outcome,
)
from orchestrator.store import open_store
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.outcome import Outcome
from outreach.telling.codes import channel as in_plain
from outreach.telling.codes import outcome as in_outcome
from outreach.telling.codes import why
from storage import attempts, campaigns
from storage.attempts import Attempt, Unsure
from storage.database import transaction

app = typer.Typer(
    help="What waits for a person: unsure, close, correct, unmatched, attach.", no_args_is_help=True
)

COLUMNS = ("id", "what", "phone", "campaign", "unsure_since", "why", "asked_so_far")

SAID = {
    "absent": "it was not in the provider's list",
    "no_answer": "the provider did not answer",
}
"""What the provider said when it was asked, in words."""


@app.command("unsure")
def unsure_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Attempts that the provider may have, since when, and what it answered when asked."""
    rows = run(_list(read_config(config)))
    output = Output(as_json)
    if as_json:
        output.data(rows)
        return
    if not rows:
        output.say("No attempt is unsure: what became of each is known.")
        return
    several = "attempts" if len(rows) > 1 else "attempt"
    output.say(
        f"{len(rows)} {several} may have been made, and the provider has not said. Nobody else"
        " contacts these people meanwhile, and nothing is tried again before it is known."
    )
    output.rows(COLUMNS, [_shown(row) for row in rows])
    output.say("Look each up at the provider, then say what you found:")
    for channel in {str(row["channel"]): None for row in rows}:
        answers = "|".join(ANSWERS[ChannelName(channel)])
        output.say(f"  a {in_plain(channel)}: outreach attempts close ID --as {answers}")
    output.say("not_placed means that nobody was reached: it is planned anew and costs no try.")


def _shown(row: Mapping[str, object]) -> dict[str, object]:
    """A row for people: no codes, and times as they read them."""
    return {
        "id": row["id"],
        "what": in_plain(row["channel"]),
        "phone": row["personal_phone"],
        "campaign": row["campaign"],
        "unsure_since": _moment(row["unsure_since"]),
        "why": why(row["reason"]),
        "asked_so_far": _asked(row["answers"]),
    }


def _asked(answers: object) -> str:
    """What was asked and answered: how often, and the last answer."""
    if not isinstance(answers, list) or not answers:
        return "not asked yet"
    times = "once" if len(answers) == 1 else f"{len(answers)} times"
    last = answers[-1]
    said = SAID.get(str(last["said"]), str(last["said"]))
    return f"{times}; the last time, {_moment(last['at'])}, {said}"


def _moment(value: object) -> str:
    return in_words(datetime.fromisoformat(value)) if isinstance(value, str) else ""


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
        output.say(f"Attempt {closed.id} has ended: {in_outcome(found)}.")


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
    was = f"; before: {in_outcome(done.was)}" if done.was and done.changed else ""
    output.say(f"Attempt {done.attempt_id}: {in_outcome(done.outcome)}{was}.")
    if not done.changed:
        output.say("It was known so; nothing has changed.")
    if done.still_suppressed:
        output.say(
            "They are still not contacted: the suppression and the withdrawn consent stand."
            " Import a new consent, then `outreach suppress PHONE --lift`."
        )


app.command("unmatched")(unmatched_command)
app.command("attach")(attach_command)


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
