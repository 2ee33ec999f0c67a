"""Ids as people write them on the command line."""

from uuid import UUID

from outreach.errors import Rejected


def read_id(text: str, noun: str) -> UUID:
    """The whole id of a `noun`, such as a lead. Raises Rejected when it is none."""
    try:
        return UUID(text.strip())
    except ValueError:
        raise Rejected(
            "bad_id",
            f"{text!r} is no id of {noun}.",
            "Write the whole id, such as 01890a5d-ac96-774b-bcce-b302099a8057.",
        ) from None
