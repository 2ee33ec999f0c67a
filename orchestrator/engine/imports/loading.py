"""One chunk into the database: a transaction that leaves all of it or nothing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.imports.first_attempts import wish
from orchestrator.engine.imports.parsing import Chunk
from orchestrator.engine.imports.request import Example, Rejection
from orchestrator.engine.imports.sheet import cut
from orchestrator.engine.imports.terms import Terms
from outreach import planning
from outreach.caps import LOOK_BACK
from outreach.law.consent import on_record
from outreach.law.do_not_call import binding
from outreach.law.places import places_of
from outreach.law.rests import resting
from outreach.reason import Reason
from storage import import_stage, imports, people
from storage.erased import ERASED
from storage.import_stage import Into, Known, Timing
from storage.imports import RejectedRow

MOST_EXAMPLES: Final = 20
"""Rows that would be taken, of each kind, that a dry run shows."""
LONGEST_REJECTED_CELL: Final = 4000
MOST_REJECTED_CELLS: Final = 200

DUPLICATE_WORDS: Final[Mapping[str, str]] = {
    "duplicate_in_file": "The same number stands in an earlier row of this file.",
    "already_in_campaign": "The campaign already has a lead with this number.",
    ERASED: "This person was erased and is not taken in again.",
}
DUPLICATE_ADVICE: Final[Mapping[str, str]] = {
    "duplicate_in_file": "The first row was taken; remove this one.",
    "already_in_campaign": "Nothing to do.",
    ERASED: "Take them out of your list.",
}


@dataclass(slots=True)
class Totals:
    """What is read and committed so far."""

    rows_read: int = 0
    imported: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    blocked: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Totals") -> None:
        self.rows_read += other.rows_read
        self.imported += other.imported
        self.rejected.update(other.rejected)
        self.blocked.update(other.blocked)

    @property
    def as_counts(self) -> dict[str, object]:
        return {
            "imported": self.imported,
            "rejected": dict(self.rejected),
            "blocked": dict(self.blocked),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    totals: Totals
    """Of this chunk alone."""
    rejections: tuple[Rejection, ...]
    """In the order of the file."""
    examples: tuple[Example, ...] = ()
    """Some rows of each kind that would be taken; of a dry run alone."""


async def load(
    tx: AsyncConnection, chunk: Chunk, terms: Terms, into: Into, *, delimiter: str, dry_run: bool
) -> Loaded:
    """Bring in a chunk that was copied; a dry run only finds out what would become of it."""
    if not dry_run:
        await import_stage.take_turn(tx)
    await import_stage.resolve(tx, into, dry_run=dry_run)
    await _keep_off_lists(tx, terms)
    await _keep_caps(tx, terms, into)
    doubles = await import_stage.duplicates(tx)
    taken = await import_stage.counts(tx)
    rejections = sorted(
        (
            *chunk.rejections,
            *(_double(number, code, chunk, delimiter) for number, code in doubles.items()),
        ),
        key=lambda one: one.row_number,
    )
    examples: list[Example] = []
    if dry_run:
        await import_stage.remember(tx)
        examples = [
            Example(row_number=number, refusal=refusal, cells=cut(chunk.texts[number], delimiter))
            for number, refusal in await import_stage.examples(tx, MOST_EXAMPLES)
        ]
    else:
        await people.add_staged(tx, into)
        await import_stage.add_leads(tx, into)
        await imports.reject(tx, into.import_id, [stored(one) for one in rejections])
    totals = Totals(
        rows_read=chunk.rows_read,
        imported=sum(taken.values()),
        rejected=Counter(one.code for one in rejections),
        blocked=Counter({reason: rows for reason, rows in taken.items() if reason is not None}),
    )
    return Loaded(totals=totals, rejections=tuple(rejections), examples=tuple(examples))


async def _keep_off_lists(tx: AsyncConnection, terms: Terms) -> None:
    """Block those whose number stands on a do-not-call list that binds this campaign."""
    purpose = terms.campaign.purpose
    bound = {
        one.row_number
        for one in await import_stage.on_lists(tx, purpose)
        if binding([one.listing], on_record(one.words), terms.rulebook, purpose)
    }
    held = [Timing(row_number=number, refusal=Reason.DO_NOT_CALL_LIST) for number in sorted(bound)]
    await import_stage.retime(tx, held)


async def _keep_caps(tx: AsyncConnection, terms: Terms, into: Into) -> None:
    """Plan those again who were contacted lately: the file knows nothing of it."""
    known = await import_stage.contacted_before(tx, into.now - LOOK_BACK)
    await import_stage.retime(tx, [_timing(one, terms, into) for one in known])


def _timing(known: Known, terms: Terms, into: Into) -> Timing:
    where = places_of((known.phone, known.whatsapp), known.country)
    law = terms.rulebook.law(where, terms.campaign.purpose)
    plain = wish(terms, known.zones, law, known.not_before)
    found = planning.plan(
        replace(
            plain,
            now=into.now,
            contacts=known.contacts,
            rest=resting(law.rests, known.talks, into.now),
        )
    )
    match found:
        case planning.Planned():
            return Timing(
                row_number=known.row_number,
                due_at=found.due_at,
                window_end_at=found.window_end_at,
                moved_by=found.moved_by,
            )
        case planning.Blocked():
            return Timing(
                row_number=known.row_number, refusal=found.reason, recheck_at=found.recheck_at
            )


def _double(number: int, code: str, chunk: Chunk, delimiter: str) -> Rejection:
    return Rejection(
        row_number=number,
        code=code,
        message=DUPLICATE_WORDS[code],
        suggestion=DUPLICATE_ADVICE[code],
        # Of who was erased nothing is kept again, not even as a row that was not taken.
        cells=() if code == ERASED else cut(chunk.texts[number], delimiter),
    )


def stored(rejection: Rejection) -> RejectedRow:
    """As the database keeps it: no cell and no row without bounds."""
    cells = rejection.cells[:MOST_REJECTED_CELLS]
    return RejectedRow(
        row_number=rejection.row_number,
        code=rejection.code,
        message=rejection.message,
        suggestion=rejection.suggestion,
        cells=[cell[:LONGEST_REJECTED_CELL] for cell in cells],
    )
