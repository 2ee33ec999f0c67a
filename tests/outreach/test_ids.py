"""Ids sort by the time they were made."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.ids import RANDOM_BYTES, new_id

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
NOISE = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)


@given(MOMENTS, NOISE, NOISE)
def test_a_later_id_is_greater_whatever_the_noise(at: datetime, one: bytes, two: bytes) -> None:
    earlier, later = new_id(at, one), new_id(at + timedelta(milliseconds=2), two)

    assert earlier < later
    assert (earlier.version, earlier.variant) == (7, "specified in RFC 4122")


@given(MOMENTS, st.lists(NOISE, unique_by=lambda noise: int.from_bytes(noise, "big") >> 6))
def test_different_noise_gives_different_ids(at: datetime, noises: list[bytes]) -> None:
    found = {new_id(at, noise) for noise in noises}

    # 74 of the 80 bits are used.
    assert len(found) <= len(noises)
    assert new_id(at, bytes(RANDOM_BYTES)).int >> 80 == int(at.timestamp() * 1000)


def test_too_little_noise_is_refused() -> None:
    with pytest.raises(ValueError, match="random bytes"):
        new_id(datetime(2026, 1, 1, tzinfo=UTC), b"short")
