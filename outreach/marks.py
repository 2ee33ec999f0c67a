"""Who was erased and must still be left alone, known by a mark that only the holder of a key makes.

A mark says nothing of the number that it stands for: without the key nobody can try all numbers.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

SHORTEST_KEY: Final = 32
"""Bytes; what is shorter could be guessed."""
KEY_NAME: Final = 12
"""Characters of a mark by which one sees under which key it was made."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Makes the marks of numbers (E.164) and addresses (lower case)."""

    key: bytes | None = field(default=None, repr=False)
    """None: this process has none, and cannot tell who was erased."""

    def of(self, point: str) -> str:
        """The mark of a number or address; the same for ever under the same key."""
        return f"{self.key_name}:{self._digest(f'point {point}')}"

    @property
    def key_name(self) -> str:
        """By what the marks of this key begin; says nothing of the key."""
        return self._digest("name of the key")[:KEY_NAME]

    def _digest(self, message: str) -> str:
        if self.key is None:
            raise ValueError("there is no key to make marks with")
        return hmac.new(self.key, message.encode(), hashlib.sha256).hexdigest()
