"""What the person really hears of what the agent says: sentences, and how far each was played."""

from collections import deque
from dataclasses import dataclass

_MS_A_CHARACTER = 65.0
"""How long speech takes, for a sentence that is cut while its audio is still being made."""
_FINEST_MS = 20.0
"""Changing the rate of the audio may lose this much of a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One sentence as it was heard, in the call's milliseconds."""

    text: str
    begins_ms: float
    ends_ms: float
    whole: bool


@dataclass(slots=True)
class _Sentence:
    text: str
    made_ms: float = 0.0
    told: int = 0
    """Letters of it that the speech service said were made."""
    complete: bool = False
    played_ms: float = 0.0
    begins_ms: float = 0.0
    ends_ms: float = 0.0


class Playback:
    """Follows audio from the speech service to the person's ear.

    Audio is sent in packets, in order; `sent` says where each lies on the call's clock.
    """

    def __init__(self) -> None:
        self._sentences: deque[_Sentence] = deque()
        self._plays_until_ms = 0.0
        self.echo_ms = 0.0
        """How much later than sent a packet is played, as the last mark told."""
        self._in_one_piece = False

    @property
    def plays_until_ms(self) -> float:
        return self._plays_until_ms

    def announced(self, text: str) -> None:
        """The speech service begins to make this sentence."""
        self._sentences.append(_Sentence(text))

    def made(self, duration_ms: float) -> None:
        """Audio came: of the oldest sentence that is not complete."""
        sentence = self._incomplete() or (self._sentences[-1] if self._sentences else None)
        if sentence is not None:
            sentence.made_ms += duration_ms

    def spoke(self, text: str) -> None:
        """The speech service says that it has made these words: a sentence, or one word of it.

        Before its audio it only says that the audio of several comes in one piece.
        """
        sentence = self._incomplete()
        if sentence is None:
            return
        if sentence.made_ms <= 0:
            self._in_one_piece = True
            return
        sentence.told += len("".join(text.split()))
        sentence.complete = sentence.told >= len("".join(sentence.text.split()))

    def completed(self) -> None:
        """All audio of what was announced was made, as far as there is any."""
        open_now = [one for one in self._sentences if not one.complete]
        if self._in_one_piece and open_now:
            _share(open_now)
        self._in_one_piece = False
        for sentence in open_now:
            sentence.complete = sentence.made_ms > 0

    def take_unmade(self) -> list[str]:
        """Sentences without any audio, in order; they are forgotten."""
        unmade = [one for one in self._sentences if one.made_ms <= 0]
        self._sentences = deque(one for one in self._sentences if one.made_ms > 0)
        return [one.text for one in unmade]

    def _incomplete(self) -> "_Sentence | None":
        return next((one for one in self._sentences if not one.complete), None)

    def sent(self, duration_ms: float, now_ms: float) -> tuple[float, list[Played]]:
        """A packet leaves: where it begins, and the sentences that end with it."""
        begins_ms = max(now_ms, self._plays_until_ms)
        self._plays_until_ms = begins_ms + duration_ms
        self._spread(duration_ms, begins_ms)
        return begins_ms, self.finished()

    def finished(self) -> list[Played]:
        """Sentences whose whole audio was sent."""
        done: list[Played] = []
        while self._sentences:
            first = self._sentences[0]
            if not first.complete or first.played_ms < first.made_ms - _FINEST_MS:
                break
            self._sentences.popleft()
            if first.played_ms > 0:
                done.append(_played(first, first.text, whole=True))
        return done

    def cut(self, now_ms: float) -> list[Played]:
        """Everything not yet played is thrown away; what was heard of the running sentence."""
        unheard_ms = max(0.0, self._plays_until_ms - now_ms + self.echo_ms)
        self._plays_until_ms = min(self._plays_until_ms, now_ms)
        heard: list[Played] = []
        for sentence in self._sentences:
            if sentence.played_ms <= 0:
                break
            sentence.ends_ms = min(sentence.ends_ms, now_ms)
            text = _beginning(sentence, max(0.0, sentence.played_ms - unheard_ms))
            if text:
                heard.append(_played(sentence, text, whole=text == sentence.text))
        self._sentences.clear()
        return heard

    def _spread(self, duration_ms: float, begins_ms: float) -> None:
        for sentence in self._sentences:
            room_ms = sentence.made_ms - sentence.played_ms
            if room_ms <= 0 and sentence.complete:
                continue
            part_ms = min(duration_ms, room_ms) if sentence.complete else duration_ms
            if sentence.played_ms == 0:
                sentence.begins_ms = begins_ms
            sentence.played_ms += part_ms
            sentence.ends_ms = begins_ms + part_ms
            begins_ms += part_ms
            duration_ms -= part_ms
            if duration_ms <= 0:
                return


def _share(sentences: list[_Sentence]) -> None:
    """Their audio came as one; each gets as much of it as it has letters."""
    made_ms = sum(one.made_ms for one in sentences)
    played_ms = sum(one.played_ms for one in sentences)
    letters = sum(len(one.text) for one in sentences)
    begins_ms = sentences[0].begins_ms
    for one in sentences:
        one.made_ms = made_ms * len(one.text) / letters if letters else made_ms
        one.played_ms = min(played_ms, one.made_ms)
        one.begins_ms, one.ends_ms = begins_ms, begins_ms + one.played_ms
        begins_ms, played_ms = one.ends_ms, played_ms - one.played_ms


def _played(sentence: _Sentence, text: str, *, whole: bool) -> Played:
    return Played(text=text, begins_ms=sentence.begins_ms, ends_ms=sentence.ends_ms, whole=whole)


def _beginning(sentence: _Sentence, heard_ms: float) -> str:
    """The words of which at least half was heard."""
    whole_ms = sentence.made_ms
    if not sentence.complete:
        whole_ms = max(whole_ms, len(sentence.text) * _MS_A_CHARACTER)
    reach = len(sentence.text) * min(1.0, heard_ms / whole_ms) if whole_ms else 0.0
    words: list[str] = []
    at = 0
    for word in sentence.text.split(" "):
        if at + len(word) / 2 > reach:
            break
        words.append(word)
        at += len(word) + 1
    return " ".join(words)
