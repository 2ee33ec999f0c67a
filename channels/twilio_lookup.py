"""Asks Twilio Lookup what kind of line a number is; only kinds that are named may be dialled."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from channels.base import Absent
from channels.pre_dial import Unanswered, Verdict
from channels.twilio_find import TROUBLE, nothing_found
from channels.twilio_http import TwilioPool

FIELDS: Final = "line_type_intelligence"


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioLookup:
    """https://www.twilio.com/docs/lookup/v2-api/line-type-intelligence"""

    pool: TwilioPool
    allowed_lines: Collection[str]
    """Twilio's words, such as `mobile`. A line of which it knows no kind is not allowed."""

    async def ask(self, phone: str) -> Verdict:
        client = self.pool.client(self.pool.messenger())
        try:
            found = await client.lookups.v2.phone_numbers(phone).fetch_async(fields=FIELDS)
        except TROUBLE as error:
            if isinstance(nothing_found(error), Absent):
                return Verdict(allowed=False, reason="number_unknown")
            raise Unanswered("lookup_failed") from error
        if not found.valid:
            return Verdict(allowed=False, reason="number_invalid")
        line = found.line_type_intelligence
        kind = line.get("type") if isinstance(line, dict) else None
        if not isinstance(kind, str):
            return Verdict(allowed=False, reason="line_unknown")
        return Verdict(allowed=kind in self.allowed_lines, reason=f"line_{kind}")

    async def close(self) -> None:
        await self.pool.close()
