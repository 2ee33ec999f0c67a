"""What goes wrong on purpose: a seeded plan of rules, each matched against one request or callback.

A rule is JSON: `{"fault": NAME, "target"?, "kind"?, "event"?, "number"?, "skip"?, "times"?,
"chance"?, "seconds"?}`. It fires when everything it states matches: `number` ends the person's
number; `skip` lets that many matches pass first; `times` is how often it fires (null: always,
default 1); `chance` is a probability by the plan's seed; `seconds` is the length of a wait.

To requests on the REST surface, `target` is a part of "POST /2010-04-01/Accounts/…/Calls.json":
    error_before    500, nothing happened        error_after     500, but it happened
    hang_before     500 after `seconds`, nothing happened
    hang_after      it happened, the answer comes after `seconds`
    reset           it happened, the connection breaks in the middle of the answer
    too_many        429 with code 20429 and Retry-After, nothing happened
    html_503        503 with a page instead of JSON, nothing happened
    stale_list      the list lacks what is younger than `seconds`
To webhooks, `kind` is voice, status, amd, recording, message, inbound_message, stream or action and
`event` the value of CallStatus, AnsweredBy, RecordingStatus or MessageStatus:
    drop_callback   never sent                   lost_completed  drop_callback of a completed call
    duplicate_callback  sent twice               delay_callback  sent `seconds` later
    reorder_callback    held until the next one to the same path (or `seconds`) has been sent
    ghost_call      followed by the same callback for a call that nobody made
To media streams (`number` matches):
    ws_drop         the connection is cut after `seconds`, without `stop`
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from random import Random
from typing import Literal, get_args

Fault = Literal[
    "error_before",
    "error_after",
    "hang_before",
    "hang_after",
    "reset",
    "too_many",
    "html_503",
    "stale_list",
    "drop_callback",
    "lost_completed",
    "duplicate_callback",
    "delay_callback",
    "reorder_callback",
    "ghost_call",
    "ws_drop",
]
REST: frozenset[Fault] = frozenset(
    {
        "error_before",
        "error_after",
        "hang_before",
        "hang_after",
        "reset",
        "too_many",
        "html_503",
        "stale_list",
    }
)
STREAM: frozenset[Fault] = frozenset({"ws_drop"})
CALLBACK: frozenset[Fault] = frozenset(get_args(Fault)) - REST - STREAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the plan; the module's docstring says what each field means."""

    fault: Fault
    target: str = ""
    kind: str = ""
    event: str = ""
    number: str = ""
    skip: int = 0
    times: int | None = 1
    chance: float = 1.0
    seconds: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a rule is held against."""

    target: str = ""
    kind: str = ""
    event: str = ""
    number: str = ""


@dataclass(slots=True, kw_only=True)
class _Use:
    rule: Rule
    matched: int = 0
    fired: int = 0


@dataclass(slots=True)
class FaultPlan:
    """The rules in order; the first that fires wins."""

    random: Random
    _uses: list[_Use] = field(default_factory=list)

    def replace(self, rules: Iterable[Rule], seed: int | None) -> None:
        self._uses = [_Use(rule=rule) for rule in rules]
        if seed is not None:
            self.random = Random(seed)

    def as_json(self) -> list[dict[str, object]]:
        return [
            {**asdict(use.rule), "matched": use.matched, "fired": use.fired} for use in self._uses
        ]

    def pick(self, among: frozenset[Fault], occasion: Occasion) -> Rule | None:
        """The rule that fires now, counted as fired; None when all goes well."""
        for use in self._uses:
            if use.rule.fault in among and _matches(use.rule, occasion) and self._fires(use):
                return use.rule
        return None

    def _fires(self, use: _Use) -> bool:
        use.matched += 1
        if use.matched <= use.rule.skip:
            return False
        if use.rule.times is not None and use.fired >= use.rule.times:
            return False
        if use.rule.chance < 1 and self.random.random() >= use.rule.chance:
            return False
        use.fired += 1
        return True


def parse_rule(given: object) -> Rule:
    """Raises ValueError that names what is wrong."""
    if not isinstance(given, dict):
        raise ValueError("a rule is a JSON object")
    known = {known.name for known in fields(Rule)}
    if unknown := sorted(set(given) - known):
        raise ValueError(f"a rule has no field {unknown[0]}")
    if given.get("fault") not in get_args(Fault):
        raise ValueError(f"fault is one of {', '.join(get_args(Fault))}")
    rule = Rule(**given)
    if not isinstance(rule.seconds, int | float) or not isinstance(rule.chance, int | float):
        raise ValueError("seconds and chance are numbers")
    return rule


def _matches(rule: Rule, occasion: Occasion) -> bool:
    event = "completed" if rule.fault == "lost_completed" else rule.event
    kind = "status" if rule.fault == "lost_completed" else rule.kind
    return (
        rule.target in occasion.target
        and kind in ("", occasion.kind)
        and event in ("", occasion.event)
        and occasion.number.endswith(rule.number)
    )
