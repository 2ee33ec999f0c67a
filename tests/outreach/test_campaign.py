"""A campaign's document is read in full or refused with the place that is wrong."""

from datetime import timedelta
from typing import Any

import pytest

from outreach.campaign import CapLimits, OnReply, Pace
from outreach.caps import DEFAULT_CAPS
from outreach.channel import ChannelName
from outreach.documents import Path, parse_document
from outreach.errors import Rejected
from outreach.outcome import Outcome
from outreach.whatsapp_template_document import WhatsAppTemplate
from tests.outreach.campaigns import PRODUCT_RULES, VOICE, WHATSAPP, campaign, content


def locate(path: Path) -> str:
    return "spring.yaml:" + "/".join(map(str, path))


def complaints(**changes: Any) -> list[str]:
    found = parse_document(content(**changes), locate)
    assert isinstance(found, tuple), "it was accepted"
    assert all(isinstance(one, Rejected) and one.where for one in found)
    return [str(one) for one in found]


def on_busy(**then: Any) -> dict[str, Any]:
    return {"id": "a", "when": {"outcome": "busy"}, "then": then}


@pytest.mark.row("S4-13")
def test_every_rule_of_the_specification_is_read_and_means_what_it_says() -> None:
    rules = {rule.id: rule for rule in campaign(rules=PRODUCT_RULES).rules}

    noans, vm, cb, hot = rules["noans"], rules["vm"], rules["cb"], rules["hot"]
    assert noans.when.outcome == (Outcome.NO_ANSWER, Outcome.BUSY)
    assert noans.then.retry is not None
    assert noans.then.retry.after == (timedelta(hours=2), timedelta(days=1), timedelta(days=2))
    assert vm.then.else_channel is not None
    assert vm.then.else_channel.channel is ChannelName.WHATSAPP
    assert cb.then.schedule_at == "callback_at"
    assert cb.then.tolerance == timedelta(minutes=15)
    assert hot.when.extraction == {"interested": True}
    assert rules["norep"].when.no_reply_for == timedelta(days=2)
    assert rules["out"].then.cancel_all


def test_a_campaign_survives_being_written_down() -> None:
    full = campaign(
        rules=PRODUCT_RULES,
        on_reply="pause P3D",
        schedule={
            "start_at": "2026-03-02T09:00:00+01:00",
            "windows": {"mon-fri": ["09:00-12:00", "13:00-18:00"]},
        },
        budget={"attempts": 10},
        caps={"per_day": 1},
        fields=[{"key": "plan", "type": "choice", "choices": ["basic", "plus"]}],
    )

    written = full.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    assert parse_document(written, locate) == full
    assert list(written)[:4] == ["kind", "name", "title", "goal"]


