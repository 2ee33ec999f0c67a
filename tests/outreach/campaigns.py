"""Campaigns for the tests of the rules."""

from typing import Any

from outreach.campaign import Campaign

VOICE = {"channel": "voice", "from": ["+12125550123"]}
WHATSAPP = {"channel": "whatsapp", "from": ["+442079460123"], "template": "intro"}

PRODUCT_RULES: list[dict[str, Any]] = [
    {
        "id": "noans",
        "when": {"outcome": ["no_answer", "busy"]},
        "then": {
            "retry": {"after": ["PT2H", "P1D", "P2D"], "spread": "different_daypart", "max": 3},
            "exhausted": {"status": "unreachable"},
        },
    },
    {
        "id": "vm",
        "when": {"outcome": "voicemail"},
        "then": {
            "leave_message": "once_per_campaign",
            "retry": {"after": ["P1D"], "max": 2},
            "else_channel": "whatsapp_template",
        },
    },
    {
        "id": "hang",
        "when": {"outcome": "hangup_early"},
        "then": {"retry": {"after": ["P2D"], "max": 1}},
    },
    {
        "id": "cb",
        "when": {"outcome": "callback_requested"},
        "then": {
            "schedule_at": "{{extracted.callback_at}}",
            "priority": "high",
            "tolerance": "PT15M",
        },
    },
    {
        "id": "hot",
        "when": {"extraction": {"interested": True}, "min_score": 60},
        "then": {"status": "engaged", "notify": "owner", "task": "call within 1 h"},
    },
    {
        "id": "norep",
        "when": {"no_reply_for": "P2D", "channel": "whatsapp"},
        "then": {"channel": "voice"},
    },
    {
        "id": "out",
        "when": {"outcome": "opted_out"},
        "then": {"suppress": "all_channels", "cancel_all": True},
    },
]
"""The rules that the product's specification gives as its example."""

RULES_WITHOUT_SCORE: list[dict[str, Any]] = [
    {**rule, "when": {key: value for key, value in rule["when"].items() if key != "min_score"}}
    for rule in PRODUCT_RULES
]
"""The same; conversations get no score yet, so that condition would never hold."""


def content(**changes: Any) -> dict[str, Any]:
    """A campaign as it stands in a file."""
    return {
        "kind": "campaign",
        "name": "spring",
        "title": "Spring",
        "goal": "Agree on a time for a visit.",
        "purpose": "service",
        "agent": "ada",
        "steps": [VOICE, WHATSAPP],
        **changes,
    }


def campaign(**changes: Any) -> Campaign:
    return Campaign.model_validate(content(**changes))
