"""What several processes do for one attempt meets in one trace, and says nothing of anybody."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
import yaml

from orchestrator import wiring
from orchestrator.engine.tracing import step
from outreach.errors import Rejected
from tests.crash.collector import Collector, collecting
from tests.crash.stage import Stage, free_port

INTERESTED = 21


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as opened:
        yield opened


def trace_to(stage: Stage, collector: Collector) -> None:
    file = stage.folder / "config.yaml"
    values = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({**values, "telemetry": {"otlp_endpoint": collector.url}}))


async def test_the_steps_of_two_processes_meet_in_the_attempts_trace(
    stage: Stage, collector: Collector
) -> None:
    trace_to(stage, collector)
    person = stage.person(INTERESTED)
    await stage.campaign("calls", [person], "voice")
    await stage.serve(roles="web,webhooks,voice,worker")
    await stage.serve(roles="scheduler")

    async def told() -> bool:
        names = {one.name for one in collector.steps}
        return {"attempt.reading", "attempt.follow_up"} <= names

    await stage.until(told)

    first, *_ = await stage.attempts_of(person)
    steps = [one for one in collector.steps if one.trace_id == first.id.hex]
    by_name = {one.name: one.process for one in steps}
    assert set(by_name) == {
        "attempt.claim",
        "attempt.gate",
        "attempt.start",
        "attempt.webhook",
        "attempt.conversation",
        "attempt.reading",
        "attempt.follow_up",
    }
    assert by_name["attempt.claim"] == by_name["attempt.gate"] == by_name["attempt.start"]
    assert by_name["attempt.conversation"] == by_name["attempt.webhook"]
    assert by_name["attempt.claim"] != by_name["attempt.conversation"]
    assert all(one.parent == b"" for one in steps)
    assert all(one.attributes["outreach.attempt_id"] == str(first.id) for one in steps)
    # Nothing of the person, of what was said, or of our own numbers.
    words = [person, person.removeprefix("+"), "Lee", "+1202", "demo", "calls"]
    assert [word for word in words if word.encode() in collector.raw] == []


async def test_a_step_that_fails_is_told_by_the_kind_of_failure_alone(collector: Collector):
    traces = wiring.open_traces(collector.url, uuid4())
    assert traces is not None
    attempt = uuid4()

    with pytest.raises(ValueError, match="Ann Lee"), step(traces, attempt, "attempt.start"):
        raise ValueError("Ann Lee +12025550199")
    await traces.close()

    (sent,) = collector.steps
    assert (sent.trace_id, sent.failed) == (attempt.hex, True)
    assert sent.attributes["outreach.error"] == "ValueError"
    assert b"Ann Lee" not in collector.raw


async def test_a_collector_that_is_away_delays_nobody():
    traces = wiring.open_traces(f"http://127.0.0.1:{free_port()}/v1/traces", uuid4())
    assert traces is not None

    for _ in range(10_000):
        traces.step(uuid4(), "attempt.claim", 1)

    await traces.close()


def test_without_an_endpoint_nothing_of_opentelemetry_is_used():
    assert wiring.open_traces(None, uuid4()) is None


def test_an_extra_that_is_missing_is_refused_with_its_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wiring, "TELEMETRY", "orchestrator.no_such_module")

    with pytest.raises(Rejected, match=r"outreach-conversations\[telemetry\]"):
        wiring.open_traces("http://127.0.0.1:4318/v1/traces", uuid4())
