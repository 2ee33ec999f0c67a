"""A document in a file is read with its lines, and written so that it reads back the same."""

from pathlib import Path

import pytest

from orchestrator.documents import dump_yaml, load_document, read_document
from outreach.campaign import Campaign
from outreach.follow_up_rules import Rule

RULES = """\
- {id: noans, when: {outcome: [no_answer, busy]}, then: {retry: {after: [PT2H, P1D, P2D], \
spread: different_daypart, max: 3}, exhausted: {status: unreachable}}}
- {id: vm, when: {outcome: voicemail}, then: {leave_message: once_per_campaign, \
retry: {after: [P1D], max: 2}, else_channel: whatsapp_template}}
- {id: hang, when: {outcome: hangup_early}, then: {retry: {after: [P2D], max: 1}}}
- {id: cb, when: {outcome: callback_requested}, \
then: {schedule_at: "{{extracted.callback_at}}", priority: high, tolerance: PT15M}}
- {id: hot, when: {extraction: {interested: true}, min_score: 60}, \
then: {status: engaged, notify: owner, task: "call within 1 h"}}
- {id: norep, when: {no_reply_for: P2D, channel: whatsapp}, then: {channel: voice}}
- {id: out, when: {outcome: opted_out}, then: {suppress: all_channels, cancel_all: true}}
"""

CAMPAIGN = f"""\
kind: campaign
name: spring
title: Spring visits
goal: |
  Ask {{{{ first_name | default: "them" }}}} about the visit.
purpose: service
agent: ada@3
fields:
  - {{key: region, type: choice, choices: [NO, SE, 08:30]}}
steps:
  - {{channel: voice, from: ["+12125550123"]}}
  - {{channel: whatsapp, template: intro}}
schedule:
  start_at: 2026-03-02T09:00:00+01:00
  windows:
    mon-fri: ["09:00-12:00", "13:00-18:00"]
    sat: 10:00-14:00
on_reply: pause P2D
rules:
{RULES}"""


def campaign(text: str = CAMPAIGN) -> Campaign:
    found = load_document(text, "spring.yaml")
    assert isinstance(found, Campaign), found
    return found


@pytest.mark.row("S4-13")
def test_the_rules_of_the_specification_are_read_as_they_stand() -> None:
    assert [rule.id for rule in campaign().rules] == [
        "noans",
        "vm",
        "hang",
        "cb",
        "hot",
        "norep",
        "out",
    ]
    assert all(isinstance(rule, Rule) for rule in campaign().rules)


def test_words_that_yaml_once_took_for_something_else_stay_words() -> None:
    assert campaign().fields[0].choices == ("NO", "SE", "08:30")


def test_a_document_that_is_written_reads_back_the_same() -> None:
    written = dump_yaml(campaign())

    assert campaign(written) == campaign()
    assert dump_yaml(campaign(written)) == written
    assert written.startswith("kind: campaign\nname: spring\n")


def test_a_mistake_is_named_with_its_line() -> None:
    line = CAMPAIGN.splitlines().index("on_reply: pause P2D") + 1

    found = load_document(CAMPAIGN.replace("on_reply:", "on_replay:"), "spring.yaml")

    assert isinstance(found, tuple)
    assert [str(one) for one in found] == [
        f"spring.yaml:{line} on_replay: There is no key on_replay here. Did you mean on_reply?"
    ]


def test_a_file_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    found = read_document(tmp_path / "absent.yaml")

    assert isinstance(found, tuple)
    assert "absent.yaml" in str(found[0])
