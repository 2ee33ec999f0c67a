"""What the command palette finds: leads by words, campaigns by their beginning."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from outreach.errors import Rejected
from storage import campaigns, lead_rows
from storage.database import transaction
from storage.lead_rows import LeadRow, Wanted
from storage.search import parse_question
from web.console import Console
from web.visitor import VIEWER, Visitor

SHOWN: Final = 6


def add(router: APIRouter, console: Console) -> None:
    @router.get("/palette")
    async def palette(
        request: Request, who: Annotated[Visitor, Depends(VIEWER)], q: str = ""
    ) -> Response:
        async with transaction(console.ctx.database) as tx:
            named = [
                {"title": one.title, "hint": "campaign", "to": f"/campaigns/{one.name}"}
                for one in await campaigns.list_all(tx)
                if q.strip().lower() in f"{one.name} {one.title}".lower()
            ]
            try:
                question = parse_question(q)
            except Rejected:
                question = None
            rows: tuple[LeadRow, ...] = ()
            if question is not None:
                rows = (await lead_rows.page(tx, Wanted(question=question), limit=SHOWN)).rows
        people = [
            {
                "title": f"{row.first_name} {row.last_name}".strip() or "No name",
                "hint": f"{row.phone or row.whatsapp or row.email} · {row.campaign}",
                "to": f"/leads/{row.id}",
            }
            for row in rows
        ]
        return JSONResponse({"found": [*people, *named[:SHOWN]]})
