"""The fragment of a callback address sets time-outs and retries, inside the carrier's limits."""

import pytest

from simulator.override import Override


@pytest.mark.parametrize(
    ("fragment", "retries", "retried"),
    [
        ("", 1, {"ct"}),
        ("#rc=5&rp=all", 5, {"ct", "rt", "4xx", "5xx"}),
        ("#rc=99&rp=5xx,rt", 5, {"rt", "5xx"}),
        ("#rc=0", 0, {"ct"}),
        ("#rc=many", 1, {"ct"}),
    ],
)
def test_retries_are_as_many_and_for_the_failures_it_names(
    fragment: str, retries: int, retried: set[str]
) -> None:
    override = Override.of("https://example.com/status" + fragment)

    assert override.retries == retries
    assert {f for f in ("ct", "rt", "4xx", "5xx") if override.retries_failure(f)} == retried


def test_no_time_out_grows_beyond_fifteen_seconds() -> None:
    override = Override.of("https://example.com/#ct=99999&rt=99999&tt=99999")

    assert (override.connect_ms, override.read_ms, override.total_ms) == (10_000, 15_000, 15_000)
