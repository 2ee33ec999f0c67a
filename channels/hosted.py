"""How is a person called by an agent that runs on another platform?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from aiohttp import ClientError, ClientSession

from channels.base import (
    Absent,
    CallOrder,
    Finding,
    Found,
    Inquiry,
    MaybeStarted,
    NoAnswer,
    Order,
    ProviderRef,
    Refused,
    Unavailable,
)
from channels.hosted_http import Answered, Asked, Departure, NoUsableAnswer, TooLate, carry
from channels.hosted_template import (
    MissingPlace,
    OneCall,
    Platform,
    Request,
    Trouble,
    Value,
    fill,
    fill_text,
)
from outreach.call_mapping import find, first

SOON: Final = timedelta(minutes=1)
OK, NO_LONGER_ERRORS = 200, 300
UNAUTHORIZED, PAYMENT_REQUIRED, FORBIDDEN, NOT_FOUND = 401, 402, 403, 404
REQUEST_TIMEOUT, CONFLICT, GONE, TOO_MANY, SERVER_ERRORS = 408, 409, 410, 429, 500
OVER: Final = frozenset({NOT_FOUND, CONFLICT, GONE})
"""Answers to a hang-up that say: there is nothing left to hang up."""
TROUBLE: Final = (ClientError, OSError, NoUsableAnswer, RuntimeError, ValueError)
"""What asking can run into; RuntimeError: a session that is closed already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose platform, and where it is reached."""

    base_url: str
    api_key: str = field(repr=False)
    values: Mapping[str, str]
    """What the platform's requests name as `values.NAME`."""
    simulated: bool
    """Whether the host is not the platform's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedCalls:
    """The calls of one platform; it owns `session` and closes it."""

    platform: Platform
    account: Account
    session: ClientSession

    @property
    def simulated(self) -> bool:
        return self.account.simulated

    async def start(self, order: Order) -> ProviderRef:
        if not isinstance(order, CallOrder):
            raise Refused("wrong_channel", "campaign")
        departure = Departure(deadline=order.deadline)
        try:
            asked = self._asked(self.platform.start, _of_order(order))
            answer = await carry(self.session, asked, departure)
        except MissingPlace as error:
            raise Refused("request_incomplete", "campaign") from error
        # Whatever it is: if bytes have left, only "maybe" is true.
        except Exception as error:
            raise _failure(error, departure) from error
        return self._taken(answer)

    def _taken(self, answer: Answered) -> ProviderRef:
        if not OK <= answer.status < NO_LONGER_ERRORS:
            raise refusal(answer, self.platform.troubles)
        ref = first(answer.body, self.platform.started.ref)
        if not isinstance(ref, str | int):
            raise MaybeStarted("no_usable_answer")
        return ProviderRef(ref=str(ref), status=_status(answer.body, self.platform.started))

    async def find(self, inquiry: Inquiry) -> Finding:
        try:
            if inquiry.ref is not None and self.platform.get is not None:
                return await self._get(self.platform.get, inquiry.ref)
            return await self._look_up(inquiry)
        except TimeoutError:
            return NoAnswer(reason="no_answer_in_time")
        except TROUBLE:
            return NoAnswer(reason="provider_unreachable")

    async def _get(self, request: Request, ref: str) -> Finding:
        answer = await carry(self.session, self._asked(request, {"ref": ref}), Departure())
        if answer.status == NOT_FOUND:
            return Absent()
        if not OK <= answer.status < NO_LONGER_ERRORS:
            return NoAnswer(reason=f"http_{answer.status}")
        return _found([(ref, answer.body)], self.platform.found)

    async def _look_up(self, inquiry: Inquiry) -> Finding:
        """Among the platform's calls, by our attempt id in their metadata."""
        listing = self.platform.listing
        if listing is None:
            return NoAnswer(reason="not_offered")
        asked = self._asked(listing.request, _of_inquiry(inquiry))
        answer = await carry(self.session, asked, Departure())
        if not OK <= answer.status < NO_LONGER_ERRORS:
            return NoAnswer(reason=f"http_{answer.status}")
        calls = find(answer.body, listing.calls)
        if not isinstance(calls, list):
            return NoAnswer(reason="no_usable_answer")
        known = self.platform.found
        ours = [
            (str(first(one, known.ref)), one)
            for one in calls
            if first(one, known.ref) is not None
            and (listing.is_exact or first(one, known.attempt_id) == str(inquiry.id))
        ]
        return _found(ours, known) if ours else Absent()

    async def end(self, ref: str, from_: str) -> None:
        if self.platform.end is None:
            raise Unavailable("not_offered")
        try:
            asked = self._asked(self.platform.end, {"ref": ref})
            answer = await carry(self.session, asked, Departure())
        except TROUBLE as error:
            raise Unavailable("provider_unreachable") from error
        if not OK <= answer.status < NO_LONGER_ERRORS and answer.status not in OVER:
            raise Unavailable(f"http_{answer.status}")

    async def close(self) -> None:
        await self.session.close()

    def _asked(self, request: Request, given: Mapping[str, Value]) -> Asked:
        """The request with its values. Raises MissingPlace."""
        values: dict[str, Value] = {
            **{f"values.{name}": value for name, value in self.account.values.items()},
            **given,
        }
        # An id may hold what ends a path.
        in_path = {name: quote(str(value), safe="") for name, value in values.items()}
        with_key = {**values, "api_key": self.account.api_key}
        return Asked(
            method=request.method,
            url=self.account.base_url.rstrip("/") + fill_text(request.path, in_path),
            query={key: fill_text(one, values) for key, one in request.query.items()},
            headers={key: fill_text(one, with_key) for key, one in self.platform.headers.items()},
            body=fill(request.body, values),
        )


