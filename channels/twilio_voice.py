"""How is a person called through Twilio?"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance

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
from channels.twilio_codes import MEANINGS, Kind
from channels.twilio_errors import failure
from channels.twilio_find import NEWEST, TROUBLE, made_since, nothing_found
from channels.twilio_http import TwilioPool
from channels.twilio_urls import call_url
from channels.twilio_words import answered_by

CALL_SID: Final = re.compile(r"CA[0-9a-f]{32}")
"""What Twilio calls a call. The SDK puts it into an address as it is."""
EVENTS = ["initiated", "ringing", "answered", "completed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioVoice:
    """The calls of one account; it owns `pool` and closes it."""

    pool: TwilioPool
    public_url: str
    """Where Twilio reaches us from outside: scheme, host and perhaps a path."""

    @property
    def simulated(self) -> bool:
        return self.pool.account.simulated

    async def start(self, order: Order) -> ProviderRef:
        if not isinstance(order, CallOrder):
            raise Refused("wrong_channel", "campaign")
        messenger = self.pool.messenger(order.deadline)
        try:
            call = await self.pool.client(messenger).calls.create_async(
                to=order.to,
                from_=order.from_,
                method="POST",
                url=call_url(self.public_url, order.attempt_id, "answer"),
                status_callback=call_url(self.public_url, order.attempt_id, "status"),
                status_callback_method="POST",
                status_callback_event=EVENTS,
                timeout=round(order.ring.total_seconds()),
                time_limit=round(order.longest.total_seconds()),
                **self._machine_detection(order),
                **self._recording(order),
            )
        # Whatever it is: if bytes have left, only "maybe" is true, and the table knows the rest.
        except Exception as error:
            raise failure(error, messenger) from error
        if not call.sid:
            raise MaybeStarted("no_usable_answer")
        return ProviderRef(ref=call.sid, status=call.status or "queued")

    def _machine_detection(self, order: CallOrder) -> Mapping[str, str]:
        if not order.detect_machine:
            return {}
        return {
            "machine_detection": "DetectMessageEnd",
            # Otherwise the person hears nothing for the four seconds that the verdict takes.
            "async_amd": "true",
            "async_amd_status_callback": call_url(self.public_url, order.attempt_id, "amd"),
            "async_amd_status_callback_method": "POST",
        }

    def _recording(self, order: CallOrder) -> Mapping[str, object]:
        if not order.record:
            return {}
        return {
            "record": True,
            "recording_channels": "dual",
            "recording_status_callback": call_url(self.public_url, order.attempt_id, "recording"),
            "recording_status_callback_method": "POST",
            "recording_status_callback_event": ["in-progress", "completed", "absent"],
        }

    async def find(self, inquiry: Inquiry) -> Finding:
        if inquiry.ref is not None and not CALL_SID.fullmatch(inquiry.ref):
            return NoAnswer(reason="unknown_ref")
        client = self.pool.client(self.pool.messenger())
        try:
            return _finding(await self._calls(client, inquiry))
        except TROUBLE as error:
            return nothing_found(error)

    async def _calls(self, client: Client, inquiry: Inquiry) -> Sequence[CallInstance]:
        if inquiry.ref is not None:
            return [await client.calls(inquiry.ref).fetch_async()]
        listed = await client.calls.list_async(
            to=inquiry.to, from_=inquiry.from_, limit=NEWEST, page_size=NEWEST
        )
        return made_since(inquiry.asked_after, listed, inquiry.others)

    async def end(self, ref: str, from_: str) -> None:
        if not CALL_SID.fullmatch(ref):
            raise Unavailable("unknown_ref")
        calls = self.pool.client(self.pool.messenger()).calls
        # `completed` ends what rings or talks; what still waits in the queue wants `canceled`.
        for status in ("completed", "canceled"):
            try:
                await calls(ref).update_async(status=status)
            except (TwilioRestException, TwilioServiceException) as error:
                if not _over(error):
                    raise Unavailable(f"http_{error.status}") from error
            except TROUBLE as error:
                raise Unavailable("provider_unreachable") from error
            else:
                return

    async def close(self) -> None:
        await self.pool.close()


def _over(error: TwilioException) -> bool:
    meaning = MEANINGS.get(error.code)
    return meaning is not None and meaning.kind is Kind.ENDED


def _finding(calls: Sequence[CallInstance]) -> Finding:
    if not calls:
        return Absent()
    first, *more = calls
    return Found(
        ref=first.sid,
        status=first.status or "queued",
        answered_by=answered_by(first.answered_by),
        duration_s=int(first.duration) if first.duration else None,
        duplicates=tuple(call.sid for call in more),
    )
