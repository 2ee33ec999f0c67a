"""Ids that sort by the time they were made (UUID version 7, RFC 9562 §5.7)."""

from datetime import datetime
from uuid import UUID

RANDOM_BYTES = 10


def new_id(now: datetime, random: bytes) -> UUID:
    """Build the id of something made at `now` (aware) from ten random bytes."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"an id needs {RANDOM_BYTES} random bytes, not {len(random)}")
    milliseconds = int(now.timestamp() * 1000)
    noise = int.from_bytes(random, "big")
    return UUID(
        int=(milliseconds << 80)
        | (0x7 << 76)
        | ((noise >> 68) & 0xFFF) << 64
        | (0b10 << 62)
        | (noise & ((1 << 62) - 1))
    )
