"""What follows an attempt is what the campaign's rules say, and never once more."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.daypart import Daypart
from outreach.fields import FieldValue
from outreach.follow_up import (
    AwaitReply,
    CallBackAt,
    CancelAll,
    CreateTask,
    Decision,
    EndedAttempt,
    LeaveMessage,
    Notify,
    Retry,
    SetStatus,
    Stop,
    Suppress,
    SwitchChannel,
    decide,
    decide_no_reply,
    deciding,
    may_leave_message,
    no_reply_after,
)
from outreach.follow_up_rules import Priority, SuppressScope
from outreach.lead import Status
from outreach.outcome import CONVERSATIONS, Outcome
from tests.outreach.campaigns import PRODUCT_RULES, VOICE, WHATSAPP, campaign

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
PRODUCT = campaign(rules=PRODUCT_RULES)
VOICE_ONLY = campaign(steps=[VOICE])
LONDON = "Europe/London"


def ended(
    outcome: str,
    rule: str | None = None,
    channel: ChannelName = ChannelName.VOICE,
    at: datetime = NINE,
) -> EndedAttempt:
    return EndedAttempt(channel=channel, outcome=Outcome(outcome), ended_at=at, rule_id=rule)


def after(*attempts: EndedAttempt, of: Campaign = PRODUCT, **facts: FieldValue) -> Decision:
    return decide(attempts, of, facts, zone=LONDON)


@pytest.mark.row("S4-13")
def test_no_answer_is_tried_again_at_another_part_of_the_day() -> None:
    decision = after(ended("no_answer"))

    assert isinstance(decision, Retry)
    assert decision.not_before == NINE + timedelta(hours=2)
    assert (decision.channel, decision.rule_id) == (ChannelName.VOICE, "noans")
    assert decision.daypart_to_avoid is Daypart.MORNING


@pytest.mark.row("S4-13")
def test_waits_grow_as_the_rule_says_and_end_with_its_maximum() -> None:
    tries = [ended("no_answer"), ended("busy", "noans"), ended("no_answer", "noans")]

    waits = []
    for count in range(1, 4):
        decision = after(*tries[:count])
        assert isinstance(decision, Retry)
        waits.append(decision.not_before - NINE)
    last = after(*tries, ended("busy", "noans"))

    assert waits == [timedelta(hours=2), timedelta(days=1), timedelta(days=2)]
    assert isinstance(last, Stop)
    assert last.status is Status.UNREACHABLE
    assert SetStatus(status=Status.UNREACHABLE) in last.effects


@pytest.mark.row("S4-13")
def test_a_voicemail_is_left_once_and_then_the_channel_changes() -> None:
    first = after(ended("voicemail"))
    second = after(ended("voicemail"), ended("voicemail_left", "vm"))
    third = after(ended("voicemail"), ended("voicemail_left", "vm"), ended("voicemail", "vm"))

    assert isinstance(first, Retry)
    assert first.effects == (LeaveMessage(),)
    assert isinstance(second, Retry)
    assert second.effects == ()
    assert isinstance(third, SwitchChannel)
    assert (third.channel, third.rule_id) == (ChannelName.WHATSAPP, "vm")


def test_a_message_is_left_when_the_rule_allows_it_and_none_was() -> None:
    assert may_leave_message([], PRODUCT)
    assert may_leave_message([ended("voicemail")], PRODUCT)
    assert not may_leave_message([ended("voicemail_left")], PRODUCT)
    assert not may_leave_message([], campaign(rules=PRODUCT_RULES[:1]))


@pytest.mark.row("S4-13")
def test_an_early_hangup_is_tried_once_more() -> None:
    assert isinstance(after(ended("hangup_early")), Retry)
    onward = after(ended("hangup_early"), ended("hangup_early", "hang"))
    assert isinstance(onward, SwitchChannel)
    assert onward.channel is ChannelName.WHATSAPP


def test_a_named_time_is_kept() -> None:
    decision = after(ended("callback_requested"), callback_at="2026-03-03T15:00:00+01:00")

    assert isinstance(decision, CallBackAt)
    assert decision.at == datetime(2026, 3, 3, 14, tzinfo=UTC)
    assert decision.tolerance == timedelta(minutes=15)
    assert decision.priority is Priority.HIGH


def test_who_writes_that_they_want_to_be_called_is_called() -> None:
    wrote = ended("callback_requested", channel=ChannelName.WHATSAPP)

    by_phone, by_message = after(wrote), after(wrote, of=campaign(steps=[WHATSAPP]))

    assert isinstance(by_phone, CallBackAt)
    assert by_phone.channel is ChannelName.VOICE
    assert isinstance(by_message, CallBackAt)
    assert by_message.channel is ChannelName.WHATSAPP


@pytest.mark.parametrize(
    "named", ["", "tomorrow", "2026-03-03T15:00:00", "2026-03-02T08:59:00Z", "2031-01-01T00:00:00Z"]
)
def test_a_time_that_nobody_can_mean_becomes_the_next_day(named: str) -> None:
    decision = after(ended("callback_requested"), callback_at=named)

    assert isinstance(decision, CallBackAt)
    assert decision.at == NINE + timedelta(days=1)


def test_interest_with_a_score_calls_a_person_in() -> None:
    hot = decide([ended("interested")], PRODUCT, {"interested": True}, score=60)

    assert isinstance(hot, Stop)
    assert hot.status is Status.ENGAGED
    assert hot.effects == (
        SetStatus(status=Status.ENGAGED),
        Notify(who="owner"),
        CreateTask(text="call within 1 h"),
    )


@pytest.mark.parametrize(
    ("facts", "score"),
    [({"interested": True}, None), ({"interested": True}, 59), ({}, 90), ({"interested": 1}, 90)],
)
def test_a_condition_that_is_unknown_does_not_hold(
    facts: dict[str, FieldValue], score: int | None
) -> None:
    decision = decide([ended("interested")], PRODUCT, facts, score=score)

    assert isinstance(decision, Stop)
    assert decision.effects == ()


@pytest.mark.row("S2-11")
def test_an_opt_out_cancels_everything_for_the_person() -> None:
    decision = after(ended("opted_out"))

    assert isinstance(decision, Stop)
    assert decision.status is Status.UNSUBSCRIBED
    assert Suppress(scope=SuppressScope.ALL_CHANNELS) in decision.effects
    assert CancelAll() in decision.effects


ATTEMPTS = st.lists(
    st.builds(
        EndedAttempt,
        channel=st.sampled_from(ChannelName),
        outcome=st.sampled_from(Outcome),
        ended_at=st.just(NINE),
        rule_id=st.sampled_from([None, *(rule["id"] for rule in PRODUCT_RULES)]),
    ),
    min_size=1,
    max_size=8,
)
CAMPAIGNS = st.sampled_from([PRODUCT, VOICE_ONLY, campaign(), campaign(steps=[WHATSAPP], rules=[])])


@pytest.mark.row("S2-11")
@given(ATTEMPTS, CAMPAIGNS, st.integers(0, 8))
def test_after_an_opt_out_nothing_is_ever_planned(
    attempts: list[EndedAttempt], of: Campaign, position: int
) -> None:
    attempts.insert(min(position, len(attempts)), ended("opted_out"))

    for decision in (decide(attempts, of, {}), decide_no_reply(attempts, of, NINE, NINE)):
        assert isinstance(decision, Stop)
        assert decision.status is Status.UNSUBSCRIBED


@given(ATTEMPTS, CAMPAIGNS)
def test_nothing_is_planned_before_now_or_on_a_channel_without_a_step(
    attempts: list[EndedAttempt], of: Campaign
) -> None:
    decision = decide(attempts, of, {}, zone=LONDON)

    match decision:
        case Retry(not_before=at, channel=channel):
            assert at >= NINE
            assert channel is attempts[-1].channel
        case SwitchChannel(not_before=at, channel=channel):
            assert at >= NINE
            assert channel in of.channels
        case CallBackAt(at=at) | AwaitReply(until=at):
            assert at > NINE
        case Stop():
            pass


@given(CAMPAIGNS, st.data())
def test_a_lead_that_is_followed_up_comes_to_an_end(of: Campaign, data: st.DataObject) -> None:
    unreached = [
        "no_answer",
        "busy",
        "failed",
        "voicemail",
        "voicemail_left",
        "screened",
        "machine",
    ]
    outcomes = st.sampled_from([*unreached, "hangup_early", "cut_off"])
    history = [ended(data.draw(outcomes), channel=of.steps[0].channel)]
    for _ in range(40):
        decision = decide(history, of, {}, zone=LONDON)
        if isinstance(decision, Stop):
            return
        assert isinstance(decision, Retry | SwitchChannel)
        outcome = "undelivered" if decision.channel is ChannelName.WHATSAPP else data.draw(outcomes)
        history.append(ended(outcome, decision.rule_id, decision.channel))
    pytest.fail("it goes on for ever")


def test_what_the_provider_never_placed_costs_no_try() -> None:
    history = [ended("no_answer"), ended("not_placed", "noans"), ended("not_placed", "noans")]

    again = after(*history)
    later = after(*history, ended("busy", "noans"))

    assert isinstance(again, Retry)
    assert again.rule_id == "noans"
    assert again.not_before == NINE + timedelta(minutes=2)
    assert isinstance(later, Retry)
    assert later.not_before == NINE + timedelta(days=1)


def test_a_number_that_does_not_exist_leads_to_the_next_step_or_the_end() -> None:
    onward = after(ended("invalid_number"))
    over = after(ended("invalid_number"), of=VOICE_ONLY)

    assert isinstance(onward, SwitchChannel)
    assert onward.channel is ChannelName.WHATSAPP
    assert isinstance(over, Stop)
    assert over.status is Status.WRONG_NUMBER


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("not_interested", Status.NOT_INTERESTED),
        ("meeting_booked", Status.QUALIFIED),
        ("wrong_person", Status.WRONG_NUMBER),
        ("talked", Status.CONTACTED),
        ("replied", Status.CONTACTED),
    ],
)
def test_a_conversation_without_a_rule_ends_the_work(outcome: str, status: Status) -> None:
    decision = after(ended(outcome), of=VOICE_ONLY)

    assert isinstance(decision, Stop)
    assert decision.status is status


def test_a_delivered_message_waits_for_its_answer_and_then_the_phone_rings() -> None:
    sent = ended("delivered", channel=ChannelName.WHATSAPP)

    waiting = after(sent)
    early = decide_no_reply([sent], PRODUCT, NINE, NINE + timedelta(days=1))
    silent = decide_no_reply([sent], PRODUCT, NINE, NINE + timedelta(days=2))

    assert waiting == AwaitReply(until=NINE + timedelta(days=2), reason="Waits for an answer.")
    assert isinstance(early, AwaitReply)
    assert isinstance(silent, SwitchChannel)
    assert (silent.channel, silent.rule_id) == (ChannelName.VOICE, "norep")


def test_silence_without_a_rule_leads_to_the_next_step_once_and_then_ends() -> None:
    plain = campaign(steps=[WHATSAPP, VOICE])
    sent = ended("read", channel=ChannelName.WHATSAPP)
    later = NINE + no_reply_after(plain, ChannelName.WHATSAPP)

    first = decide_no_reply([sent], plain, NINE, later)
    second = decide_no_reply([ended("no_answer"), sent], plain, NINE, later)

    assert isinstance(first, SwitchChannel)
    assert first.channel is ChannelName.VOICE
    assert isinstance(second, Stop)
    assert second.status is Status.UNREACHABLE


def test_the_first_rule_that_matches_wins() -> None:
    rules = [
        {"id": "first", "when": {"outcome": "busy"}, "then": {"retry": {"after": "PT1H"}}},
        {"id": "second", "when": {"outcome": "busy"}, "then": {"retry": {"after": "P9D"}}},
    ]

    decision = after(ended("busy"), of=campaign(rules=rules))

    assert isinstance(decision, Retry)
    assert decision.rule_id == "first"


@given(st.lists(st.sampled_from(list(Outcome)), min_size=1, max_size=6), st.data())
def test_the_newest_word_of_the_person_decides_whenever_it_is_learnt(
    outcomes: list[Outcome], data: st.DataObject
) -> None:
    changed = data.draw(st.integers(0, len(outcomes) - 1))

    decider = deciding(outcomes, changed)

    assert decider in (changed, len(outcomes) - 1)
    if outcomes[changed] in (Outcome.OPTED_OUT, Outcome.MEETING_BOOKED):
        assert decider == changed
    elif decider != changed:
        later = set(outcomes[changed + 1 :])
        assert outcomes[changed] not in CONVERSATIONS or later & CONVERSATIONS


@given(st.sampled_from(PRODUCT_RULES))
def test_nothing_is_planned_after_a_booking_whatever_the_rules_say(rule: dict[str, object]) -> None:
    any_outcome = campaign(rules=[{**rule, "when": {"outcome": ["meeting_booked"]}}])

    decision = after(ended("meeting_booked"), of=any_outcome)

    assert isinstance(decision, Stop)
    assert decision.status is not None


@pytest.mark.parametrize(
    ("outcome", "follows"), [("busy", SwitchChannel), ("not_interested", Stop)]
)
def test_a_channel_that_is_closed_is_followed_by_the_next_step_where_nobody_was_reached(
    outcome: str, follows: type
) -> None:
    rule = {"id": "here", "when": {"outcome": outcome}, "then": {"suppress": "this_channel"}}

    decision = after(ended(outcome), of=campaign(rules=[rule], steps=[VOICE, WHATSAPP]))

    assert isinstance(decision, follows)
    assert decision.effects == (Suppress(scope=SuppressScope.THIS_CHANNEL),)
