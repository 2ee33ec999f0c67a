"""How is a WhatsApp message sent through Twilio?"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from channels.base import (
    Absent,
    Finding,
    Found,
    Inquiry,
    MaybeStarted,
    MessageOrder,
    Order,
    ProviderRef,
    Refused,
    TemplateContent,
    TextContent,
    Unavailable,
)
from channels.twilio_errors import FORBIDDEN, SERVER_ERRORS, TOO_MANY, UNAUTHORIZED, failure
from channels.twilio_find import NEWEST, TROUBLE, made_since, nothing_found
from channels.twilio_http import TwilioPool
from channels.twilio_urls import message_url

Clock = Callable[[], Awaitable[datetime]]
"""Business time, which the database keeps: aware UTC."""

LONGEST_BODY = 1600


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioWhatsApp:
    """The WhatsApp messages of one account; it owns `pool` and closes it."""

    pool: TwilioPool
    public_url: str
    clock: Clock

    @property
    def simulated(self) -> bool:
        return self.pool.account.simulated

    async def start(self, order: Order) -> ProviderRef:
        if not isinstance(order, MessageOrder):
            raise Refused("wrong_channel", "campaign")
        content = await self._content(order.content)
        messenger = self.pool.messenger(order.deadline)
        try:
            message = await self.pool.client(messenger).messages.create_async(
                to=_whatsapp(order.to),
                from_=_whatsapp(order.from_),
                status_callback=message_url(self.public_url, order.message_id),
                **content,
            )
        # Whatever it is: if bytes have left, only "maybe" is true, and the table knows the rest.
        except Exception as error:
            raise failure(error, messenger) from error
        if not message.sid:
            raise MaybeStarted("no_usable_answer")
        return ProviderRef(ref=message.sid, status=message.status or "queued")

    async def _content(self, content: TemplateContent | TextContent) -> Mapping[str, str]:
        match content:
            case TemplateContent():
                if not all(value.strip() for value in content.variables.values()):
                    raise Refused("missing_variable", "lead")
                return {
                    "content_sid": content.content_sid,
                    "content_variables": json.dumps(dict(content.variables)),
                }
            case TextContent():
                if not content.body.strip() or len(content.body) > LONGEST_BODY:
                    raise Refused("message_malformed", "lead")
                # Twilio would take it and let it fail later, as 63016.
                if await self._now() >= content.window_expires_at:
                    raise Refused("window_closed", "lead")
                return {"body": content.body}
        assert_never(content)

    async def _now(self) -> datetime:
        try:
            return await self.clock()
        # The clock is the database's; whatever keeps it from us, nothing has been sent.
        except Exception as error:
            raise Unavailable("clock_unreadable") from error

    async def find(self, inquiry: Inquiry) -> Finding:
        client = self.pool.client(self.pool.messenger())
        try:
            return _finding(await self._messages(client, inquiry))
        except TROUBLE as error:
            return nothing_found(error)

    async def _messages(self, client: Client, inquiry: Inquiry) -> Sequence[MessageInstance]:
        if inquiry.ref is not None:
            return [await client.messages(inquiry.ref).fetch_async()]
        listed = await client.messages.list_async(
            to=_whatsapp(inquiry.to),
            from_=_whatsapp(inquiry.from_),
            limit=NEWEST,
            page_size=NEWEST,
        )
        return made_since(inquiry.asked_after, listed, inquiry.others)

    async def end(self, ref: str, from_: str) -> None:
        messages = self.pool.client(self.pool.messenger()).messages
        try:
            await messages(ref).update_async(status="canceled")
        except (TwilioRestException, TwilioServiceException) as error:
            # Any other refusal means that it is on its way or gone: there is nothing to take back.
            if error.status in {UNAUTHORIZED, FORBIDDEN, TOO_MANY} or error.status >= SERVER_ERRORS:
                raise Unavailable(f"http_{error.status}") from error
        except TROUBLE as error:
            raise Unavailable("provider_unreachable") from error

    async def close(self) -> None:
        await self.pool.close()


def _whatsapp(phone: str) -> str:
    return f"whatsapp:{phone}"


def _finding(messages: Sequence[MessageInstance]) -> Finding:
    if not messages:
        return Absent()
    first, *more = messages
    return Found(
        ref=first.sid,
        status=first.status or "queued",
        error_code=None if first.error_code is None else str(first.error_code),
        duplicates=tuple(message.sid for message in more),
    )
