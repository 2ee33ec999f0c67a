"""Who is at the other end: a person, or a machine that is left a message, or nothing?"""

from agents.journal import Journal
from agents.voice import first_words
from agents.voice.call import Limits, PhoneCall
from agents.voice.ending import Ending
from agents.voice.heard import Heard
from agents.voice.machine_message import MachineMessage
from agents.voice.machinery import Pipeline
from agents.voice.opening import Opening
from agents.voice.tones import Tone
from agents.voice.transcript import Transcript
from outreach.outcome import AnsweredBy

_FIRST_TURNS = 3
"""Whoever says more than this is no machine."""
_MACHINES = frozenset({AnsweredBy.VOICEMAIL, AnsweredBy.IVR, AnsweredBy.FAX})


class Answerer:
    """Told of tones and turns; a machine that is found out is dealt with here."""

    def __init__(
        self,
        call: PhoneCall,
        *,
        pipeline: Pipeline,
        transcript: Transcript,
        journal: Journal,
        limits: Limits,
    ) -> None:
        self._pipeline = pipeline
        self._transcript = transcript
        self._journal = journal
        self._limits = limits
        self.opening = Opening(call.opener)
        self.ending = Ending(pipeline, last_words=limits.last_words)
        self.heard = Heard()
        self.message = MachineMessage(
            call.machine_message, beep_within=limits.beep_within, speak=self._leave_message
        )
        self._by: AnsweredBy | None = None
        self._turns = 0

    @property
    def is_known(self) -> bool:
        return self._by is not None

    @property
    def is_machine(self) -> bool:
        return self._by in _MACHINES

    @property
    def listens_for_tones(self) -> bool:
        """Whether a machine may be there; people who talk with us do not beep."""
        return self._turns <= _FIRST_TURNS

    def took_turn(self) -> None:
        self._turns += 1

    async def toned(self, tone: Tone) -> None:
        match tone.kind:
            case "fax":
                await self._found_out(AnsweredBy.FAX, "a fax machine's tone")
            case "beep":
                await self.message.beeped()
                if self._turns == 1 and self._by is AnsweredBy.HUMAN:
                    await self._found_out(AnsweredBy.VOICEMAIL, "a beep after the first words")

    async def read(self, text: str, duration_ms: float) -> None:
        """What a turn of theirs, one of the first, says of them."""
        if self._turns > _FIRST_TURNS:
            return
        reading = first_words.read(text, duration_ms, first=self._turns == 1)
        if reading is None or reading.answered_by is self._by:
            return
        await self._found_out(reading.answered_by, reading.evidence)

    def silent(self, evidence: str) -> None:
        self._answer(AnsweredBy.SILENCE, evidence)

    def close(self) -> None:
        """Nothing more will happen."""
        self.message.close()
        if self.message.left:
            self._transcript.note(self._journal.left_message)

    async def _found_out(self, answered_by: AnsweredBy, evidence: str) -> None:
        self._answer(answered_by, evidence)
        if answered_by not in _MACHINES:
            return
        self.opening.drop()
        leaves = answered_by is AnsweredBy.VOICEMAIL
        if leaves and await self.message.wait_for_beep(it_speaks=self.heard.speaking):
            if self._pipeline.speaking and not self.ending.begun:
                await self._pipeline.hush()
        else:
            self.ending.at_once("agent")

    async def _leave_message(self, text: str) -> None:
        await self.ending.politely("agent", text, within=self._limits.machine_message)

    def _answer(self, answered_by: AnsweredBy, evidence: str) -> None:
        self._by = answered_by
        self._transcript.note(lambda: self._journal.heard(answered_by, evidence))
