"""What becomes of a message of ours: window, template, receipts, and whether they answer."""

import json
import re
from dataclasses import dataclass

from simulator.call import Callback
from simulator.carrier import Carrier
from simulator.delivery import Webhook
from simulator.incoming import receive_message
from simulator.message import Message, Status, Template, Thread
from simulator.personas import persona_for
from simulator.witness import Contact, attempt_id_of

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message as it was ordered; every check that answers at once has passed."""

    to: str
    from_: str
    body: str = ""
    media: tuple[str, ...] = ()
    template: Template | None = None
    variables: dict[str, str] | None = None
    status_callback: str = ""


def send_message(carrier: Carrier, draft: Draft) -> Message:
    """Accept the message; what the network thinks of it comes by callback."""
    world = carrier.world
    now = world.now()
    thread = world.thread(draft.from_, draft.to)
    message = Message(
        sid=world.new_sid("MM" if draft.media else "SM"),
        to=draft.to,
        from_=draft.from_,
        body=_text_of(draft),
        direction="outbound-api",
        created_at=now,
        updated_at=now,
        status="queued",
        status_callback=draft.status_callback,
        content_sid=draft.template.sid if draft.template else "",
        media=draft.media,
        in_window=thread.is_open(now) or not draft.to.startswith("whatsapp:"),
    )
    world.messages[message.sid] = message
    thread.history.append(message.sid)
    contact = Contact(
        kind="free_text" if draft.template is None else "template",
        sid=message.sid,
        number=message.person,
        attempt_id=attempt_id_of(draft.status_callback),
        began_at=now,
        ended_at=now,
        in_window=message.in_window,
        hours=persona_for(message.to).hours,
    )
    world.witness.contacts.append(contact)
    world.spawn(_travel(carrier, message, contact, thread, _refusal(draft, message)))
    return message


def _text_of(draft: Draft) -> str:
    if draft.template is None:
        return draft.body
    given = draft.template.variables | (draft.variables or {})
    return _VARIABLE.sub(
        lambda found: given.get(found.group(1), found.group()), draft.template.text
    )


def _refusal(draft: Draft, message: Message) -> int | None:
    """The code with which the network refuses this message later; None lets it through."""
    if not message.is_whatsapp:
        return None
    if not persona_for(message.to).on_whatsapp:
        return 63024
    template = draft.template
    if template is None:
        return None if message.in_window else 63016
    if {"rejected": 63040, "paused": 63041, "disabled": 63042}.get(template.approval):
        return {"rejected": 63040, "paused": 63041, "disabled": 63042}[template.approval]
    if template.approval != "approved" and not message.in_window:
        return 63016
    needed = set(_VARIABLE.findall(template.text))
    given = set(draft.variables or {}) | set(template.variables)
    return None if needed <= given and set(draft.variables or {}) <= needed else 63028


async def _travel(
    carrier: Carrier, message: Message, contact: Contact, thread: Thread, refusal: int | None
) -> None:
    world, knobs = carrier.world, carrier.world.knobs
    persona = persona_for(message.to)
    await world.clock.carrier_wait(knobs.message_sent_s)
    if refusal is not None:
        contact.reached = False
        message.error_code = refusal
        # A wrong address is found out by the network, everything else before it leaves.
        _tell(carrier, message, "undelivered" if refusal == 63024 else "failed")
        return
    message.sent_at = world.now()
    _tell(carrier, message, "sent")
    await world.clock.carrier_wait(knobs.message_delivered_s)
    message.delivered_at = world.now()
    _tell(carrier, message, "delivered")
    world.spawn(_answer(carrier, message, thread))
    if message.is_whatsapp and persona.reads:
        await world.clock.carrier_wait(knobs.message_read_s)
        message.read_at = world.now()
        _tell(carrier, message, "read")


async def _answer(carrier: Carrier, message: Message, thread: Thread) -> None:
    """The n-th message that a person gets is answered by the n-th thing they have to say."""
    replies = persona_for(message.to).whatsapp
    if thread.opted_out or thread.replies_used >= len(replies):
        return
    reply = replies[thread.replies_used]
    thread.replies_used += 1
    await carrier.world.clock.sleep(reply.after_s)
    await receive_message(
        carrier,
        from_=message.to,
        to=message.from_,
        body=reply.text,
        button=reply.button or "",
    )


def _tell(carrier: Carrier, message: Message, status: Status) -> None:
    world = carrier.world
    message.status = status
    message.updated_at = world.now()
    params = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": status,
        "SmsStatus": status,
        "To": message.to,
        "From": message.from_,
        "AccountSid": world.account_sid,
        "ApiVersion": "2010-04-01",
    }
    if message.error_code is not None:
        params["ErrorCode"] = str(message.error_code)
    if message.is_whatsapp:
        params |= {"ChannelPrefix": "whatsapp", "ChannelToAddress": message.to[:-4] + "XXXX"}
        if status in ("read", "delivered", "undelivered"):
            params["EventType"] = status.upper()
    if message.content_sid:
        params["StructuredMessage"] = "true"
    carrier.courier.send(
        Webhook(
            kind="message",
            event=status,
            sid=message.sid,
            number=message.person,
            to=Callback(url=message.status_callback),
            params=params,
        )
    )


def parse_variables(text: str) -> dict[str, str]:
    """The JSON of ContentVariables. Raises ValueError unless it is an object of texts."""
    given = json.loads(text or "{}")
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise ValueError("ContentVariables is a JSON object of strings")
    return {str(key): value for key, value in given.items()}
