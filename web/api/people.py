"""What people allow and forbid: suppressions and consents."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from orchestrator.engine.actions.consent import Allowance, grant_consent, revoke_consent
from orchestrator.engine.actions.suppress import Reach, suppress_point
from orchestrator.engine.actions.unsuppress import unsuppress_point
from orchestrator.engine.context import Context
from orchestrator.engine.imports.request import FileConsent, refuse_unknown_basis
from outreach.do_not_contact import BadPoint, Named, parse_point
from outreach.errors import Rejected
from storage import clock, consents, people, suppressions
from storage.database import transaction
from web.api.door import OPERATOR, REP, VIEWER, Caller
from web.api.lead_shapes import Done
from web.api.once import Sent, once
from web.api.people_shapes import (
    Consent,
    Consents,
    NewConsent,
    Point,
    Suppression,
    Suppressions,
    Withdrawal,
)
from web.api.values import DEFAULT_LIMIT, Limit, Word

DO_NOT_CONTACT: Final = "do_not_contact"


def add(router: APIRouter, ctx: Context) -> None:
    _suppressions(router, ctx)
    _consents(router, ctx)


def _suppressions(router: APIRouter, ctx: Context) -> None:
    @router.get("/suppressions", tags=["people"], summary="List suppressions")
    async def listed(
        who: Annotated[Caller, Depends(VIEWER)],
        point: Annotated[Word | None, Query(description="Of this number or address.")] = None,
        lifted: Annotated[bool, Query(description="Also those that hold no more.")] = False,
        after: UUID | None = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Suppressions:
        value = _named(point).value if point else None
        async with transaction(ctx.database) as tx:
            found = await suppressions.page(
                tx, value=value, lifted=lifted, after=after, limit=limit
            )
        items = [Suppression.model_validate(one) for one in found]
        return Suppressions(items=items, after=items[-1].id if len(items) == limit else None)

    @router.post(
        "/suppressions",
        tags=["people"],
        status_code=201,
        response_model=Done,
        summary="Never contact somebody again",
    )
    async def suppress(
        new: Point, who: Annotated[Caller, Depends(OPERATOR)], sent: Sent
    ) -> Response:
        """In any campaign; what is planned for them is taken back at once."""
        named = _named(new.point)

        async def deed(tx: AsyncConnection) -> Done:
            reach = Reach(source=who.actor.name, reason=DO_NOT_CONTACT, by=who.actor)
            now = await clock.now(tx)
            return Done(changed=await suppress_point(ctx, tx, named.kind, named.value, reach, now))

        return await once(ctx, sent, who, 201, deed)

    @router.post("/suppressions/lift", tags=["people"], summary="Lift a suppression")
    async def lift(given: Point, who: Annotated[Caller, Depends(OPERATOR)]) -> Done:
        """Who opted out themselves needs a new consent first."""
        named = _named(given.point)
        async with transaction(ctx.database) as tx:
            return Done(changed=await unsuppress_point(ctx, tx, named.kind, named.value, who.actor))


def _consents(router: APIRouter, ctx: Context) -> None:
    path = "/contacts/{id}/consents"

    @router.get(path, tags=["people"], summary="List what a person allowed and took back")
    async def said(id: UUID, who: Annotated[Caller, Depends(VIEWER)]) -> Consents:
        async with transaction(ctx.database) as tx:
            await _known_contact(tx, id)
            found = await consents.of_contact(tx, id)
        return Consents(items=[Consent.model_validate(one) for one in found])

    @router.post(
        path, tags=["people"], status_code=201, response_model=Done, summary="Record a consent"
    )
    async def grant(
        id: UUID, new: NewConsent, who: Annotated[Caller, Depends(OPERATOR)], sent: Sent
    ) -> Response:
        """Leads that were blocked for want of one are looked at again at once."""
        refuse_unknown_basis(FileConsent(basis=new.basis, proof=new.proof))
        allowed = Allowance(source=who.actor.name, **new.model_dump())

        async def deed(tx: AsyncConnection) -> Done:
            await _known_contact(tx, id)
            await grant_consent(ctx, tx, id, allowed, who.actor)
            return Done(changed=True)

        return await once(ctx, sent, who, 201, deed)

    @router.post(
        f"{path}/revoke",
        tags=["people"],
        status_code=201,
        response_model=Done,
        summary="Record that a consent was taken back",
    )
    async def revoke(
        id: UUID, new: Withdrawal, who: Annotated[Caller, Depends(REP)], sent: Sent
    ) -> Response:
        """All that it forbids is taken back at once."""
        withdrawn = Allowance(source=who.actor.name, **new.model_dump())

        async def deed(tx: AsyncConnection) -> Done:
            await _known_contact(tx, id)
            await revoke_consent(ctx, tx, id, withdrawn, who.actor)
            return Done(changed=True)

        return await once(ctx, sent, who, 201, deed)


def _named(point: str) -> Named:
    found = parse_point(point)
    if isinstance(found, BadPoint):
        raise Rejected(found.code, found.message, found.suggestion, "point")
    return found


async def _known_contact(tx: AsyncConnection, id: UUID) -> None:
    if not await people.exists(tx, id):
        raise Rejected(
            code="unknown_contact",
            message=f"There is no contact {id}.",
            fix="A lead names its person as contact_id.",
            where="id",
        )
