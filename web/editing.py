"""A document under somebody's hands: what is wrong with it, line by line, and what it changes."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.apply import Applied, in_words
from orchestrator.engine.actions.preview import preview
from orchestrator.engine.actions.roles import Actor
from orchestrator.engine.context import Context
from orchestrator.engine.doubts import Doubt, doubts
from orchestrator.engine.edits import Foreseen
from outreach.documents import Edition
from outreach.errors import Rejected
from outreach.telling.codes import why
from outreach.telling.edits import change, counted, plan_of
from storage import clock, documents, lead_rows

NAME: Final = "document"
"""Stands for the file in what is said about a line."""
STARTING: Final = Path(__file__).parent / "starting"
PLACE: Final = re.compile(rf"{NAME}:(\d+) ?(.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing that is wrong or doubtful."""

    line: int | None
    """Of the text, from 1; None where it is about no line."""
    key: str
    message: str
    fix: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What an edit does to the people of one campaign."""

    campaign: str
    is_running: bool
    changes: int
    counts: tuple[tuple[int, str], ...]
    """How many, and what becomes of them; the most first."""
    first: tuple[dict[str, str], ...]
    """The first that change: who, what, old, new, why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown before anything is saved."""

    applied: Applied
    title: str
    differences: tuple[str, ...]
    moves: tuple[Moves, ...]
    doubts: tuple[Mistake, ...]
    digest: str
    """Of the text that was looked at."""
    as_of: str
    """For which moment; empty where no plan is looked at."""


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def starting(tx: AsyncConnection, kind: str) -> str:
    """A document to begin with; a campaign names an agent that is there."""
    text = (STARTING / f"{kind}.yaml").read_text(encoding="utf-8")
    agents = await documents.list_names(tx, "agent") if kind == "campaign" else []
    return text.replace("agent: my-agent", f"agent: {agents[0]}") if agents else text


async def look(ctx: Context, tx: AsyncConnection, edition: Edition, text: str, by: Actor) -> Shown:
    """What saving it would do. Raises Rejected for whatever `apply` would refuse."""
    foreseen = await preview(ctx, tx, [edition], by)
    (applied,) = foreseen.applied
    moves = [
        Moves(
            campaign=one.campaign,
            is_running=one.status == "running",
            changes=one.changes,
            counts=tuple(
                (number, counted(word))
                for word, number in sorted(one.counts.items(), key=lambda pair: -pair[1])
            ),
            first=tuple([await _row(tx, lead) for lead in one.first]),
        )
        for one in foreseen.foresights
    ]
    as_of = min((one.as_of for one in foreseen.foresights), default=None)
    found = await doubts(tx, [edition], ctx.rulebook, await clock.now(tx))
    return Shown(
        applied=applied,
        title=str(getattr(edition.document, "title", "") or edition.document.name),
        differences=tuple(map(in_words, applied.differences)),
        moves=tuple(moves),
        doubts=tuple(map(_doubt, found)),
        digest=digest(text),
        as_of=as_of.isoformat() if as_of else "",
    )


async def _row(tx: AsyncConnection, one: Foreseen) -> dict[str, str]:
    who = await lead_rows.get(tx, one.lead_id)
    return {
        "lead": str(one.lead_id),
        "who": f"{who.first_name} {who.last_name}".strip() or "No name",
        "what": change(one.kind),
        "old": plan_of(one.old_due_at, one.old_channel, one.zone),
        "new": plan_of(one.new_due_at, one.new_channel, one.zone),
        "why": why(one.reason),
    }


def mistakes(found: Sequence[Rejected]) -> list[Mistake]:
    """Refusals with the line and the key apart."""
    return [
        Mistake(
            line=line,
            key=key,
            message=one.message,
            fix=_fix(one),
            details=one.details,
        )
        for one in found
        for line, key in (_place(one.where),)
    ]


def _doubt(one: Doubt) -> Mistake:
    line, _ = _place(one.where)
    return Mistake(line=line, key=one.key, message=one.said, fix="")


def _place(where: str) -> tuple[int | None, str]:
    found = PLACE.fullmatch(where)
    if found is not None:
        return int(found[1]), found[2]
    return None, where.removeprefix(NAME).strip()


def _fix(one: Rejected) -> str:
    # The command line names its option; here the version stands in the text.
    if one.code == "document_conflict":
        return (
            "Somebody saved another version meanwhile. Take over what you want to keep, and write"
            " the newest version's number behind `version:`."
        )
    return one.fix


def moment(text: str) -> datetime | None:
    """When the changes were shown, as the form sends it back; None where it says nothing."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
