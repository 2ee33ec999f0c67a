"""TwiML documents become verbs in their order."""

import pytest

from simulator.twiml import (
    BadTwiml,
    ConnectStream,
    Gather,
    Hangup,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    StartRecording,
    Unknown,
    parse,
)


def test_every_verb_of_the_subset_is_read_with_its_attributes() -> None:
    verbs = parse(
        """<?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Start><Recording channels="dual" recordingStatusCallback="https://example.com/r"/></Start>
          <Say voice="alice">Hello <break/>there</Say><Play>https://example.com/a.wav</Play>
          <Pause length="2"/><Gather timeout="3"><Say>Press one</Say></Gather>
          <Record maxLength="9" action="/done"/>
          <Connect action="/after"><Stream url="wss://example.com/ws">
            <Parameter name="token" value="a&amp;b"/></Stream></Connect>
          <Redirect method="GET">/next</Redirect><Reject reason="busy"/><Dial>1</Dial><Hangup/>
        </Response>"""
    )

    assert verbs == (
        StartRecording(
            channels=2, callback="https://example.com/r", events=frozenset({"completed"})
        ),
        Say(text="Hello there"),
        Play(url="https://example.com/a.wav"),
        Pause(seconds=2),
        Gather(seconds=3, prompts=(Say(text="Press one"),)),
        Record(seconds=9, action="/done", callback=""),
        ConnectStream(
            url="wss://example.com/ws",
            parameters=(("token", "a&b"),),
            status_callback="",
            action="/after",
        ),
        Redirect(url="/next", method="GET"),
        Reject(reason="busy"),
        Unknown(tag="Dial"),
        Hangup(),
    )


def test_an_empty_answer_is_an_empty_document() -> None:
    assert parse("  ") == ()


@pytest.mark.parametrize("text", ["<Response><Say>", "<Answer/>", "hello"])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(BadTwiml):
        parse(text)
