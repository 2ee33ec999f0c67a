"""When the first words are spoken: once, at the person's first pause or after 1.5 seconds."""

from enum import Enum, auto

_A_FALSE_START = 2
"""As many words as people who speak at the same time say before one of them stops."""


class _Stage(Enum):
    WAITING = auto()
    SPEAKING = auto()
    DONE = auto()


class Opening:
    """Until the opener was heard, it is the agent's answer to everything.

    Nothing gates it: no transcript, no verdict on who answered. Broken off within two words it was
    a false start and is spoken at the next pause; broken off later, the talk goes on from there.
    """

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._stage = _Stage.WAITING if self._text else _Stage.DONE
        self._again = False
        """Other sentences may still be playing before it."""

    @property
    def text(self) -> str:
        return self._text

    @property
    def begun(self) -> bool:
        return self._stage is not _Stage.WAITING

    @property
    def over(self) -> bool:
        """Whether the model may speak."""
        return self._stage is _Stage.DONE

    def begin(self) -> bool:
        """True for the one who has to speak it now."""
        if self._stage is not _Stage.WAITING:
            return False
        self._stage = _Stage.SPEAKING
        return True

    def said(self, sentence: str) -> bool:
        """A sentence was played to its end; True when it was the opener, disclosure included."""
        if self._stage is not _Stage.SPEAKING:
            return False
        if self._again and not self._text.endswith(sentence.strip()):
            return False
        self._stage = _Stage.DONE
        return True

    def cut(self, *, words: int) -> None:
        """The person spoke into it after so many words of it."""
        if self._stage is _Stage.SPEAKING:
            self._stage = _Stage.DONE if words > _A_FALSE_START else _Stage.WAITING

    def once_more(self, text: str) -> None:
        """It is spoken anew in another language, and answers everything until then."""
        self._text = text.strip()
        self._again = True
        self._stage = _Stage.SPEAKING if self._text else _Stage.DONE

    def drop(self) -> None:
        """A machine answered: it shall not be spoken any more."""
        self._stage = _Stage.DONE
