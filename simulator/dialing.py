"""How does a call of ours go, from the queue to its last status?"""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from simulator.amd import detect
from simulator.call import Call, CallOrder, Instruction, NewTwiml, NewUrl, Status
from simulator.call_events import tell_status
from simulator.call_flow import Line, conduct
from simulator.carrier import Carrier
from simulator.persona import Persona
from simulator.personas import persona_for
from simulator.witness import Contact, OptOut, attempt_id_of, says_opt_out
from simulator.world import World

# A stream that we cut short tells no count of sentences; after so long the first was spoken.
_FIRST_SENTENCE_SPOKEN = timedelta(seconds=9)


def place_call(carrier: Carrier, order: CallOrder) -> Call:
    """Accept the order; dialing follows at the account's pace."""
    world = carrier.world
    now = world.now()
    call = Call(
        sid=world.new_sid("CA"),
        order=order,
        persona=_who_picks_up(world, order.to),
        created_at=now,
        updated_at=now,
    )
    world.calls[call.sid] = call
    world.spawn(_run(carrier, call))
    return call


def _who_picks_up(world: World, number: str) -> Persona:
    """The person of this number; who has spoken or written to us before may expect the call."""
    persona = persona_for(number)
    if persona.when_called_back is None:
        return persona
    spoke = any(one.person == number and one.answered_at for one in world.calls.values())
    wrote = any(
        one.person == number and one.direction == "inbound" for one in world.messages.values()
    )
    return persona.when_called_back if spoke or wrote else persona


async def _run(carrier: Carrier, call: Call) -> None:
    world, knobs = carrier.world, carrier.world.knobs
    if await _told_during(call, _queue(carrier, call)) is not None:
        return end_call(carrier, call, "canceled")
    if call.queue_ms > knobs.queue_limit_s * 1000 / world.clock.speed:
        return end_call(carrier, call, "canceled")
    contact = _dial(carrier, call)
    try:
        await _ring(carrier, call)
    finally:
        contact.ended_at = call.ended_at or world.now()
    return None


async def _queue(carrier: Carrier, call: Call) -> None:
    """Wait for a turn at the account's pace; where none is set any more, nobody waits for it."""
    world, slot = carrier.world, carrier.world.now()
    pace = world.knobs.calls_per_second
    if pace > 0:
        slot = max(slot, world.next_dial_at or slot)
        between = timedelta(seconds=1 / (pace * world.clock.speed))
        world.next_dial_at = slot + between
    else:
        world.next_dial_at = None
    call.queue_ms = round((slot - call.created_at).total_seconds() * 1000)
    await world.clock.sleep_until(slot)


def _dial(carrier: Carrier, call: Call) -> Contact:
    world = carrier.world
    call.dialed_at = world.now()
    contact = Contact(
        kind="call",
        sid=call.sid,
        number=call.order.to,
        attempt_id=attempt_id_of(call.order.status.url, call.order.voice.url),
        began_at=call.dialed_at,
        hours=call.persona.hours,
    )
    world.witness.contacts.append(contact)
    tell_status(carrier, call, "initiated")
    return contact


async def _ring(carrier: Carrier, call: Call) -> None:
    clock, persona = carrier.world.clock, call.persona
    if await _told_during(call, clock.carrier_wait(carrier.world.knobs.dialing_s)) is not None:
        return end_call(carrier, call, "canceled")
    if persona.pickup == "failed":
        return end_call(carrier, call, "failed", sip_code="404")
    call.status = "ringing"
    call.ringing_at = call.updated_at = carrier.world.now()
    tell_status(carrier, call, "ringing")
    never_answers = persona.pickup == "no_answer" or persona.ring_s > call.order.timeout_s
    rings_s = call.order.timeout_s if never_answers else persona.ring_s
    if await _told_during(call, clock.carrier_wait(rings_s)) is not None:
        return end_call(carrier, call, "canceled")
    if persona.pickup == "busy":
        return end_call(carrier, call, "busy", sip_code="486")
    if never_answers:
        return end_call(carrier, call, "no-answer", sip_code="487")
    await _answered(carrier, call)
    return None


async def _answered(carrier: Carrier, call: Call) -> None:
    order = call.order
    call.status = "in-progress"
    call.answered_at = call.updated_at = carrier.world.now()
    tell_status(carrier, call, "answered")
    line = Line(carrier=carrier, call=call)
    try:
        if order.record:
            line.start_tape(
                channels=order.recording_channels,
                callback=order.recording,
                events=order.recording_events,
            )
        opening: Instruction = (
            NewUrl(voice=order.voice) if order.voice.url else NewTwiml(text=order.twiml)
        )
        if order.machine_detection and order.async_amd:
            carrier.world.spawn(detect(carrier, call))
        elif order.machine_detection:
            # The person hears silence meanwhile: the address is asked when the verdict is there.
            opening = await _told_during(call, detect(carrier, call)) or opening
        call.ended_by = await conduct(line, opening)
    finally:
        line.stop_tape()
    end_call(carrier, call, "completed", sip_code="200")


async def _told_during(call: Call, wait: Coroutine[Any, Any, None]) -> Instruction | None:
    """Wait, unless an instruction for the call comes first; then it is returned."""
    waiting = asyncio.create_task(wait)
    told = asyncio.create_task(call.instructions.get())
    try:
        await asyncio.wait({waiting, told}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            waiting.result()
        return told.result() if told.done() else None
    finally:
        waiting.cancel()
        told.cancel()


def end_call(carrier: Carrier, call: Call, status: Status, *, sip_code: str = "") -> None:
    """Write the end, let the witness note what was said, and tell it."""
    world = carrier.world
    call.status = status
    call.sip_code = sip_code
    call.ended_at = call.updated_at = world.now()
    if spoke_opt_out(call):
        world.witness.opt_outs.append(OptOut(number=call.person, at=call.ended_at, how="voice"))
    tell_status(carrier, call, "completed")


def spoke_opt_out(call: Call) -> bool:
    """Whether the person told us on this call to leave them alone."""
    said = call.lines_said
    if call.answered_at is None or call.ended_at is None:
        return False
    if call.ended_by == "api" and call.ended_at - call.answered_at >= _FIRST_SENTENCE_SPOKEN:
        said = max(said, 1)
    return any(says_opt_out(line.text) for line in call.persona.lines[:said])
