"""Which leads a person means: by id one, by number those of all campaigns."""

from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.errors import Rejected
from outreach.phone import E164, BadPhone, parse_phone
from outreach.telling.codes import status
from storage import lead_rows
from storage.lead_rows import LeadRow

LeadArgument = Annotated[
    str, typer.Argument(metavar="LEAD", help="The lead's id, or its phone number as +12025550123.")
]


async def find_leads(tx: AsyncConnection, lead: str) -> list[LeadRow]:
    """The leads with this id or number; never none. Raises Rejected where there is none."""
    text = lead.strip()
    if text.startswith("+"):
        rows = await lead_rows.of_number(tx, _number(text))
    else:
        row = await lead_rows.find(tx, _id(text))
        rows = [row] if row is not None else []
    if not rows:
        raise Rejected(
            code="unknown_lead",
            message=f"There is no lead {text}.",
            fix="Look for it with `outreach leads list --search WORDS`.",
        )
    return rows


async def find_lead(tx: AsyncConnection, lead: str) -> LeadRow:
    """The one lead with this id or number. Raises Rejected where there is none, or several."""
    rows = await find_leads(tx, lead)
    if len(rows) > 1:
        raise Rejected(
            code="several_leads",
            message=f"{lead.strip()} is the number of {len(rows)} leads.",
            fix="Say which one by its id.",
            details=tuple(map(_line, rows)),
        )
    return rows[0]


def _line(row: LeadRow) -> str:
    name = f"{row.first_name} {row.last_name}".strip() or "no name"
    return f"{row.id}  {name}, {status(row.status)}, in {row.campaign}"


def _number(text: str) -> str:
    if E164.fullmatch(text):
        return text
    found = parse_phone(text)
    assert isinstance(found, BadPhone), "what is not written so is no number"
    raise Rejected(
        code="bad_lead_number",
        message=f"{text!r} names no lead. {found.message}",
        fix=found.suggestion,
    )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Rejected(
            code="bad_lead_id",
            message=f"{text!r} is neither the id of a lead nor a phone number.",
            fix="Give the whole id, or the number with + and the country's code.",
        ) from None
