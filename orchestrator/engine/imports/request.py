"""What is asked of an import, what it tells on its way, and what it reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from orchestrator.engine.actions.roles import Actor
from outreach.errors import Rejected
from outreach.law.consent import STRENGTH_OF, Strength, strength
from outreach.law.rulebook import Rulebook
from outreach.marks import Marks

KNOWN: Final = "already_in_campaign"
"""Code of a row whose number has a lead in the campaign: the list was imported before."""
DUPLICATES: Final = frozenset({"duplicate_in_file", KNOWN})
"""Codes of rows that are fine and already there; a repeated import has only these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileConsent:
    """Consent that holds for each row of a file that does not state its own."""

    basis: str
    proof: str
    """Where it can be looked up: a form, a contract, a campaign."""


def refuse_unknown_basis(consent: FileConsent | None) -> None:
    """A basis that counts for nothing is said at once. Raises Rejected."""
    if consent is not None and strength(consent.basis) is Strength.UNKNOWN:
        raise Rejected(
            code="unknown_basis",
            message=f"{consent.basis!r} is no basis of a consent that is known here.",
            fix=f"Use one of {', '.join(STRENGTH_OF)}.",
            where="--consent",
        )


@dataclass(frozen=True, slots=True)
class Only:
    """Takes the rows whose cell in this column (named as in the header) equals the value."""

    column: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    file: Path
    campaign: str
    """The campaign's name."""
    actor: Actor
    rulebook: Rulebook
    """First attempts are planned by it."""
    marks: Marks = field(default_factory=Marks)
    """By which rows of erased persons are known; they are not taken."""
    consent: FileConsent | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Header as written → key of the column it is; an empty key ignores the column."""
    only: Only | None = None
    dry_run: bool = False
    errors: Path | None = None
    """Where the rows that were not taken are written, with their reasons; None: nowhere."""
    import_id: UUID | None = None
    """The import whose list waits here (`storage.uploads`); None: it begins with this request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    bytes_done: int
    bytes_total: int
    rows_read: int
    imported: int
    rejected: int
    counts: Mapping[str, object] = field(default_factory=dict)
    """The same by code and reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A row that was not taken."""

    row_number: int
    """Counts from 1 below the header; rows within quotes count once, blank ones not."""
    code: str
    message: str
    suggestion: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A row that would be taken, found by a dry run."""

    row_number: int
    refusal: str | None
    """Why its lead could not be contacted for now; None: nothing is in the way."""
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    import_id: UUID | None
    """None for a dry run."""
    rows_read: int
    imported: int
    """Includes the blocked ones."""
    rejected: Mapping[str, int]
    """How many rows were not taken, by code."""
    blocked: Mapping[str, int]
    """How many of the imported leads cannot be contacted now, by reason."""
    unknown_columns: tuple[str, ...]
    mapping: Mapping[str, str]
    """Header as written → the column or field that it was taken for."""
    encoding: str
    delimiter: str
    first_rejections: tuple[Rejection, ...]
    """The first of them, in the order of the file, without rows that the campaign has already;
    all of them stand in the error file."""

    @property
    def has_problems(self) -> bool:
        """Whether a row was refused for anything but being there already."""
        return any(code not in DUPLICATES for code in self.rejected)
