"""In which language a call is held: what the recognizer tells, turn by turn, and what follows."""

from collections.abc import Mapping

from agents.voice.call import PhoneCall, Spoken
from outreach.languages import code_of

_FEWEST_WORDS = 3
"""Of a sentence whose language counts: names and short words sound alike everywhere."""
_TIMES_UNKNOWN = 2
"""So many sentences in a row that the agent does not speak, and there is no common language."""


class Languages:
    """Follows the person's language; a recognizer may err, so a word or two change nothing."""

    def __init__(self, call: PhoneCall) -> None:
        self._spoken: Mapping[str, Spoken] = {
            one.language: one for one in (*call.others, call.first)
        }
        self._now = call.first
        self._used = {call.first.language}
        self._unknown = 0
        self.wanted: str | None = None
        """The person's language by their last sentence, where something must follow from it."""

    @property
    def now(self) -> Spoken:
        return self._now

    def heard(self, text: str, told: str | None) -> None:
        """A sentence was understood; `told` is the recognizer's word for its language."""
        code = code_of(told) if told else None
        if code is None or len(text.split()) < _FEWEST_WORDS:
            return
        self.wanted = None
        if code == self._now.language:
            self._unknown = 0
        elif code in self._spoken:
            self.wanted = code
        else:
            self._unknown += 1
            self.wanted = code if self._unknown >= _TIMES_UNKNOWN else None

    def change(self, language: str) -> Spoken | None:
        """Go on in this language; None when the agent does not speak it."""
        self.wanted = None
        self._unknown = 0
        spoken = self._spoken.get(code_of(language) or "")
        if spoken is not None:
            self._now = spoken
        return spoken

    def is_new(self, spoken: Spoken) -> bool:
        """Whether nothing was said in it so far; asking counts as use."""
        new = spoken.language not in self._used
        self._used.add(spoken.language)
        return new
