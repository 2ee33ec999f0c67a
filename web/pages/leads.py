"""The table of leads: by words, filters and cursors, fifty a page."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.lead import Status, Work
from storage import campaigns, lead_rows, timelines
from storage.database import transaction
from storage.lead_rows import Wanted
from storage.search import parse_question
from web.console import Console
from web.visitor import VIEWER, Visitor

LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address of the page asks for; a word that is none of a list asks for nothing."""

    q: str = ""
    campaign: str = ""
    status: str = ""
    work: str = ""
    channel: str = ""
    owner: str = ""

    @property
    def filters(self) -> dict[str, str]:
        names = ("campaign", "status", "work", "channel", "owner")
        return {name: getattr(self, name) for name in names if getattr(self, name)}

    def without(self, name: str) -> str:
        """The address of the same list with one filter less."""
        rest = {"q": self.q, **self.filters} | {name: ""}
        return "/leads?" + urlencode({key: value for key, value in rest.items() if value})

    def after(self, cursor: str) -> str:
        kept = {key: value for key, value in {"q": self.q, **self.filters}.items() if value}
        return "/leads?" + urlencode({**kept, "after": cursor})


def add(router: APIRouter, console: Console) -> None:
    @router.get("/leads")
    async def table(
        request: Request,
        who: Annotated[Visitor, Depends(VIEWER)],
        after: str | None = None,
    ) -> Response:
        asked = asked_of(request)
        async with transaction(console.ctx.database) as tx:
            wrong: Rejected | None = None
            page, total = lead_rows.Page(rows=(), after=None), 0
            try:
                wanted = await wanted_of(tx, asked)
                page = await lead_rows.page(tx, wanted, after=after)
                total = await lead_rows.count(tx, wanted)
            except Rejected as rejected:
                wrong = rejected
            return await console.page(
                request,
                who,
                tx,
                "leads.html",
                asked=asked,
                is_first=after is None,
                wrong=wrong,
                leads=page,
                total=total,
                counted=lead_rows.COUNTED,
                worked=await timelines.worked(tx, [row.id for row in page.rows]),
                campaign_names=[one.name for one in await campaigns.list_all(tx)],
                statuses=[one.value for one in Status],
                works=[one.value for one in Work],
                channels=[one.value for one in ChannelName],
            )


def asked_of(request: Request) -> Asked:
    names = Asked.__dataclass_fields__
    return Asked(**{name: request.query_params.get(name, "")[:LONGEST] for name in names})


async def wanted_of(tx: AsyncConnection, asked: Asked) -> Wanted:
    """Raises Rejected for words that are too short and for a campaign that there is not."""
    found = await campaigns.find(tx, asked.campaign) if asked.campaign else None
    if asked.campaign and found is None:
        raise Rejected(
            "unknown_campaign",
            f"There is no campaign {asked.campaign}.",
            "Take the filter off.",
            "campaign",
        )
    return Wanted(
        campaign_id=found.id if found else None,
        status=Status(asked.status) if asked.status in set(Status) else None,
        work=Work(asked.work) if asked.work in set(Work) else None,
        channel=ChannelName(asked.channel) if asked.channel in set(ChannelName) else None,
        owner=asked.owner or None,
        question=parse_question(asked.q),
    )