def _of_order(order: CallOrder) -> dict[str, Value]:
    return {
        "attempt_id": str(order.attempt_id),
        "to": order.to,
        "from": order.from_,
        "ring_s": round(order.ring.total_seconds()),
        "longest_s": round(order.longest.total_seconds()),
        "variables": {**order.variables, "attempt_id": str(order.attempt_id)},
    }


def _of_inquiry(inquiry: Inquiry) -> dict[str, Value]:
    since = inquiry.asked_after.timestamp()
    return {
        "attempt_id": str(inquiry.id),
        "to": inquiry.to,
        "from": inquiry.from_,
        "since_s": int(since),
        "since_ms": int(since * 1000),
    }


def _failure(error: Exception, departure: Departure) -> Unavailable | MaybeStarted:
    match error:
        case TooLate():
            return Unavailable("deadline_passed")
        case TimeoutError() if departure.left:
            return MaybeStarted("no_answer_in_time")
        case _ if departure.left:
            return MaybeStarted("no_usable_answer")
        case _:
            return Unavailable("provider_unreachable")


def refusal(answer: Answered, troubles: Sequence[Trouble]) -> Refused | Unavailable | MaybeStarted:
    """What an answer that is no success says about the order."""
    status, code = answer.status, str(answer.status)
    if status >= SERVER_ERRORS or status == REQUEST_TIMEOUT:
        # A failing server is no witness of what it has done.
        return MaybeStarted(f"http_{status}")
    for trouble in troubles:
        if trouble.status == status and trouble.says in answer.text.lower():
            if trouble.scope == "later":
                return Unavailable(trouble.reason, answer.retry_after or SOON)
            return Refused(trouble.reason, trouble.scope, code)
    if status == TOO_MANY:
        return Unavailable("too_many_requests", answer.retry_after or SOON)
    if status in {UNAUTHORIZED, FORBIDDEN}:
        return Refused("credentials_refused", "sender", code)
    if status == PAYMENT_REQUIRED:
        return Refused("payment_required", "sender", code)
    return Refused("order_refused", "campaign", code)


def _found(calls: Sequence[tuple[str, object]], known: OneCall) -> Found:
    (ref, call), *more = calls
    duration = first(call, known.duration_s)
    return Found(
        ref=ref,
        status=_status(call, known),
        duration_s=None if duration is None else round(float(str(duration))),
        duplicates=tuple(other for other, _ in more),
    )


def _status(body: object, known: OneCall) -> str:
    status = first(body, known.status)
    return str(status) if status is not None else "queued"
