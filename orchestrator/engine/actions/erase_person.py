"""Erases a person on their demand: what was done still counts, and nothing says who it was."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.actions.suppress import cancel_for
from orchestrator.engine.context import Context
from orchestrator.engine.recordings import discard, place_of
from outreach.errors import Rejected
from outreach.events import Kind
from outreach.lead import Work
from storage import clock, erased, erasing, import_stage, lead_membership, leads, worked_leads
from storage import person as persons
from storage.erased import ERASED
from storage.events import Event, record
from storage.person import Known

LONGEST_CALL: Final = timedelta(hours=4)
"""Of theirs to us; one that is older has ended, whatever was heard of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    leads: int
    recordings: int
    """Files that were removed."""
    marked: int
    """Numbers and addresses by which the person is known again; without those known before."""


async def erase_person(
    ctx: Context, tx: AsyncConnection, kind: str, value: str, actor: Actor
) -> Erased:
    """Take the person of this phone (E.164) or address (lower case) out of everything.

    Files of recordings go before the commit, so that none outlives its row. Doing it again takes
    away what came in since. Raises Rejected where a contact is under way, where a recording is
    held by law, where several people share the address, and where there is no key.
    """
    require(actor, Role.ADMIN)
    _refuse_without_key(ctx)
    # No list brings in the same person meanwhile.
    await import_stage.take_turn(tx)
    known = await _held_person(tx, kind, value)
    now = await clock.now(tx)
    await cancel_for(tx, list(known.contacts), actor.name, ERASED, now)
    await _refuse(tx, known, now - LONGEST_CALL)
    resting = await worked_leads.not_in_flight(tx, list(known.leads))
    await leads.set_work(tx, resting, Work.ENDED, ERASED, now=now)
    for lead_id in known.leads:
        await lead_membership.close(
            tx, lead_id, kind=Kind.LEAD_REMOVED, reason=ERASED, by=actor.name, now=now
        )
    files = {*await erasing.stored_files(tx, known), *map(place_of, known.calls)}
    await erasing.erase(tx, known, now)
    marked = [
        await erased.add(tx, ctx.marks, point, id=ctx.new_id(now), by=actor.name, now=now)
        for point in known.points
    ]
    removed = await asyncio.to_thread(discard, ctx.recordings, sorted(files))
    done = Erased(leads=len(known.leads), recordings=removed, marked=sum(marked))
    await _tell(tx, known, done, actor, now)
    return done


async def _held_person(tx: AsyncConnection, kind: str, value: str) -> Known:
    known = await persons.find(tx, kind, value)
    if kind == "email" and len(known.contacts) > 1:
        raise Rejected(
            code="several_people",
            message=f"{len(known.contacts)} people are reached by this address.",
            fix="Name one of them by their number.",
            where=value,
        )
    await leads.lock(tx, known.leads)
    # What was written until the leads were held.
    return await persons.find(tx, kind, value)


async def _refuse(tx: AsyncConnection, known: Known, since: datetime) -> None:
    if await erasing.is_running(tx, known, since):
        raise Rejected(
            code="contact_under_way",
            message="A call or message with this person is under way.",
            fix="Nothing was changed. Erase them when it has ended and what was said is read; what"
            " nobody knows the end of is shown by `outreach attempts unsure`, and"
            " `outreach attempts close` ends it.",
        )
    if await erasing.is_held(tx, known):
        raise Rejected(
            code="legal_hold",
            message="What is stored about this person is held by law.",
            fix="Lift the hold first, with `outreach person release`. Nothing was changed.",
        )


def _refuse_without_key(ctx: Context) -> None:
    if ctx.marks.key is None:
        raise Rejected(
            code="erasure_key_missing",
            message="Without a key nobody could know the person again and leave them alone.",
            fix="Set compliance.erasure_key, the same for every process on this database, and"
            " start them again.",
            where="compliance.erasure_key",
        )


async def _tell(
    tx: AsyncConnection, known: Known, done: Erased, actor: Actor, now: datetime
) -> None:
    data = {"leads": done.leads, "recordings": done.recordings}
    await record(
        tx,
        [
            Event(kind=Kind.ERASED, at=now, actor=actor.name, contact_id=contact_id, data=data)
            for contact_id in known.contacts or (None,)
        ],
    )
