"""What does the course of a call ask of the machinery?"""

from typing import Protocol

from agents.voice.call import Spoken


class Pipeline(Protocol):
    """Whoever speaks, thinks and presses keys for it."""

    async def say(self, text: str) -> None: ...

    async def say_last(self, text: str | None) -> None: ...

    async def hush(self) -> None:
        """Stop what is being said."""
        ...

    async def speak_as(self, spoken: Spoken, *, think: bool) -> None:
        """Voice and model go on in this language; `think`: the model answers at once."""
        ...

    async def press(self, keys: str) -> None: ...

    def remember_cut(self, text: str) -> None: ...

    def mark_played(self, name: str) -> None: ...

    @property
    def speaking(self) -> bool:
        """Whether the person hears the agent now."""
        ...
