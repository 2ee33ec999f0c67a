"""A call that is joined with another number: it rings there, they are briefed, the two talk."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin

from simulator.call import Call, Callback
from simulator.call_events import about
from simulator.carrier import Carrier
from simulator.delivery import Webhook
from simulator.persona import Persona
from simulator.personas import persona_for
from simulator.twiml import BadTwiml, Dial, Gather, Hangup, Say, Verb, parse

_BYTES_PER_S = 8000
_TALK_S = 8.0
"""How long the two talk; the called party hangs up."""
_KEY = "1"
Ended = Literal["completed", "no-answer", "busy", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """One attempt to join a call with somebody."""

    carrier: Carrier
    call: Call
    verb: Dial
    address: str
    """Where the document came from."""

    async def run(self) -> tuple[Verb, ...] | None:
        """Ring, brief, join; then what the application says follows. None: it says nothing."""
        child = self.carrier.world.new_sid("CA")
        persona = persona_for(self.verb.number)
        status = await self._ring(persona)
        seconds = 0.0
        if status == "completed" and await self._takes_it(child, persona):
            seconds = _TALK_S
            await self.carrier.world.clock.carrier_wait(seconds)
        if not self.verb.action:
            return None
        told = {"DialCallSid": child, "DialCallStatus": status}
        if seconds:
            told["DialCallDuration"] = str(round(seconds))
        params = about(self.carrier.world, self.call) | told
        return await self._ask(self.verb.action, self.call.sid, params)

    async def _ring(self, persona: Persona) -> Ended:
        clock = self.carrier.world.clock
        match persona.pickup:
            case "answer" if persona.ring_s <= self.verb.seconds:
                await clock.carrier_wait(persona.ring_s)
                return "completed"
            case "busy" | "failed":
                await clock.carrier_wait(persona.ring_s)
                return persona.pickup
            case _:
                await clock.carrier_wait(self.verb.seconds)
                return "no-answer"

    async def _takes_it(self, child: str, persona: Persona) -> bool:
        """Whether they are joined: the document for them ends without a hang-up."""
        if not self.verb.briefing:
            return True
        leg = {
            **about(self.carrier.world, self.call, status="in-progress"),
            "CallSid": child,
            "ParentCallSid": self.call.sid,
            "From": self.verb.caller_id,
            "To": self.verb.number,
            "Direction": "outbound-dial",
        }
        return await self._follow(await self._ask(self.verb.briefing, child, leg), leg, persona)

    async def _follow(
        self, verbs: tuple[Verb, ...], leg: Mapping[str, str], persona: Persona
    ) -> bool:
        for verb in verbs:
            match verb:
                case Say(text=text):
                    await self._say(text)
                case Gather(prompts=prompts, action=action, seconds=seconds):
                    await self._follow(prompts, leg, persona)
                    # Machines press no key.
                    if persona.answers_as == "human" and action:
                        pressed = {**leg, "Digits": _KEY}
                        following = await self._ask(action, leg["CallSid"], pressed)
                        return await self._follow(following, leg, persona)
                    await self.carrier.world.clock.carrier_wait(seconds)
                case Hangup():
                    return False
                case _:
                    self.carrier.world.notice(12200, f"{verb} before a join", self.call.sid)
        return True

    async def _say(self, text: str) -> None:
        world = self.carrier.world
        self.call.briefed_words.append(text)
        spoken = await world.voices.ulaw(text, voice="agent")
        await world.clock.sleep(len(spoken) / _BYTES_PER_S)

    async def _ask(self, url: str, sid: str, params: Mapping[str, str]) -> tuple[Verb, ...]:
        answer = await self.carrier.courier.ask(
            Webhook(
                kind="voice",
                event="in-progress",
                sid=sid,
                number=self.call.person,
                to=Callback(url=urljoin(self.address, url)),
                params=dict(params),
            )
        )
        try:
            return parse(answer.body) if answer.is_ok else (Hangup(),)
        except BadTwiml as error:
            self.carrier.world.notice(12100, str(error), self.call.sid)
            return (Hangup(),)
