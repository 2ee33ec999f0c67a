"""Twilio's media stream on the wire."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.voice import media_messages as wire


def test_reads_every_message_twilio_sends() -> None:
    payload = base64.b64encode(b"\xff" * 160).decode()
    media = {"event": "media", "media": {"payload": payload, "timestamp": "40"}}

    assert wire.parse(json.dumps(media)) == wire.Media(ulaw=b"\xff" * 160, at_ms=40)
    assert wire.parse('{"event":"mark","mark":{"name":"s1"}}') == wire.Mark(name="s1")
    assert wire.parse('{"event":"dtmf","dtmf":{"digit":"1"}}') == wire.Digit(digit="1")
    assert wire.parse('{"event":"stop","stop":{}}') == wire.Stop()
    assert wire.parse('{"event":"something new"}') == wire.Other()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        '{"event":7}',
        '{"event":"media"}',
        '{"event":"media","media":{"payload":"%"}}',
    ],
)
def test_what_is_no_message_is_said_to_be_none(text: str) -> None:
    assert isinstance(wire.parse(text), wire.Malformed)


@given(st.text())
def test_never_raises(text: str) -> None:
    wire.parse(text)


def test_writes_what_twilio_reads() -> None:
    assert json.loads(wire.media("MZ1", b"\x00\xff")) == {
        "event": "media",
        "streamSid": "MZ1",
        "media": {"payload": "AP8="},
    }
    assert json.loads(wire.mark("MZ1", "s1"))["mark"] == {"name": "s1"}
    assert json.loads(wire.clear("MZ1")) == {"event": "clear", "streamSid": "MZ1"}
