"""Public do-not-call lists come in as files, each version in the place of the one before."""

from collections.abc import AsyncIterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine import lifting
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from outreach.errors import Rejected
from outreach.events import Kind
from outreach.lifting import Lifter
from storage import clock, do_not_call
from storage.do_not_call import List
from storage.events import Event, record


@dataclass(frozen=True, slots=True, kw_only=True)
class NewList:
    name: str
    country: str
    source: str
    """The file's name."""
    replace: bool
    """Take the place of the version that there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    numbers: int
    before: int | None
    """Of the version before; None: there was none."""


async def import_list(
    ctx: Context,
    tx: AsyncConnection,
    new: NewList,
    numbers: AsyncIterable[bytes],
    by: Actor,
) -> Imported:
    """From the commit on this version holds, and who is on it no longer is looked at again.

    `numbers` are digits of E.164, one a line. Raises Rejected where there is a version already
    and nobody said that it is replaced, or where it is of another country; a file without any
    number replaces nothing.
    """
    require(by, Role.OPERATOR)
    await do_not_call.prepare(tx)
    old = {one.name: one for one in await do_not_call.current(tx)}.get(new.name)
    _refuse_clash(new, old)
    await do_not_call.stage(tx, numbers)
    now = await clock.now(tx)
    if old is not None:
        await do_not_call.retire(tx, old.id, now)
    row = List(
        id=ctx.new_id(now),
        name=new.name,
        country=new.country,
        numbers=0,
        source=new.source,
        imported_at=now,
    )
    count = await do_not_call.add(tx, row, by=by.name)
    if not count:
        raise Rejected(
            "list_empty",
            f"{new.source} holds no number of {new.country}; nothing was changed.",
            "Write numbers as E.164 or as they are dialled within the country, one a line.",
        )
    if old is not None:
        await lifting.lift_everywhere(ctx, tx, Lifter.LIST_REPLACED)
    data = {"list": str(row.id), "rows": count}
    await record(tx, [Event(kind=Kind.LIST_IMPORTED, at=now, actor=by.name, data=data)])
    return Imported(numbers=count, before=None if old is None else old.numbers)


async def drop_list(ctx: Context, tx: AsyncConnection, name: str, by: Actor) -> None:
    """It holds nobody back any more. Raises Rejected where there is none of this name."""
    require(by, Role.OPERATOR)
    found = {one.name: one for one in await do_not_call.current(tx)}.get(name)
    if found is None:
        raise Rejected(
            "unknown_list",
            f"There is no do-not-call list {name!r}.",
            "`outreach suppress list show` shows those that there are.",
        )
    now = await clock.now(tx)
    await do_not_call.retire(tx, found.id, now)
    await lifting.lift_everywhere(ctx, tx, Lifter.LIST_REPLACED)
    data = {"list": str(found.id)}
    await record(tx, [Event(kind=Kind.LIST_DROPPED, at=now, actor=by.name, data=data)])


def _refuse_clash(new: NewList, old: List | None) -> None:
    if old is None:
        return
    if not new.replace:
        raise Rejected(
            "list_exists",
            f"There is a list {new.name} of {old.imported_at:%Y-%m-%d} already.",
            "Say --replace to put this version in its place, or give it another name.",
            "--list",
        )
    if old.country != new.country:
        raise Rejected(
            "list_of_another_country",
            f"The list {new.name} holds numbers of {old.country}, not of {new.country}.",
            "Give it another name.",
            "--country",
        )
