"""What every error says about trying again, as a table."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from aiohttp import ClientSession
from twilio.base.exceptions import TwilioRestException, TwilioServiceException

from channels.base import Absent, MaybeStarted, NoAnswer, Refused, Unavailable
from channels.twilio_codes import MEANINGS, Kind
from channels.twilio_errors import SIP, AfterFailure, Then, after_call, after_callback, failure
from channels.twilio_find import made_since, nothing_found
from channels.twilio_http import Messenger, TooLate, TwilioAccount, open_pool
from outreach.channel import ChannelName
from outreach.outcome import Outcome

ACCOUNT = TwilioAccount(account_sid="AC" + "1" * 32, auth_token="a-token")


@pytest.fixture
async def carried() -> Messenger:
    """A messenger whose bytes have left."""
    async with open_pool(ACCOUNT).session as session:
        return _messenger(session, left=True)


def _messenger(session: ClientSession, *, left: bool) -> Messenger:
    messenger = Messenger(session, ACCOUNT, None)
    messenger.left = left
    return messenger


REFUSED = [
    (21211, "lead", "invalid_number", False),
    (21217, "lead", "invalid_number", False),
    (21214, "lead", "cannot_be_routed", False),
    (21215, "lead", "country_not_enabled", False),
    (21216, "lead", "refused_by_provider", False),
    (21610, "lead", "opted_out", True),
    (63014, "lead", "blocked_by_person", True),
    (63016, "lead", "window_closed", False),
    (63024, "lead", "not_on_whatsapp", False),
    (20003, "sender", "credentials_refused", False),
    (21212, "sender", "sender_invalid", False),
    (21608, "sender", "trial_account", False),
    (63007, "sender", "whatsapp_sender_broken", False),
    (21656, "campaign", "template_malformed", False),
    (63041, "campaign", "template_not_approved", False),
    (99999, "campaign", "order_refused", False),
]


@pytest.mark.parametrize(("code", "scope", "reason", "suppress"), REFUSED)
async def test_a_code_decides_whom_a_refusal_concerns(
    carried: Messenger, code: int, scope: str, reason: str, suppress: bool
) -> None:
    error = failure(TwilioRestException(400, "/Calls", "no", code), carried)

    assert isinstance(error, Refused)
    assert (error.scope, error.reason, error.suppress) == (scope, reason, suppress)
    assert error.error_code == str(code)


@pytest.mark.parametrize("code", [10004, 20429, 21611, 63018])
async def test_what_was_not_processed_may_be_asked_for_later(carried: Messenger, code: int) -> None:
    carried.retry_after = timedelta(seconds=9)

    error = failure(TwilioRestException(400, "/Calls", "no", code), carried)

    assert isinstance(error, Unavailable)
    assert error.retry_after == timedelta(seconds=9)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
@pytest.mark.parametrize("code", [20500, 20503, 21211, 0])
async def test_a_failing_server_is_no_witness(carried: Messenger, status: int, code: int) -> None:
    error = failure(TwilioRestException(status, "/Calls", "no", code), carried)

    assert isinstance(error, MaybeStarted)


async def test_what_a_proxy_answers_without_a_code_is_read_by_its_status(
    carried: Messenger,
) -> None:
    forbidden = failure(TwilioRestException(403, "/Calls", "no", 403), carried)
    slow_down = failure(TwilioRestException(429, "/Calls", "no", 429), carried)
    elsewhere = failure(TwilioRestException(302, "/Calls", "no", 302), carried)

    assert isinstance(forbidden, Refused)
    assert forbidden.scope == "sender"
    assert isinstance(slow_down, Unavailable)
    assert isinstance(elsewhere, Refused)


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError(), ValueError("no JSON")])
async def test_trouble_is_a_maybe_exactly_when_bytes_have_left(error: Exception) -> None:
    async with open_pool(ACCOUNT).session as session:
        after = failure(error, _messenger(session, left=True))
        before = failure(error, _messenger(session, left=False))

    assert isinstance(after, MaybeStarted)
    assert isinstance(before, Unavailable)


async def test_a_late_order_has_not_been_given(carried: Messenger) -> None:
    assert isinstance(failure(TooLate(), carried), Unavailable)


LATER = [
    ("63016", ChannelName.WHATSAPP, Outcome.UNDELIVERED, Then.USE_TEMPLATE),
    ("63024", ChannelName.WHATSAPP, Outcome.UNDELIVERED, Then.GIVE_UP),
    ("63033", ChannelName.WHATSAPP, Outcome.OPTED_OUT, Then.SUPPRESS),
    ("30007", ChannelName.WHATSAPP, Outcome.UNDELIVERED, Then.SUPPRESS),
    ("63018", ChannelName.WHATSAPP, Outcome.UNDELIVERED, Then.RETRY),
    ("63038", ChannelName.WHATSAPP, Outcome.UNDELIVERED, Then.RETRY_TOMORROW),
    ("63049", ChannelName.WHATSAPP, Outcome.UNDELIVERED, Then.GIVE_UP),
    ("63041", ChannelName.WHATSAPP, Outcome.UNDELIVERED, Then.STOP_CAMPAIGN),
    ("63013", ChannelName.WHATSAPP, Outcome.UNDELIVERED, Then.STOP_CAMPAIGN),
    ("63007", ChannelName.WHATSAPP, Outcome.UNDELIVERED, Then.STOP_SENDER),
    ("63999", ChannelName.WHATSAPP, Outcome.UNDELIVERED, Then.RETRY_ONCE),
    (None, ChannelName.WHATSAPP, Outcome.UNDELIVERED, Then.RETRY_ONCE),
    ("nonsense", ChannelName.WHATSAPP, Outcome.UNDELIVERED, Then.RETRY_ONCE),
    ("21217", ChannelName.VOICE, Outcome.INVALID_NUMBER, Then.GIVE_UP),
    ("10004", ChannelName.VOICE, Outcome.FAILED, Then.RETRY),
]


@pytest.mark.parametrize(("code", "channel", "outcome", "then"), LATER)
def test_a_failure_that_is_told_later_says_what_to_do(
    code: str | None, channel: ChannelName, outcome: Outcome, then: Then
) -> None:
    after = after_callback(code, channel)

    assert (after.outcome, after.then) == (outcome, then)


@pytest.mark.parametrize(
    ("status", "sip", "code", "expected"),
    [
        ("no-answer", 487, None, SIP[487]),
        ("busy", None, None, SIP[486]),
        ("failed", 404, None, SIP[404]),
        ("failed", 404, "10004", after_callback("10004", ChannelName.VOICE)),
        ("busy", 404, None, SIP[486]),
        ("completed", 200, None, None),
        ("a-new-word", None, None, None),
    ],
)
def test_the_end_of_an_unanswered_call_is_read_from_its_strongest_sign(
    status: str, sip: int | None, code: str | None, expected: AfterFailure | None
) -> None:
    assert after_call(status, sip, code) == expected


def test_a_failed_call_without_a_reason_is_tried_again() -> None:
    after = after_call("failed", 503, None)

    assert after is not None
    assert (after.outcome, after.then) == (Outcome.FAILED, Then.RETRY)


def test_only_a_wish_of_the_person_counts_as_an_opt_out() -> None:
    outcomes = {
        meaning.kind: after_callback(str(code), ChannelName.WHATSAPP).outcome
        for code, meaning in MEANINGS.items()
    }

    assert [kind for kind, outcome in outcomes.items() if outcome is Outcome.OPTED_OUT] == [
        Kind.OPTED_OUT
    ]


def test_what_asking_runs_into_is_absence_only_when_the_provider_says_so() -> None:
    service = TwilioServiceException("https://x", "gone", 404, 20404)

    assert nothing_found(TwilioRestException(404, "/Calls/CA1", "", 20404)) == Absent()
    assert nothing_found(service) == Absent()
    assert nothing_found(TwilioRestException(401, "/Calls", "", 20003)) == NoAnswer(
        reason="http_401"
    )
    assert nothing_found(TimeoutError()) == NoAnswer(reason="no_answer_in_time")
    assert nothing_found(ConnectionResetError()) == NoAnswer(reason="provider_unreachable")
    assert nothing_found(ValueError()) == NoAnswer(reason="no_usable_answer")


def test_a_call_of_the_same_second_is_not_overlooked() -> None:
    asked = datetime(2026, 11, 24, 15, 0, 10, 900_000, tzinfo=UTC)
    same_second = SimpleNamespace(sid="CA2", date_created=asked.replace(microsecond=0))
    without_time = SimpleNamespace(sid="CA3", date_created=None)
    earlier = SimpleNamespace(sid="CA1", date_created=asked - timedelta(seconds=2))

    found = made_since(asked, [without_time, same_second, earlier])

    assert [one.sid for one in found] == ["CA2", "CA3"]
