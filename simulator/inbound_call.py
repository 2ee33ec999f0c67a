"""What happens when a person calls one of our numbers?"""

from dataclasses import replace

from simulator.call import Call, Callback, CallOrder, Number
from simulator.call_events import tell_status
from simulator.call_flow import DocumentFailed, Line, Ready, conduct, fetch
from simulator.carrier import Carrier
from simulator.dialing import end_call
from simulator.persona import Persona
from simulator.twiml import Reject


def receive_call(carrier: Carrier, number: Number, person: str, persona: Persona) -> Call:
    """The person dials; our address is asked while it rings. They wait for us to speak first."""
    world = carrier.world
    now = world.now()
    order = CallOrder(
        to=number.number,
        from_=person,
        direction="inbound",
        voice=Callback(url=number.voice_url),
        status=Callback(url=number.status_callback),
    )
    call = Call(
        sid=world.new_sid("CA"),
        order=order,
        persona=replace(persona, greeting="", answers_as="human", beep=False),
        created_at=now,
        updated_at=now,
        status="ringing",
        ringing_at=now,
    )
    world.calls[call.sid] = call
    world.spawn(_run(carrier, call))
    return call


async def _run(carrier: Carrier, call: Call) -> None:
    line = Line(carrier=carrier, call=call)
    try:
        verbs = await fetch(line, call.order.voice)
    except DocumentFailed:
        return end_call(carrier, call, "failed")
    if verbs and isinstance(verbs[0], Reject):
        return end_call(carrier, call, "busy" if verbs[0].reason == "busy" else "no-answer")
    call.status = "in-progress"
    call.answered_at = call.updated_at = carrier.world.now()
    tell_status(carrier, call, "answered")
    try:
        call.ended_by = await conduct(line, Ready(verbs=verbs))
    finally:
        line.stop_tape()
    end_call(carrier, call, "completed")
    return None
