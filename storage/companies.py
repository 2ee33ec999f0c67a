"""Companies: what is known of each, how well it fits, and who belongs to it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.accounts.company_identity import name_key
from outreach.accounts.company_profile import Known, Profile, Source, Value
from outreach.accounts.fit import Label, Meets, Reason
from outreach.accounts.icp_document import Disqualification, ProfileField

LOCK: Final = 0x636F6D70616E79
"""Whoever makes, names or merges companies takes turns: one domain is of one company."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person decided."""

    by: str
    """As in events: `user:ID`, `cli`."""
    at: datetime
    label: Label | None = None
    """The fit they gave it; None where they only keep it in sight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How well a company fits, as it was computed, and what a person made of it."""

    version: int = 0
    """Of the profile; 0 where it was never measured."""
    label: Label = Label.UNKNOWN
    """As computed."""
    score: int | None = None
    """Percent, rounded down; None where nothing is known."""
    coverage: int = 0
    """Percent, rounded down."""
    reasons: tuple[Reason, ...] = ()
    override: Choice | None = None
    """Wins over what is computed, until it is taken away."""
    kept: Choice | None = None
    """Somebody wants to see it whatever its fit."""

    @property
    def shown(self) -> Label:
        """The fit that counts."""
        given = self.override.label if self.override else None
        return given or self.label

    @property
    def disqualified(self) -> tuple[Disqualification, ...]:
        return tuple(one.disqualifies for one in self.reasons if one.disqualifies is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    id: UUID
    name: str
    domains: tuple[str, ...]
    profile: Profile
    fit: Measured = field(default_factory=Measured)
    journey_stage: str = "target"
    needs_attention: bool = False
    owner: str | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def values(self) -> dict[str, Value]:
        """What is known, by the names of the fields."""
        return {name: known.value for name, known in self.profile.items()}


COLUMNS: Final = (
    "c.id, c.name, c.domains, c.profile, c.fit, c.journey_stage, c.needs_attention, c.owner,"
    " c.created_at, c.updated_at"
)
_GET = text(f"SELECT {COLUMNS} FROM companies c WHERE c.id = ANY(cast(:ids AS uuid[]))")
_LOCK_ROWS = text("""
SELECT id FROM companies WHERE id = ANY(cast(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE
""")
_WHOSE = text(f"""
SELECT {COLUMNS} FROM companies c WHERE c.domains && cast(:domains AS text[])
UNION
SELECT {COLUMNS} FROM companies c WHERE c.name_key = ANY(cast(:keys AS text[])) AND c.name_key <> ''
ORDER BY created_at, id
""")
_AFTER = text(f"""
SELECT {COLUMNS} FROM companies c WHERE c.id > :after ORDER BY c.id LIMIT :limit
FOR NO KEY UPDATE
""")
_ADD = text("""
INSERT INTO companies (id, name, name_key, domains, profile, fit_label, fit_score, fit, owner,
                       created_at, updated_at)
VALUES (:id, :name, :name_key, :domains, cast(:profile AS jsonb), :fit_label, :fit_score,
        cast(:fit AS jsonb), :owner, :created_at, :updated_at)
""")
_WRITE = text("""
UPDATE companies SET name = :name, name_key = :name_key, domains = :domains,
  profile = cast(:profile AS jsonb), fit_label = :fit_label, fit_score = :fit_score,
  fit = cast(:fit AS jsonb), owner = :owner, updated_at = :updated_at
WHERE id = :id
""")


async def hold_all(tx: AsyncConnection) -> None:
    """Let nobody else make, name or merge companies until the transaction ends.

    Contacts are locked before this, companies after it.
    """
    await tx.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))


async def find(tx: AsyncConnection, company_id: UUID) -> Company | None:
    return (await get_all(tx, [company_id])).get(company_id)


async def get_all(tx: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Company]:
    """Those of these companies that exist."""
    return {row.id: _company(row) for row in await tx.execute(_GET, {"ids": list(ids)})}


async def hold(tx: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Company]:
    """The same, locked until the transaction ends."""
    await tx.execute(_LOCK_ROWS, {"ids": list(ids)})
    return await get_all(tx, ids)


async def whose(
    tx: AsyncConnection, domains: Collection[str], keys: Collection[str]
) -> list[Company]:
    """Companies that have one of these domains or name keys, the oldest first."""
    values = {"domains": list(domains), "keys": list(keys)}
    return [_company(row) for row in await tx.execute(_WHOSE, values)]


async def hold_after(tx: AsyncConnection, after: UUID, limit: int) -> list[Company]:
    """The next companies by id, locked."""
    rows = await tx.execute(_AFTER, {"after": after, "limit": limit})
    return [_company(row) for row in rows]


async def add(tx: AsyncConnection, companies: Sequence[Company]) -> None:
    if companies:
        await tx.execute(_ADD, [_values(one) for one in companies])


