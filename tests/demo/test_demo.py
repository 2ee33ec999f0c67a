"""The main job on the example list, as a user plays it: everybody ends, and nobody is wronged."""

import json
import os
import subprocess
import sys
import wave
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from storage import embedded

ROOT = Path(__file__).parents[2]
LONGEST_S = 540
"""A stuck demo is a failure; a slow machine is not, so this is far above the three minutes."""

# One play serves all tests here: should there be workers, they go to one.
pytestmark = [
    pytest.mark.alone,
    pytest.mark.timeout(LONGEST_S + 60),
    pytest.mark.xdist_group("demo"),
]


@dataclass(frozen=True)
class Played:
    report: Mapping[str, Any]
    exit_status: int
    said: str
    folder: Path
    database: psycopg.Connection[tuple[Any, ...]]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.database.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("demo")
    command = "from orchestrator.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "demo", "--exit", "--report", "report.json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    said = done.stdout + done.stderr
    assert (folder / "report.json").exists(), said
    server = embedded.start(folder / ".outreach" / "demo" / "postgres")
    try:
        with psycopg.connect(server.url.replace("+psycopg", "", 1), autocommit=True) as database:
            yield Played(
                report=json.loads((folder / "report.json").read_text()),
                exit_status=done.returncode,
                said=said,
                folder=folder / ".outreach" / "demo",
                database=database,
            )
    finally:
        embedded.stop(server)


def test_the_demo_ends_well_and_its_witness_saw_nothing_wrong(played: Played) -> None:
    assert played.exit_status == 0, played.said
    assert played.report["oracle"] == {
        "duplicate_contacts": 0,
        "contacts_outside_hours": 0,
        "contacts_after_opt_out": 0,
        "free_text_outside_window": 0,
    }


def test_the_report_accounts_for_every_row_and_every_lead(played: Played) -> None:
    report = played.report
    assert report["rows_read"] >= 200
    assert report["imported"] + sum(report["rejected"].values()) == report["rows_read"]
    assert sum(report["leads"].values()) == report["imported"]
    assert report["blocked"]["no_consent"] >= 1
    assert report["blocked"]["suppressed"] == 1


def test_every_kind_of_ending_occurs(played: Played) -> None:
    outcomes = {outcome for counts in played.report["attempts"].values() for outcome in counts}

    assert outcomes >= {
        "no_answer",
        "busy",
        "voicemail",
        "callback_requested",
        "not_interested",
        "opted_out",
        "replied",
    }
    assert outcomes & {"interested", "qualified"}
    assert played.report["follow_ups"]["fired"] > 0


def test_every_lead_is_ended_planned_or_blocked_with_its_reason(played: Played) -> None:
    left = played.rows("SELECT work, work_reason FROM leads WHERE work NOT IN ('ended', 'planned')")

    assert {work for work, _ in left} <= {"blocked", "waiting"}
    assert all(reason for _, reason in left)
    assert played.rows("SELECT id FROM attempts WHERE state NOT IN ('planned', 'ended')") == []


def test_each_talk_has_a_transcript_of_both_sides_that_lies_in_its_recording(
    played: Played,
) -> None:
    talks = played.rows("""
        SELECT c.id, r.uri, array_agg(t.speaker ORDER BY t.number), min(t.start_ms), max(t.end_ms),
               bool_and(t.end_ms >= t.start_ms)
        FROM attempts a JOIN calls c ON c.id = a.id
        LEFT JOIN recordings r ON r.call_id = c.id AND r.source = 'ours' AND r.status = 'stored'
        LEFT JOIN turns t ON t.call_id = c.id
        WHERE a.answered_by = 'human' AND a.outcome <> 'hangup_early'
        GROUP BY c.id, r.uri
    """)

    assert len(talks) >= 10
    for call_id, uri, speakers, first_ms, last_ms, ordered in talks:
        assert {"person", "agent"} <= set(speakers), call_id
        assert first_ms >= 0
        assert ordered
        with wave.open(str(played.folder / "recordings" / uri), "rb") as recording:
            assert recording.getnchannels() == 2
            length_ms = recording.getnframes() * 1000 / recording.getframerate()
        assert last_ms <= length_ms + 250, call_id


def test_every_claim_of_a_reading_stands_on_words_of_its_transcript(played: Played) -> None:
    unfounded = played.rows("""
        SELECT x.id FROM extractions x JOIN readings r ON r.id = x.reading_id
        JOIN turns t ON t.call_id = r.call_id AND t.number = x.evidence_turn
        WHERE r.call_id IS NOT NULL AND position(lower(x.quote) IN lower(t.text)) = 0
    """)
    proven = played.rows("SELECT id FROM extractions WHERE quote <> ''")

    assert unfounded == []
    assert proven
