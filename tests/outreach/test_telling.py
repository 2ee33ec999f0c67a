"""Every event has a sentence that a person understands: no id, no None, no code."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.twilio_codes import MEANINGS
from orchestrator.engine.actions.lead_time import NOW, RESCHEDULED
from orchestrator.engine.actions.move_lead import MOVED
from orchestrator.engine.actions.remove_lead import REMOVED
from orchestrator.engine.actions.senders import BY_HAND
from orchestrator.engine.giving_way import REPLIED
from orchestrator.engine.watch_numbers import REASON
from outreach.attempt import CALLED_US
from outreach.events import Kind
from outreach.lead import Status, Work
from outreach.outcome import Outcome
from outreach.reason import Reason
from outreach.telling import codes
from outreach.telling.events import SENTENCES, tell
from outreach.telling.setting import Setting

SENDER = "01890a5d-ac96-774b-bcce-b302099a8057"
HERE = Setting(zones=["America/New_York"], names={SENDER: "+12025550100"})
DUE = "2031-03-04T15:00:00+00:00"
TEN = "2031-03-04 15:00 UTC (Tue 10:00 in New York)"

UUID_LIKE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
CODE = re.compile(r"\w_\w|\{|\}|\bNone\b|\bnull\b")
DATA_KEYS = re.findall(
    r"\w+",
    "reason moved_by due_at channel rule sender detail outcome status source from to step kind"
    " missing written_by tools fields unproven zones campaign consent contacts_30_days version"
    " name import row"
    " rows_read scope purpose media message_id task_id call_id error_code sip_code parts",
)


def test_every_kind_of_event_has_its_sentence():
    assert set(Kind) <= set(SENTENCES)


def test_every_reason_outcome_and_status_has_its_words():
    assert all(codes.why(reason) for reason in Reason)
    assert set(codes.OUTCOMES) == set(Outcome)
    assert set(codes.STATUSES) == set(Status)
    assert set(codes.WORK) == set(Work)


def test_every_reason_that_a_provider_or_a_colleague_gives_has_its_words():
    of_twilio = {meaning.reason for meaning in MEANINGS.values()}
    of_people = {BY_HAND, MOVED, NOW, RESCHEDULED, REMOVED, CALLED_US, REASON, REPLIED}

    unknown = [one for one in of_twilio | of_people if "The reason given" in codes.why(one)]

    assert unknown == []


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        (
            Kind.ATTEMPT_PLANNED,
            {"channel": "voice", "due_at": DUE, "reason": "retry", "rule": "busy-again"},
            f"A call is planned for {TEN}: another try. The rule “busy-again” asks for it.",
        ),
        (
            Kind.ATTEMPT_PLANNED,
            {"channel": "whatsapp", "due_at": DUE, "reason": "first_step", "moved_by": "daypart"},
            f"A WhatsApp message is planned for {TEN}: the first step of the campaign."
            " Not at the time first wanted: The last try was at the same time of day.",
        ),
        (
            Kind.ATTEMPT_REFUSED,
            {
                "reason": "cap_reached",
                "due_at": DUE,
                "campaign": "running",
                "consent": "given",
                "sender": "ready",
                "suppressed": False,
                "human_owns": False,
                "zones": ["America/New_York"],
                "contacts_30_days": 4,
            },
            "The last check said no. This person has been contacted as often as the rules allow."
            " It saw: the campaign is running; consent is given; our number is ready;"
            f" contacts in 30 days: 4; time zone: New York. The next try is {TEN}.",
        ),
        (
            Kind.ATTEMPT_CLAIMED,
            {"sender": SENDER},
            "Its turn has come, from +12025550100; the last check follows.",
        ),
        (
            Kind.ATTEMPT_UNSURE,
            {"reason": "lease_expired"},
            "Nobody knows whether the provider has it, so it is asked and never told twice."
            " The process that worked on it fell silent.",
        ),
        (
            Kind.ATTEMPT_STARTING,
            {"campaign": 3, "agent": 2, "agent_name": "ada", "prompt": "c0ffee"},
            "The last check said yes: the provider is asked."
            " It is made by campaign version 3, agent version 2.",
        ),
        (Kind.ATTEMPT_ENDED, {"outcome": "no_answer"}, "Nobody answered."),
        (
            Kind.ATTEMPT_RESULT,
            {"outcome": "meeting_booked"},
            "What came of it: a meeting is booked.",
        ),
        (
            Kind.STEP_SKIPPED,
            {"step": 1, "channel": "whatsapp", "reason": "template_not_approved"},
            "Step 2, a WhatsApp message, is left out. WhatsApp has not approved the template.",
        ),
        (
            Kind.LEAD_BLOCKED,
            {"reason": "missing_variable", "missing": ["seats"]},
            "It cannot be contacted for now. A value is missing that the text needs and that has"
            " no default. What is missing: seats.",
        ),
        (
            Kind.SUPPRESSED,
            {"reason": "opted_out", "scope": "all", "source": f"attempt:{SENDER}"},
            "They must not be contacted any more, in answer to an attempt."
            " They do not want to be contacted.",
        ),
    ],
)
def test_a_decision_is_told_with_its_rule_its_inputs_and_its_time(kind, data, told):
    assert tell(kind, "engine", data, HERE) == told


def test_who_did_it_is_told_and_unknown_people_are_colleagues():
    setting = Setting(names={"7": "Bo"})
    assert tell(Kind.STOPPED, "user:7", {}, setting).endswith("Bo did it.")
    assert tell(Kind.STOPPED, "user:8", {}, setting).endswith("A colleague did it.")
    assert tell(Kind.STOPPED, "cli", {}, setting).endswith("at the command line.")


def test_times_are_told_on_every_clock_that_the_person_may_live_by():
    at = datetime(2031, 3, 4, 15, tzinfo=UTC)
    both = Setting(zones=["America/New_York", "America/Chicago", "America/Detroit"])
    assert both.local(at) == "Tue 10:00 in New York, Tue 09:00 in Chicago"
    assert Setting().local(at) == ""


VALUES = st.one_of(
    st.none(),
    st.sampled_from([*Reason, *Outcome, *Status, "voice", "whatsapp", "any", "all", "call_back"]),
    st.sampled_from([DUE, SENDER, f"call:{SENDER}", f"import:{SENDER}", "in-progress"]),
    st.integers(0, 9),
    st.lists(st.sampled_from(["book_meeting", "America/New_York"]), max_size=2),
)


@given(
    kind=st.sampled_from(sorted(SENTENCES)),
    data=st.dictionaries(st.sampled_from(DATA_KEYS), VALUES),
    actor=st.sampled_from(["engine", "cli", "provider", f"user:{SENDER}"]),
)
def test_whatever_an_event_lacks_no_id_and_no_code_is_told(kind, data, actor):
    # What people named is told as they named it; a time that is none cannot be stored.
    as_it_is = ("due_at", "rule", "name", "version", "row", "rows_read", "detail", "missing")
    data = {key: value for key, value in data.items() if key not in as_it_is}
    told = tell(kind, actor, data, HERE)
    assert told
    assert not UUID_LIKE.search(told), told
    assert not CODE.search(told), told
    assert told.endswith((".", "…"))
    assert "  " not in told
