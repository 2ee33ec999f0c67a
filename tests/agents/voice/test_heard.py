"""Which speech a turn was made of, whatever the order in which pauses and words come."""

from hypothesis import given
from hypothesis import strategies as st

from agents.voice.heard import Heard, Span


def _spoken(*spans: tuple[float, float]) -> Heard:
    heard = Heard()
    for begins_ms, ends_ms in spans:
        heard.started(begins_ms)
        heard.stopped(ends_ms)
    return heard


def test_a_turn_of_two_pieces_reaches_from_the_first_to_the_second() -> None:
    heard = _spoken((100, 600), (1000, 1900))
    heard.understood("Hello?")
    heard.understood("What is it?")

    assert heard.turn("Hello? What is it?") == Span(begins_ms=100, ends_ms=1900)
    assert not heard.outstanding


def test_pieces_understood_apart_are_turns_with_their_own_spans() -> None:
    heard = _spoken((100, 600), (1000, 1900))
    heard.understood("Hello?")
    first = heard.turn("Hello?")
    heard.understood("What is it?")

    assert first == Span(begins_ms=100, ends_ms=600)
    assert heard.turn("What is it?") == Span(begins_ms=1000, ends_ms=1900)


def test_speech_that_begins_before_the_last_turn_is_told_is_no_part_of_it() -> None:
    heard = _spoken((100, 600))
    heard.understood("Hello?")
    heard.started(1000)

    assert heard.turn("Hello?") == Span(begins_ms=100, ends_ms=600)
    heard.stopped(1900)
    heard.understood("What is it?")
    assert heard.turn("What is it?") == Span(begins_ms=1000, ends_ms=1900)


def test_noise_is_no_part_of_a_turn() -> None:
    heard = _spoken((100, 600), (1000, 1900), (2500, 2700))
    for text in ("", "What is it?", " "):
        heard.understood(text)

    assert heard.turn("What is it?") == Span(begins_ms=1000, ends_ms=1900)
    assert not heard.outstanding


def test_the_words_of_the_next_turn_may_be_there_before_the_last_is_told() -> None:
    heard = _spoken((100, 600), (1000, 1900))
    heard.understood("Yes.")
    heard.understood("Yes.")

    assert heard.turn("Yes.") == Span(begins_ms=100, ends_ms=600)
    assert heard.turn("Yes.") == Span(begins_ms=1000, ends_ms=1900)


def test_words_that_were_lost_on_their_way_do_not_shift_the_others() -> None:
    heard = _spoken((100, 600), (1000, 1900))
    heard.understood("Hello?")
    heard.understood("What is it?")

    assert heard.turn("What is it?") == Span(begins_ms=1000, ends_ms=1900)


def test_words_of_no_known_speech_lie_where_the_person_last_spoke() -> None:
    heard = _spoken((100, 600))
    heard.understood("Hello?")
    heard.turn("Hello?")
    heard.understood("Are you there?")

    assert heard.turn("Are you there?") == Span(begins_ms=100, ends_ms=600)


def test_words_are_outstanding_until_they_are_in_a_turn() -> None:
    heard = Heard()
    seen = [heard.outstanding]
    heard.started(100)
    seen.append(heard.outstanding)
    heard.stopped(600)
    seen.append(heard.outstanding)
    heard.understood("Hello?")
    seen.append(heard.outstanding)
    heard.turn("Hello?")

    assert [*seen, heard.outstanding] == [False, True, True, True, False]


@given(st.lists(st.sampled_from(["", "Yes.", "No.", "Yes. No."]), max_size=8), st.data())
def test_every_turn_lies_in_the_speech_of_its_own_words(
    texts: list[str], data: st.DataObject
) -> None:
    """Transcripts come late and in any lumps; turns take whatever has come."""
    heard = _spoken(*((1000.0 * n + 100, 1000.0 * n + 900) for n in range(len(texts))))
    waiting: list[tuple[int, str]] = []
    for number, text in enumerate(texts):
        heard.understood(text)
        if text:
            waiting.append((number, text))
        if waiting and (number == len(texts) - 1 or data.draw(st.booleans())):
            span = heard.turn(" ".join(words for _, words in waiting))
            assert span == Span(
                begins_ms=1000.0 * waiting[0][0] + 100, ends_ms=1000.0 * waiting[-1][0] + 900
            )
            waiting = []
    assert heard.outstanding == bool(waiting)
