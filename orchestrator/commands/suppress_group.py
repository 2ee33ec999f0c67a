"""`outreach suppress --company NAME | --country CC`: nobody of a company or a country."""

from typing import Final

from phonenumbers import SUPPORTED_REGIONS

from orchestrator.commands.operator import OPERATOR
from orchestrator.commands.output import Output
from orchestrator.config import Config
from orchestrator.engine.actions.suppress import Reach
from orchestrator.engine.actions.suppress_group import (
    suppress_group,
    take_back_some,
    unsuppress_group,
)
from orchestrator.store import open_store
from orchestrator.wiring import open_context
from outreach.errors import Rejected
from storage import campaigns, clock
from storage.database import transaction
from storage.group_suppressions import Group

AT_ONCE: Final = 1000
"""How many plans one transaction takes back."""
REASON: Final = "do_not_contact"


def named_group(company: str | None, country: str | None) -> Group | None:
    """What the options name; None where they name none. Raises Rejected for what cannot be."""
    if company is not None and country is not None:
        raise Rejected("suppress_whom", "Say --company or --country, not both.", "Run it twice.")
    if company is not None:
        if not company.strip():
            raise Rejected("company_empty", "The company has no name.", "Write it in full.")
        return Group(kind="company", value=company.strip().lower())
    if country is None:
        return None
    code = country.strip().upper()
    if code not in SUPPORTED_REGIONS:
        raise Rejected(
            "unknown_country",
            f"{country!r} is no country.",
            "Write its two letters, such as FR.",
            "--country",
        )
    return Group(kind="country", value=code)


async def suppress_whole_group(
    config: Config, group: Group, campaign: str | None, *, lift: bool
) -> tuple[bool, int]:
    """Whether the list changed, and how many plans were taken back."""
    async with open_store(config) as store, open_context(config, store) as ctx:
        async with transaction(store.engine) as tx:
            if campaign is not None:
                row = await campaigns.find(tx, campaign)
                if row is None:
                    raise Rejected(
                        "unknown_campaign",
                        f"There is no campaign {campaign!r}.",
                        "See `outreach campaign list`.",
                        "--campaign",
                    )
                group = Group(kind=group.kind, value=group.value, campaign_id=row.id)
            if lift:
                return await unsuppress_group(ctx, tx, group, OPERATOR), 0
            reach = Reach(source=OPERATOR.name, reason=REASON, by=OPERATOR)
            added = await suppress_group(ctx, tx, group, reach, await clock.now(tx))
        taken_back = 0
        while True:
            async with transaction(store.engine) as tx:
                now = await clock.now(tx)
                some = await take_back_some(tx, group, OPERATOR, now, AT_ONCE)
            taken_back += some
            if not some:
                return added, taken_back


def tell(output: Output, changed: bool, taken_back: int, *, lift: bool) -> None:
    if output.as_json:
        output.data({"lifted" if lift else "added": int(changed), "taken_back": taken_back})
    elif lift:
        output.say("It is off the list." if changed else "It was not on the list.")
    else:
        news = "It is on the list now" if changed else "It was on the list already"
        output.say(f"{news}; {taken_back} planned contacts were taken back.")
