"""Who answered, as the carrier's answering machine detection hears it, and when does it know?"""

from dataclasses import dataclass

from simulator.call import Call
from simulator.call_events import tell_answered_by
from simulator.carrier import Carrier
from simulator.knobs import Knobs
from simulator.persona import Persona
from simulator.speech import Voices

_PICKUP_S = 0.4
_BEEP_S = 0.8
# A greeting longer than this is taken for a machine's, as the provider's own figures say.
_LONGEST_HUMAN_GREETING_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`media_s` passes in real time (a greeting plays), `decision_s` as the carrier's own wait."""

    answered_by: str
    media_s: float
    decision_s: float


async def conclude(persona: Persona, mode: str, knobs: Knobs, voices: Voices) -> Verdict:
    """`mode` is Enable or DetectMessageEnd."""
    match persona.answers_as:
        case "fax":
            return Verdict(answered_by="fax", media_s=0, decision_s=knobs.fax_decided_s)
        case "silence":
            return Verdict(answered_by="unknown", media_s=0, decision_s=knobs.silence_decided_s)
        case "human":
            greeting_s = min(await greeting_seconds(persona, voices), _LONGEST_HUMAN_GREETING_S)
            return Verdict(
                answered_by="human", media_s=0, decision_s=greeting_s + knobs.human_silence_s
            )
        case "machine" if mode == "Enable":
            return Verdict(
                answered_by="machine_start", media_s=0, decision_s=knobs.machine_decided_s
            )
        case "machine":
            ends_with = "machine_end_beep" if persona.beep else "machine_end_silence"
            media_s = _PICKUP_S + await greeting_seconds(persona, voices)
            return Verdict(
                answered_by=ends_with, media_s=media_s + _BEEP_S * persona.beep, decision_s=0
            )


async def greeting_seconds(persona: Persona, voices: Voices) -> float:
    if not persona.greeting:
        return 0.0
    spoken = await voices.ulaw(
        persona.greeting, voice=persona.voice, language=persona.greeting_language
    )
    return len(spoken) / 8000


async def detect(carrier: Carrier, call: Call) -> None:
    """Listen, write the verdict on the call, and tell it where that was asked for."""
    world = carrier.world
    verdict = await conclude(call.persona, call.order.machine_detection, world.knobs, world.voices)
    began_at = world.now()
    await world.clock.sleep(min(verdict.media_s, call.order.amd_timeout_s))
    await world.clock.carrier_wait(min(verdict.decision_s, call.order.amd_timeout_s))
    # Who hung up before the carrier was sure stays unknown, and the callback comes all the same.
    call.answered_by = "unknown" if call.is_over else verdict.answered_by
    call.updated_at = world.now()
    waited_ms = round((world.now() - began_at).total_seconds() * 1000)
    if call.order.async_amd:
        tell_answered_by(carrier, call, call.answered_by, waited_ms)