async def write(tx: AsyncConnection, companies: Sequence[Company]) -> None:
    """Let the rows say what these say; the caller holds them."""
    if companies:
        await tx.execute(_WRITE, [_values(one) for one in companies])


_MERGE: Final = (
    """SELECT id FROM contacts WHERE company_id = :gone ORDER BY id FOR NO KEY UPDATE""",
    "UPDATE contacts SET company_id = :into WHERE company_id = :gone",
    "UPDATE notes SET company_id = :into WHERE company_id = :gone",
    "UPDATE touchpoints SET company_id = :into WHERE company_id = :gone",
    """UPDATE suppressions s SET value = cast(:into AS text)
       WHERE s.kind = 'company' AND s.value = cast(:gone AS text) AND NOT EXISTS (
         SELECT FROM suppressions k WHERE k.kind = 'company' AND k.value = cast(:into AS text)
           AND k.scope = s.scope AND k.campaign_id IS NOT DISTINCT FROM s.campaign_id
           AND k.lifted_at IS NULL)""",
    "DELETE FROM companies WHERE id = :gone",
)


async def lock_people(tx: AsyncConnection, company_id: UUID) -> None:
    """Hold everybody who belongs to it, before `hold_all`."""
    await tx.execute(text(_MERGE[0]), {"gone": company_id})


async def move_all(tx: AsyncConnection, gone: UUID, into: UUID) -> None:
    """Let everything of `gone` be of `into`; `gone` is no more. What is suppressed stays so."""
    for statement in _MERGE:
        await tx.execute(text(statement), {"gone": gone, "into": into})


def _company(row: Row[tuple[object, ...]]) -> Company:
    return Company(
        id=row.id,
        name=row.name,
        domains=tuple(row.domains),
        profile={name: _known(one) for name, one in row.profile.items()},
        fit=measured(row.fit),
        journey_stage=row.journey_stage,
        needs_attention=row.needs_attention,
        owner=row.owner,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _values(company: Company) -> dict[str, object]:
    return {
        "id": company.id,
        "name": company.name,
        "name_key": name_key(company.name),
        "domains": list(company.domains),
        "profile": json.dumps({name: _said(one) for name, one in company.profile.items()}),
        "fit_label": company.fit.shown.value,
        "fit_score": company.fit.score,
        "fit": json.dumps(_fit(company.fit)),
        "owner": company.owner,
        "created_at": company.created_at,
        "updated_at": company.updated_at,
    }


def _known(said: Mapping[str, object]) -> Known:
    value = said["value"]
    return Known(
        # What the table holds is what this file has written there: text, a number or a list.
        value=tuple(value) if isinstance(value, list) else value,  # type: ignore[arg-type]
        source=Source(str(said["source"])),
        at=datetime.fromisoformat(str(said["at"])),
        by=str(said.get("by", "")),
    )


def _said(known: Known) -> dict[str, object]:
    by = {"by": known.by} if known.by else {}
    value = list(known.value) if isinstance(known.value, tuple) else known.value
    return {"value": value, "source": known.source.value, "at": known.at.isoformat(), **by}


def measured(stored: Mapping[str, object]) -> Measured:
    """A fit as it stands in its column; an empty one was never measured."""
    reasons = stored.get("reasons")
    return Measured(
        version=int(str(stored.get("version", 0))),
        label=Label(str(stored.get("label", Label.UNKNOWN))),
        score=None if stored.get("score") is None else int(str(stored["score"])),
        coverage=int(str(stored.get("coverage", 0))),
        reasons=tuple(map(_reason, reasons)) if isinstance(reasons, list) else (),
        override=_choice(stored.get("override")),
        kept=_choice(stored.get("kept")),
    )


def _reason(said: Mapping[str, str]) -> Reason:
    out = said.get("disqualifies")
    return Reason(
        criterion=said["criterion"],
        field=ProfileField(said["field"]),
        weight=int(said["weight"]),
        meets=Meets(said["meets"]),
        disqualifies=Disqualification(out) if out else None,
    )


def _choice(said: object) -> Choice | None:
    if not isinstance(said, Mapping):
        return None
    label = said.get("label")
    at = datetime.fromisoformat(str(said["at"]))
    return Choice(by=str(said["by"]), at=at, label=Label(label) if label else None)


def _fit(fit: Measured) -> dict[str, object]:
    choices = {"override": fit.override, "kept": fit.kept}
    return {
        "version": fit.version,
        "label": fit.label.value,
        "score": fit.score,
        "coverage": fit.coverage,
        "reasons": [
            {
                "criterion": one.criterion,
                "field": one.field.value,
                "weight": one.weight,
                "meets": one.meets.value,
                "disqualifies": one.disqualifies,
            }
            for one in fit.reasons
        ],
        **{
            name: {"by": one.by, "at": one.at.isoformat(), "label": one.label}
            for name, one in choices.items()
            if one is not None
        },
    }
