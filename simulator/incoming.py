"""What happens when a person writes to one of our numbers?"""

from simulator.call import Callback
from simulator.carrier import Carrier
from simulator.delivery import Webhook
from simulator.message import Message
from simulator.witness import OptOut, is_start_keyword, is_stop_keyword, reads_as_stop


async def receive_message(
    carrier: Carrier, *, from_: str, to: str, body: str, button: str = ""
) -> Message:
    """Take the message and tell our address of it; addresses carry their channel prefix.

    The witness holds a "no" against us from the moment that we were told of it.
    """
    world = carrier.world
    now = world.now()
    message = Message(
        sid=world.new_sid("SM"),
        to=to,
        from_=from_,
        body=body,
        direction="inbound",
        created_at=now,
        updated_at=now,
        sent_at=now,
        status="received",
        button=button,
    )
    world.messages[message.sid] = message
    thread = world.thread(to, from_)
    thread.history.append(message.sid)
    thread.last_inbound_at = now
    if is_stop_keyword(body):
        thread.opted_out = True
    elif is_start_keyword(body):
        thread.opted_out = False
    number = world.number_of(to)
    if number is None or not number.sms_url:
        world.notice(11200, f"{to} has no address for messages", message.sid)
    else:
        await carrier.courier.ask(
            Webhook(
                kind="inbound_message",
                event="received",
                sid=message.sid,
                number=message.person,
                to=Callback(url=number.sms_url),
                params=_params(carrier, message),
            )
        )
    _witness(carrier, message)
    return message


def _witness(carrier: Carrier, message: Message) -> None:
    opt_outs = carrier.world.witness.opt_outs
    at = carrier.world.now()
    if is_start_keyword(message.body):
        opt_outs.append(OptOut(number=message.person, at=at, how="start"))
    elif reads_as_stop(message.body, message.button):
        opt_outs.append(
            OptOut(number=message.person, at=at, how="button" if message.button else "message")
        )


def _params(carrier: Carrier, message: Message) -> dict[str, str]:
    params = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsMessageSid": message.sid,
        "AccountSid": carrier.world.account_sid,
        "From": message.from_,
        "To": message.to,
        "Body": message.body,
        "NumMedia": "0",
        "NumSegments": "1",
        "ApiVersion": "2010-04-01",
        "SmsStatus": "received",
    }
    if message.is_whatsapp:
        params |= {
            "ProfileName": "",
            "WaId": message.person.lstrip("+"),
            "MessageType": "button" if message.button else "text",
        }
    if message.button:
        params |= {"ButtonText": message.button, "ButtonPayload": message.button.lower()}
    return params
