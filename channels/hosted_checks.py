"""Does a platform that runs calls answer, and does it take our key?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from channels.base import Absent, Found, Inquiry, NoAnswer
from channels.hosted import HostedCalls
from outreach.checkup import Problem, Report

NOBODYS_CALL: Final = "outreach-doctor"
"""The reference of no call: asking for it calls nobody."""
NO_ACCESS: Final = frozenset({"http_401", "http_403"})
UNPAID: Final = "http_402"
NOT_OFFERED: Final = "not_offered"
ITS_OWN_FAULT: Final = "http_5"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformCheck:
    """A platform from which we order calls."""

    platform: str
    """Its name under `hosted` in the configuration."""
    calls: HostedCalls
    number: str
    """One that it calls from, E.164."""
    now: Callable[[], datetime]
    """The clock of this machine."""

    @property
    def name(self) -> str:
        return f"platform {self.platform}"

    async def look(self) -> Report:
        inquiry = Inquiry(
            id=UUID(int=0),
            to=self.number,
            from_=self.number,
            asked_after=self.now(),
            ref=NOBODYS_CALL,
        )
        match await self.calls.find(inquiry):
            case Absent() | Found():
                return Report(facts=("It answers and takes our key.",))
            case NoAnswer(reason=reason):
                return self._unanswered(reason)

    def _unanswered(self, reason: str) -> Report:
        if reason == NOT_OFFERED:
            return Report(facts=("It can be asked for nothing but calls.",))
        if reason in NO_ACCESS:
            return Report.of(
                Problem(
                    code="platform_key_refused",
                    message=f"{self.platform} refuses the key.",
                    fix=f"Set hosted.{self.platform}.calls.api_key to a valid key of the account.",
                )
            )
        if reason == UNPAID:
            return Report.of(
                Problem(
                    code="platform_unpaid",
                    message=f"{self.platform} asks for money before it makes calls.",
                    fix="Pay the account, or take its numbers out of the campaigns.",
                )
            )
        if reason.startswith("http_") and not reason.startswith(ITS_OWN_FAULT):
            # It knows no such call, and says so in its own way.
            return Report(facts=("It answers.",))
        return Report.of(
            Problem(
                code="platform_unreachable",
                message=f"{self.platform} does not answer at {self.calls.account.base_url}"
                f" ({reason}).",
                fix="Check the way out of this machine (proxy, firewall, DNS), or"
                f" hosted.{self.platform}.calls.base_url.",
            )
        )
