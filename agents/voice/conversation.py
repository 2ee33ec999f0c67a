"""One call's course: what is said when, who heard what, and how it ends."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime

import structlog

from agents.journal import Journal
from agents.tools import ToolResult
from agents.voice.answerer import Answerer
from agents.voice.call import EndedBy, Limits, PhoneCall
from agents.voice.languages import Languages
from agents.voice.machinery import Pipeline
from agents.voice.patience import Patience
from agents.voice.playback import Played
from agents.voice.tones import Tone
from agents.voice.transcript import Transcript

_log = structlog.get_logger(__name__)
_KEYS = re.compile(r"[0-9*#]{1,20}")


class Conversation:
    """Hears from ear, mouth and model what happens, and decides what follows.

    Everything runs on one event loop; nothing here waits for the network.
    """

    def __init__(
        self,
        call: PhoneCall,
        *,
        pipeline: Pipeline,
        transcript: Transcript,
        journal: Journal,
        limits: Limits,
        now: Callable[[], datetime],
    ) -> None:
        self._call = call
        self._pipeline = pipeline
        self._transcript = transcript
        self._journal = journal
        self._limits = limits
        self._now = now
        self._answerer = Answerer(
            call, pipeline=pipeline, transcript=transcript, journal=journal, limits=limits
        )
        self.opening, self.ending = self._answerer.opening, self._answerer.ending
        self._heard, self._message = self._answerer.heard, self._answerer.message
        self.languages = Languages(call)
        self._patience = Patience(
            within=limits.reply_within, lost=lambda: self.ending.at_once("error")
        )
        self._in_turn = False
        self._spoke = False
        self._greets = False
        """Whether the person's present words began before the opener."""
        self._wants_answer = True
        self._opener_ends_ms = 0.0
        self._prompts = 0
        self._hushed = False
        """Whether the next cut is our own doing."""
        self._model_spoke = False
        self._last_response = False
        self._last_word: asyncio.TimerHandle | None = None
        """Runs while nobody is there and the last sentence is not yet understood."""

    # What the line tells.

    async def speech_started(self, at_ms: float) -> bool:
        continues = self._in_turn
        if not continues:
            self._greets = not self.opening.begun
        self._in_turn = True
        self._heard.started(at_ms)
        self._message.it_speaks()
        self._spoke = True
        return continues and self._pipeline.speaking

    async def speech_stopped(self, at_ms: float) -> None:
        self._heard.stopped(at_ms)
        self._message.it_pauses()
        # The opener has answered who began before it and had finished by its end.
        self._wants_answer = not self._greets or (
            self.opening.over and at_ms > self._opener_ends_ms
        )
        await self.open()

    @property
    def listens_for_tones(self) -> bool:
        return self._answerer.listens_for_tones

    async def toned(self, tone: Tone) -> None:
        await self._answerer.toned(tone)

    def mark_played(self, name: str) -> None:
        self._pipeline.mark_played(name)

    def left(self, *, in_order: bool) -> None:
        """The line is dead; what they were saying is still understood."""
        self.ending.because("person" if in_order else "error")
        if not self._heard.outstanding:
            self.ending.cut.set()
        else:
            loop = asyncio.get_running_loop()
            self._last_word = loop.call_later(
                self._limits.transcript_within.total_seconds(), self.ending.cut.set
            )

    def garbage(self) -> None:
        self.ending.at_once("error")

    # What the agent says.

    async def open(self) -> None:
        """Speak the opener, unless it was begun."""
        if not self.ending.begun and self.opening.begin():
            await self._pipeline.say(self.opening.text)

    def agent_begins(self, text: str) -> None:
        if text == self.opening.text:
            self.opening.begin()

    def agent_speaks(self) -> None:
        self._patience.in_time()

    def agent_said(self, sentences: list[Played]) -> None:
        for sentence in sentences:
            self._transcript.agent_said(sentence)
            self._message.said(sentence.text)
            if self.opening.said(sentence.text):
                self._opener_ends_ms = sentence.ends_ms
                self._disclosed(self._now())

    def _disclosed(self, at: datetime) -> None:
        self._transcript.note(lambda: self._journal.disclosed(at))

    def agent_cut(self, heard: list[Played], *, audible: bool) -> None:
        if not self._hushed:
            self.opening.cut(words=sum(len(sentence.text.split()) for sentence in heard))
        self._hushed = False
        for sentence in heard:
            self._transcript.agent_said(sentence, interrupted=True)
            self._pipeline.remember_cut(sentence.text)
        if audible and not heard:
            self._transcript.agent_was_cut()

    # What the person says.

    def understood(self, text: str, language: str | None = None) -> None:
        """The transcript of one piece of speech; the turn it belongs to may come much later.

        `language` is the recognizer's word for it; None where it gives none.
        """
        self._heard.understood(text)
        self.languages.heard(text, language)
        self._leave_when_understood()

    async def person_said(self, text: str) -> None:
        """The person's turn is over; empty when nothing in it was words, or none came in time."""
        self._in_turn = self._heard.speaking
        if text.strip():
            span = self._heard.turn(text)
            self._transcript.person_said(text.strip(), span.begins_ms, span.ends_ms)
            self._answerer.took_turn()
            self._prompts = 0
            await self._react(text.strip(), span.ends_ms - span.begins_ms)
        self._leave_when_understood()

    def _leave_when_understood(self) -> None:
        if self._last_word is not None and not self._heard.outstanding:
            self.ending.cut.set()

    async def _react(self, text: str, duration_ms: float) -> None:
        await self._answerer.read(text, duration_ms)
        language = self.languages.wanted
        if language is not None and not self._answerer.is_machine:
            await self._follow(language)
        elif self.may_think():
            self._patience.expect()
        else:
            await self.open()

    async def _follow(self, language: str) -> None:
        if self._pipeline.speaking and not self.ending.begun:
            self._hushed = True
            await self._pipeline.hush()
        await self.speak_language(language, think=True)

    async def speak_language(self, language: str, *, think: bool = False) -> ToolResult:
        """Go on in the person's language; where it is none of ours, say so once and hang up.

        `think`: where everything fixed was said in it before, the model answers at once.
        """
        if self.ending.begun:
            return ToolResult(done=False, say="The call is ending.")
        spoken = self.languages.change(language)
        if spoken is None:
            self._transcript.note(self._journal.no_common_language)
            await self.ending.politely("agent", self._call.no_common_language)
            told = "You do not speak it; they were told so."
            return ToolResult(done=False, say=told, ends_conversation=True)
        is_new = self.languages.is_new(spoken)
        await self._pipeline.speak_as(spoken, think=think and not is_new)
        if is_new:
            # Who calls, that it is an AI, that it is recorded: they have not understood it yet.
            self.opening.once_more(spoken.opener)
            await self._pipeline.say(spoken.opener)
        return ToolResult(done=True, say=f"Speak {spoken.language} from now on.")

    async def press(self, keys: str) -> ToolResult:
        """Sound these keys on the line, after what is being said."""
        wanted = re.sub(r"[\s,.-]", "", keys)
        if self.ending.begun or not _KEYS.fullmatch(wanted):
            return ToolResult(done=False, say="Those are no keys: up to 20 of 0 to 9, * and #.")
        await self._pipeline.press(wanted)
        return ToolResult(done=True, say="They are pressed. Wait for what the voice says.")

    async def silence(self) -> None:
        """The person has not spoken for long."""
        if self._answerer.is_machine:
            return
        self._prompts += 1
        if not self._answerer.is_known:
            self._answerer.silent("no word after the opener")
        if self._prompts > 1:
            await self.ending.politely("agent", self._goodbye)
        elif not self.ending.begun:
            await self._pipeline.say(self.languages.now.still_there)

    # What the model does.

    def may_think(self) -> bool:
        """Whether the model is to answer what was just said."""
        return (
            self.opening.over
            and self._wants_answer
            and not self._answerer.is_machine
            and self.languages.wanted is None
            and (not self.ending.begun or self._last_response)
        )

    def model_begins(self) -> None:
        self._model_spoke = False

    def model_speaks(self) -> None:
        self._model_spoke = True

    async def model_ends(self) -> None:
        """The answer is complete; its audio may still be coming."""
        if self._last_response:
            self._last_response = False
            await self._pipeline.say_last(None if self._model_spoke else self._goodbye)

    async def after_tool(self, name: str, result: ToolResult) -> bool:
        """Whether the model speaks about what came of its wish."""
        self._patience.in_time()
        if name == "press_keys" and result.done:
            # Whatever answers it is a recording: it goes on by itself.
            return False
        if not self.opening.over:
            # They hear the first words in their own language, and answer those.
            return False
        if not result.ends_conversation:
            self._patience.expect()
            return True
        if self.ending.begun:
            return False
        if name == "end_call" or self._model_spoke:
            # Whoever is connected further is not told good-bye.
            closing = name in ("end_call", "transfer_to_human") and self._model_spoke
            await self.ending.politely("agent", None if closing else self._goodbye)
            return False
        # It was asked for something that ends the call: one sentence about it, then good-bye.
        self.ending.because("agent")
        self.ending.expect()
        self._last_response = True
        return True

    async def failed(self, what: str) -> None:
        """A service cannot go on."""
        _log.warning("speech service failed", service=what, attempt_id=str(self._call.attempt_id))
        if what == "tts":
            self.ending.at_once("error")
        else:
            await self.ending.politely("error", self._goodbye)

    async def limit_reached(self) -> None:
        await self.ending.politely("limit", self._goodbye)

    async def shut_down(self) -> None:
        await self.ending.politely("shutdown", self._goodbye)

    @property
    def _goodbye(self) -> str:
        return self.languages.now.goodbye

    def ended_by(self) -> EndedBy:
        return self.ending.reason or "error"

    def close(self) -> None:
        """Nothing more will happen; says who answered where no words told."""
        self._patience.in_time()
        if self._last_word is not None:
            self._last_word.cancel()
        self._answerer.close()
        self.ending.close()
        if not self._answerer.is_known and not self._spoke:
            self._answerer.silent("no speech in the whole call")
