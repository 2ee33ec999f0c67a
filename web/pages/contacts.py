"""Everybody we know, the newest first, with their company and what they decide about."""

from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from orchestrator.engine.companies.measuring import current_icp
from orchestrator.engine.companies.viewing import members_of
from outreach.accounts.job_title import SENIORITY_WORDS, department_words, in_words
from outreach.errors import Rejected
from storage import company_contacts
from storage.database import transaction
from web.console import Console
from web.visitor import VIEWER, Visitor

LONGEST: Final = 200


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    @router.get("/contacts")
    async def listed(
        request: Request,
        who: Annotated[Visitor, Depends(VIEWER)],
        q: str = "",
        after: str | None = None,
    ) -> Response:
        q = q[:LONGEST]
        async with transaction(ctx.database) as tx:
            people, further = await company_contacts.people(tx, q, after=_cursor(after))
            members = members_of(people, await current_icp(ctx, tx))
            return await console.page(
                request,
                who,
                tx,
                "contacts.html",
                q=q,
                members=members,
                is_first=after is None,
                next_page="/contacts?"
                + urlencode({"q": q, "after": str(further)} if q else {"after": str(further)})
                if further
                else None,
                role_words=in_words,
                seniority_words=SENIORITY_WORDS,
                department_words=department_words,
            )


def _cursor(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Rejected(
            "bad_cursor", "This is no place in the list.", "Begin at its beginning."
        ) from None
