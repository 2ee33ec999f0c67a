"""What was said, turn by turn, handed to the journal while the call runs."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from agents.journal import Journal
from agents.voice.playback import Played
from outreach.speech import Speaker, Turn

_log = structlog.get_logger(__name__)
_MOST_WAITING = 200
_ONE_TURN_MS = 1_500
"""Sentences of the agent further apart are turns of their own."""


class Transcript:
    """Makes turns of sentences and gives each to the journal, in order, off the audio's path.

    The agent's sentences without a word of the person between them are one turn, stored again
    with each sentence: a crash loses at most the sentence that is being spoken.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: asyncio.Queue[Callable[[], Awaitable[None]] | None] = asyncio.Queue(
            maxsize=_MOST_WAITING
        )
        self._turns: list[Turn] = []

    @property
    def turns(self) -> tuple[Turn, ...]:
        return tuple(self._turns)

    def agent_said(self, played: Played, *, interrupted: bool = False) -> None:
        if not played.text:
            return
        last = self._turns[-1] if self._turns else None
        if (
            last is not None
            and last.speaker is Speaker.AGENT
            and not last.interrupted
            and played.begins_ms - last.end_ms < _ONE_TURN_MS
        ):
            self._turns[-1] = Turn(
                number=last.number,
                speaker=Speaker.AGENT,
                text=f"{last.text} {played.text}",
                start_ms=last.start_ms,
                end_ms=round(played.ends_ms),
                interrupted=interrupted,
            )
            self._store(self._turns[-1])
        else:
            self._add(Speaker.AGENT, played, interrupted=interrupted)

    def agent_was_cut(self) -> None:
        """The agent's last turn was broken off after its last whole sentence."""
        last = self._turns[-1] if self._turns else None
        if last is not None and last.speaker is Speaker.AGENT and not last.interrupted:
            self._turns[-1] = Turn(
                number=last.number,
                speaker=last.speaker,
                text=last.text,
                start_ms=last.start_ms,
                end_ms=last.end_ms,
                interrupted=True,
            )
            self._store(self._turns[-1])

    def person_said(self, text: str, begins_ms: float, ends_ms: float) -> None:
        said = Played(text=text, begins_ms=begins_ms, ends_ms=ends_ms, whole=True)
        self._add(Speaker.PERSON, said, interrupted=False)

    def note(self, write: Callable[[], Awaitable[None]]) -> None:
        """Anything else for the journal, after the turns so far."""
        try:
            self._waiting.put_nowait(write)
        except asyncio.QueueFull:
            _log.error("journal is too slow, an entry is lost")

    async def write(self) -> None:
        """Store what comes in until `finish`; runs beside the call."""
        while (write := await self._waiting.get()) is not None:
            try:
                await write()
            except Exception:
                # The conversation goes on whatever storage does; the recording has it all.
                _log.exception("journal entry was not stored")

    def finish(self) -> None:
        try:
            self._waiting.put_nowait(None)
        except asyncio.QueueFull:
            self._waiting.get_nowait()
            self._waiting.put_nowait(None)

    def _add(self, speaker: Speaker, said: Played, *, interrupted: bool) -> None:
        turn = Turn(
            number=len(self._turns),
            speaker=speaker,
            text=said.text,
            start_ms=round(said.begins_ms),
            end_ms=round(said.ends_ms),
            interrupted=interrupted,
        )
        self._turns.append(turn)
        self._store(turn)

    def _store(self, turn: Turn) -> None:
        async def store() -> None:
            await self._journal.turn(turn)

        self.note(store)