def test_without_rules_the_sensible_ones_hold() -> None:
    ids = [rule.id for rule in campaign().rules]

    assert ids == ["opted-out", "callback", "not-reached", "machine", "hung-up"]
    assert campaign().on_reply == OnReply(action="pause", pause=timedelta(days=2))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"conccurrency": 3}, "There is no key conccurrency here. Did you mean concurrency?"),
        ({"wholly_unlike": 3}, "There is no key wholly_unlike here. Remove it."),
        ({"title": None}, "title"),
        ({"steps": []}, "steps"),
        ({"steps": [{"channel": "fax"}]}, "voice"),
        ({"steps": [{"channel": "whatsapp"}]}, "template is missing"),
        ({"steps": [VOICE | {"form": []}]}, "Did you mean from?"),
        ({"steps": [VOICE | {"from": ["020 7946 0123"]}]}, "country's code"),
        ({"agent": "ada@latest"}, "agent"),
        ({"name": "Spring Offer"}, "name"),
        ({"pace": {"per_minute": 3, "per_second": 1}}, "one of per_minute and per_second"),
        ({"pace": {}}, "one of per_minute and per_second"),
        ({"caps": {"per_day": 3}}, "2 or less"),
        ({"concurrency": 0}, "1 or more"),
        ({"schedule": {"start_at": "2026-03-02T09:00:00"}}, "needs its offset"),
        (
            {"schedule": {"start_at": "2026-03-02T09:00Z", "end_at": "2026-03-01T09:00Z"}},
            "end_at must be later",
        ),
        ({"schedule": {"windows": {"monday": "09:00-12:00"}}}, "is no day"),
        ({"schedule": {"windows": {"mon": []}}}, "no open hour"),
        ({"schedule": {"windows": "always"}}, "hours are written like"),
        ({"on_reply": "pause"}, "write stop, continue or pause"),
        ({"on_reply": "pause soon"}, "no span of time"),
        ({"goal": "Ask {{ first_nam }}"}, "did you mean first_name?"),
        ({"goal": "Ask {{ first_name"}, "column"),
        ({"fields": [{"key": "phone"}]}, "a column every list has"),
        ({"fields": [{"key": "a"}, {"key": "a"}]}, "same key"),
        ({"fields": [{"key": "a", "type": "choice"}]}, "choices"),
        ({"rules": [PRODUCT_RULES[0], PRODUCT_RULES[0]]}, "two rules have the id noans"),
        ({"steps": [VOICE], "rules": [PRODUCT_RULES[1]]}, "no step uses whatsapp"),
        ({"steps": [WHATSAPP], "rules": [PRODUCT_RULES[5]]}, "no step uses voice"),
        ({"rules": [{"id": "a", "when": {}, "then": {"task": "x"}}]}, "say when"),
        ({"rules": [{"id": "a", "when": {"outcome": "busy"}, "then": {}}]}, "say what follows"),
        ({"rules": [{"id": "a", "when": {"outcome": "bussy"}, "then": {"task": "x"}}]}, "busy"),
        (
            {
                "rules": [
                    {"id": "a", "when": {"outcome": "busy"}, "then": {"retry": {"after": "2h"}}}
                ]
            },
            "no span of time",
        ),
        (
            {
                "rules": [
                    {"id": "a", "when": {"outcome": "busy"}, "then": {"status": "unsubscribed"}}
                ]
            },
            "comes of suppress",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(changes: dict[str, Any], complaint: str) -> None:
    assert any(complaint.lower() in one.lower() for one in complaints(**changes)), complaints(
        **changes
    )


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = complaints(title="", concurrency=0, pase={})

    assert len(found) == 3
    assert "spring.yaml:concurrency" in "".join(found)


@pytest.mark.parametrize(
    ("loaded", "complaint"),
    [
        (["campaign"], "not a mapping"),
        ({}, "no kind"),
        ({"kind": "campain"}, "Did you mean campaign?"),
        ({"kind": 3}, "no kind of document"),
    ],
)
def test_what_is_no_document_is_refused(loaded: object, complaint: str) -> None:
    found = parse_document(loaded, locate)

    assert isinstance(found, tuple)
    assert complaint in str(found[0])


def test_an_agent_is_followed_or_pinned() -> None:
    assert (campaign().agent_name, campaign().agent_version) == ("ada", None)
    pinned = campaign(agent="ada@12")
    assert (pinned.agent_name, pinned.agent_version) == ("ada", 12)


def test_caps_of_a_campaign_only_tighten() -> None:
    assert CapLimits().effective == DEFAULT_CAPS
    assert [cap.limit for cap in CapLimits(per_7_days=1).effective] == [2, 1, 8]


def test_a_pace_is_a_time_between_two_starts() -> None:
    assert Pace(per_minute=30).interval == timedelta(seconds=2)
    assert Pace(per_second=4).interval == timedelta(milliseconds=250)


def template(**changes: Any) -> object:
    return parse_document(
        {
            "kind": "template",
            "name": "intro",
            "category": "utility",
            "body": "Hello {{1}}, about {{2}}",
            "variables": {"1": "{{ first_name | default: 'there' }}", "2": "{{ company }}"},
            **changes,
        },
        locate,
    )


def test_a_template_fills_each_numbered_place() -> None:
    assert isinstance(template(), WhatsAppTemplate)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"variables": {"1": "x"}}, "lack 2"),
        ({"variables": {"1": "x", "2": "y", "3": "z"}}, "name 3"),
        ({"body": "Hello {{2}} {{3}}", "variables": {"2": "x", "3": "y"}}, "from 1"),
        ({"body": "Hello {{ name }}"}, "numbered places"),
        ({"variables": {"1": "{{ a b }}", "2": "y"}}, "column"),
        ({"content_sid": "HX1"}, "content_sid"),
    ],
)
def test_a_template_that_whatsapp_would_refuse_is_refused_here(
    changes: dict[str, Any], complaint: str
) -> None:
    found = template(**changes)

    assert isinstance(found, tuple)
    assert complaint in " ".join(map(str, found))
