"""Which do-not-call lists are older than they may be?"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from outreach.checkup import Problem, Report
from outreach.law.do_not_call import allowed_age
from outreach.law.rulebook import Rulebook
from storage import clock, do_not_call
from storage.database import transaction


async def old_lists(tx: AsyncConnection, rulebook: Rulebook, most: timedelta) -> list[Problem]:
    """One problem for each; `most` is what the deployment allows, a country may ask for less."""
    now = await clock.now(tx)
    problems = []
    for one in await do_not_call.current(tx):
        allowed, age = allowed_age(one.country, rulebook, most), now - one.imported_at
        if age > allowed:
            problems.append(
                Problem(
                    code="do_not_call_list_old",
                    message=f"The do-not-call list {one.name} ({one.country}) is {age.days} days"
                    f" old; {allowed.days} are allowed.",
                    fix="Get it anew and import it with `outreach suppress list import FILE"
                    f" --list {one.name} --country {one.country} --replace`.",
                )
            )
    return problems


@dataclass(frozen=True, slots=True, kw_only=True)
class OldListsCheck:
    """Lists that should be got anew: who asked to be left alone since is not on them."""

    engine: AsyncEngine
    rulebook: Rulebook
    most: timedelta
    name: str = "do-not-call lists"

    async def look(self) -> Report:
        async with transaction(self.engine) as tx:
            lists = await do_not_call.current(tx)
            problems = tuple(await old_lists(tx, self.rulebook, self.most))
        facts = tuple(f"{one.name} ({one.country}): {one.numbers} numbers." for one in lists)
        return Report(facts=facts or ("None is imported.",), problems=problems)
