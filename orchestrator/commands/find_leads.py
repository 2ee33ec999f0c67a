"""Which leads a person means: by id one, by number those of all campaigns."""

from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.errors import Rejected
from storage import lead_rows
from storage.lead_rows import LeadRow

LeadArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The lead's id, or its phone number.")
]


async def find_leads(tx: AsyncConnection, lead: str) -> list[LeadRow]:
    """The leads with this id or number; never none. Raises Rejected where there is none."""
    if lead.startswith("+"):
        rows = await lead_rows.of_number(tx, lead)
    else:
        row = await lead_rows.find(tx, _id(lead))
        rows = [row] if row is not None else []
    if not rows:
        raise Rejected(
            code="unknown_lead",
            message=f"There is no lead {lead}.",
            fix="Look for it with `outreach leads list --search WORDS`.",
        )
    return rows


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Rejected(
            code="bad_lead_id",
            message=f"{text!r} is neither the id of a lead nor a phone number.",
            fix="Give the whole id, or the number with + and the country's code.",
        ) from None
