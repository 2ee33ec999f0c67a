"""What a platform says is read by paths; nonsense in it is as good as nothing."""

import pytest

from outreach.call_mapping import CallMapping, read_delivery


@pytest.mark.parametrize("number", ["1e3000000", "1e999999999999999999", "-1e400"])
def test_a_number_that_takes_gigabytes_is_none(number: str) -> None:
    rules = {
        "call_id": "id",
        "duration_s": {"path": "d", "scale": "1000"},
        "transcript": {"path": "t", "speaker": "who", "text": "said", "start_ms": "at"},
    }
    body = {"id": "1", "d": number, "t": [{"who": "agent", "said": "Hi.", "at": number}]}

    call = read_delivery(body, CallMapping.model_validate(rules))

    assert call is not None
    assert (call.duration_s, call.turns[0].start_ms) == (None, 0)
