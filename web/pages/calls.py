"""One call: hear it, read it, and see which words each value stands on."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import FileResponse, Response

from outreach.charges import Cost, told_cost
from storage import call_reviews, calls
from storage.call_reviews import CallReview
from storage.database import transaction
from web.console import Console
from web.recordings import known_call, recording_of
from web.visitor import VIEWER, Visitor


def add(router: APIRouter, console: Console) -> None:
    ctx = console.ctx

    @router.get("/calls/{id}")
    async def call(request: Request, id: str, who: Annotated[Visitor, Depends(VIEWER)]) -> Response:
        async with transaction(ctx.database) as tx:
            one = await known_call(tx, id)
            reading = await call_reviews.reading(tx, one.id)
            fields = await call_reviews.fields(tx, reading.id) if reading else []
            turns = await calls.turns_of(tx, one.id)
            return await console.page(
                request,
                who,
                tx,
                "call.html",
                call=one,
                name=f"{one.first_name or ''} {one.last_name or ''}".strip() or "Unknown person",
                turns=turns,
                sound=await call_reviews.sound(tx, one.id),
                reading=reading,
                fields=fields,
                quotes=_quotes(reading, fields),
                cost=_cost(one, has_prices=ctx.prices is not None),
            )

    @router.get("/calls/{id}/recording")
    async def recording(
        request: Request, id: str, who: Annotated[Visitor, Depends(VIEWER)]
    ) -> Response:
        """The sound itself, in pieces where the player asks for pieces."""
        path = await recording_of(ctx, id)
        return FileResponse(path, media_type="audio/wav", headers={"Cache-Control": "private"})


def _cost(one: CallReview, *, has_prices: bool) -> str | None:
    """None for a call that came in: nobody's attempt bears it."""
    if one.attempt_id is None:
        return None
    if one.cost_micros is None or one.cost_currency is None:
        return told_cost(None, has_prices=has_prices)
    cost = Cost(micros=one.cost_micros, currency=one.cost_currency)
    return told_cost(cost, has_prices=has_prices)


def _quotes(
    reading: call_reviews.ReadCall | None, fields: list[call_reviews.Extracted]
) -> dict[int, list[str]]:
    """Which values each turn proves, by the turn's number."""
    found: dict[int, list[str]] = {}
    if reading and reading.outcome and reading.evidence_turn is not None:
        found.setdefault(reading.evidence_turn, []).append("outcome")
    for one in fields:
        if one.evidence_turn is not None and one.value is not None:
            found.setdefault(one.evidence_turn, []).append(one.field)
    return found
