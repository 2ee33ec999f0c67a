"""What becomes of a list: each row once, with everything that belongs to it, or not at all."""

import asyncio
import csv
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.import_leads import import_leads
from orchestrator.engine.imports.request import FileConsent, ImportRequest, Progress
from outreach.errors import Rejected
from outreach.hours import WeeklyHours
from storage import lead_rows
from storage.database import transaction, with_hook
from tests.law import RULEBOOK
from tests.orchestrator.engine.lists import AGREED, OPERATOR, apply_examples, bring, write
from tests.orchestrator.engine.world import TUESDAY, World

COUNTED = "contacts", "contact_points", "consents", "leads", "attempts"


def numbers(count: int) -> list[str]:
    """Numbers of nobody, in New York, Washington and Chicago."""
    areas = ("202", "212", "312")
    return [f"+1{areas[index // 100]}55501{index % 100:02}" for index in range(count)]


def people(count: int) -> list[str]:
    return [f"{phone},Ana,,,Northwind,free,3" for phone in numbers(count)]


@pytest.fixture
async def office(world: World) -> World:
    await apply_examples(world)
    return world


async def rows_of(world: World) -> dict[str, int]:
    counts = {}
    for table in COUNTED:
        ((count,),) = await world.rows(f"SELECT count(*) FROM {table}")
        counts[table] = int(str(count))
    return counts


@pytest.mark.row("S4-6")
async def test_every_row_leaves_a_person_a_consent_a_lead_an_attempt_and_its_history(
    office: World, tmp_path: Path
) -> None:
    file = write(tmp_path, ["+12125550100,Ana,Ana@Example.com,,Northwind,team,12"])

    report = await bring(office.engine, file)

    assert (report.rows_read, report.imported, report.rejected) == (1, 1, {})
    assert await office.rows(
        "SELECT kind, value, zones FROM contact_points ORDER BY kind, value"
    ) == [("email", "ana@example.com", []), ("phone", "+12125550100", ["America/New_York"])]
    assert await office.rows(
        "SELECT state, channel, purpose, basis, proof, import_id = :id FROM consents",
        id=report.import_id,
    ) == [("granted", "any", "service", "express", "signed form 12", True)]
    assert await office.rows(
        "SELECT a.n, a.channel, a.phone, a.state, a.due_at = l.created_at, a.reason"
        " FROM attempts a JOIN leads l ON l.id = a.lead_id AND l.contact_id = a.contact_id"
    ) == [(1, "voice", "+12125550100", "planned", False, "first_step")]
    assert await office.rows("SELECT kind FROM events WHERE lead_id IS NOT NULL ORDER BY seq") == [
        ("attempt.planned",),
    ]
    assert await office.rows("SELECT status, rows_read, counts ->> 'imported' FROM imports") == [
        ("done", 1, "1")
    ]


async def test_a_first_attempt_is_due_in_the_persons_own_legal_hours(
    office: World, tmp_path: Path
) -> None:
    # Tuesday 15:00 UTC: ten in New York, eight in Denver (closed until 08:30), night in Sydney.
    rows = [f"{phone},Ana,,,,," for phone in ("+12125550100", "+13035550100", "+61491570156")]

    await bring(office.engine, write(tmp_path, rows))

    assert await office.rows(
        "SELECT phone, due_at - :now < interval '10 s', moved_by FROM attempts ORDER BY phone",
        now=TUESDAY,
    ) == [
        ("+12125550100", True, None),
        ("+13035550100", False, "outside_window"),
        ("+61491570156", False, "outside_window"),
    ]


@pytest.mark.row("S4-9")
async def test_the_first_row_of_a_number_wins_and_a_known_number_is_not_taken_again(
    office: World, tmp_path: Path
) -> None:
    rows = [*people(5), "+12025550100,Second,,,,,", "+12025550104,Third,,,,,"]

    # In chunks of three, so that the repeated rows lie in other chunks than the first.
    first = await bring(office.engine, write(tmp_path, rows), chunk_rows=3)
    again = await bring(office.engine, write(tmp_path, rows), chunk_rows=3)

    assert (first.imported, first.rejected) == (5, {"duplicate_in_file": 2})
    assert (again.imported, again.rejected) == (0, {"already_in_campaign": 7})
    assert not again.has_problems
    assert await office.rows("SELECT DISTINCT first_name FROM leads") == [("Ana",)]


@pytest.mark.row("S4-9")
async def test_the_same_person_can_be_a_lead_of_two_campaigns_and_stays_one_contact(
    office: World, tmp_path: Path
) -> None:
    await bring(office.engine, write(tmp_path, ["+12125550100,Ana,,,,,"]))
    await bring(
        office.engine, write(tmp_path, ["+12125550100,Anna,anna@example.com,,,,"]), "spring-both"
    )

    assert await office.rows("SELECT first_name FROM contacts") == [("Ana",)]
    assert await office.rows("SELECT first_name FROM leads ORDER BY id") == [("Ana",), ("Anna",)]
    assert await office.rows("SELECT count(DISTINCT contact_id) FROM leads") == [(1,)]
    assert await office.rows("SELECT kind FROM contact_points ORDER BY kind") == [
        ("email",),
        ("phone",),
        ("whatsapp",),
    ]


async def test_who_is_suppressed_is_imported_and_shown_but_never_planned(
    office: World, tmp_path: Path
) -> None:
    for index, (value, scope, source) in enumerate(
        [
            ("+12025550100", "all", "user:1"),
            ("+12025550101", "all", "message:01"),
            ("+12025550102", "whatsapp", "user:1"),
        ]
    ):
        await office.do(
            "INSERT INTO suppressions (id, kind, value, scope, reason, source, created_at,"
            " created_by) VALUES (cast(:id AS uuid), 'phone', :value, :scope, 'asked', :source,"
            " :now, 'user:1')",
            id=f"00000000-0000-0000-0000-00000000000{index}",
            value=value,
            scope=scope,
            source=source,
            now=TUESDAY,
        )

    report = await bring(office.engine, write(tmp_path, people(3)))

    assert report.imported == 3
    assert report.blocked == {"suppressed": 2}
    assert await office.rows("SELECT phone, status, work FROM leads ORDER BY phone") == [
        ("+12025550100", "do_not_contact", "blocked"),
        ("+12025550101", "unsubscribed", "blocked"),
        ("+12025550102", "new", "planned"),
    ]


async def test_consent_is_needed_and_a_later_list_does_not_undo_a_withdrawal(
    office: World, tmp_path: Path
) -> None:
    await bring(office.engine, write(tmp_path, ["+12125550100,Ana,,,,,"]))
    await office.do(
        "INSERT INTO consents (id, contact_id, state, purpose, channel, basis, source,"
        " recorded_at, recorded_by) SELECT gen_random_uuid(), id, 'revoked', 'any', 'whatsapp',"
        " 'withdrawn', 'message:1', cast(:now AS timestamptz) + interval '1 h', 'person'"
        " FROM contacts",
        now=TUESDAY,
    )
    known = "+12125550100,Ana,,opt-in,,,"

    none = await bring(office.engine, write(tmp_path, people(1)), "spring-whatsapp", consent=None)
    stale = await bring(office.engine, write(tmp_path, [known]), "spring-whatsapp")

    assert none.blocked == {"no_consent": 1}
    assert stale.blocked == {"consent_revoked": 1}
    assert await office.rows("SELECT count(*) FROM consents WHERE state = 'granted'") == [(1,)]


async def test_a_list_is_held_against_the_consent_that_each_rows_law_asks_for(
    office: World, tmp_path: Path
) -> None:
    await office.do(
        """UPDATE documents SET body = jsonb_set(body, '{purpose}', '"marketing"')"""
        " WHERE kind = 'campaign'"
    )
    rows = [
        "+12125550100,opt-in,web form",
        "+12125550101,written,web form",
        "+442079460100,opt-in,web form",
        "+442079460101,legitimate interest,us",
        "+442079460102,something,us",
    ]
    report = await bring(
        office.engine, write(tmp_path, rows, "phone,consent,consent_source"), consent=None
    )

    assert report.blocked == {"no_consent": 3}
    assert await office.rows(
        "SELECT l.row_number, e.data ->> 'written_by' FROM leads l"
        " JOIN events e ON e.lead_id = l.id AND e.kind = 'lead.blocked' ORDER BY 1"
    ) == [(1, "US"), (4, None), (5, None)]
    assert await office.rows("SELECT count(*) FROM consents") == [(5,)], "the ledger keeps all"


async def test_what_somebody_agreed_to_before_counts_by_its_basis(
    office: World, tmp_path: Path
) -> None:
    for at, word in enumerate(["Written", "express", "opt-in"]):
        await bring(office.engine, write(tmp_path, [f"+1212555010{at},{word}"], "phone,consent"))
    await office.do("UPDATE consents SET purpose = 'any'")
    await office.do(
        "INSERT INTO consents (id, contact_id, state, purpose, channel, basis, source,"
        " recorded_at, recorded_by) SELECT gen_random_uuid(), contact_id, 'granted', 'any', 'any',"
        " 'signed', 'test', recorded_at - interval '1 h', 'test' FROM consents"
        " WHERE basis = 'express'"
    )
    await office.do(
        """UPDATE documents SET body = jsonb_set(body, '{purpose}', '"marketing"')"""
        " WHERE kind = 'campaign'"
    )
    again = write(tmp_path, [f"+1212555010{at}" for at in range(3)], "phone")

    report = await bring(office.engine, again, "spring-both", consent=None)

    assert report.blocked == {"no_consent": 1}
    assert await office.rows("SELECT phone FROM leads WHERE work_reason = 'no_consent'") == [
        ("+12125550102",)
    ]


async def test_who_refused_long_ago_is_imported_into_the_rest_that_their_law_gives_them(
    office: World, tmp_path: Path
) -> None:
    numbers = ["+33199001200", "+971501234567", "+442079460100"]
    await bring(office.engine, write(tmp_path, numbers, "phone"))
    await office.do(
        "UPDATE attempts SET state = 'ended', outcome = 'not_interested', starting_at = :at,"
        " ended_at = :at",
        at=TUESDAY - timedelta(days=40),
    )

    report = await bring(office.engine, write(tmp_path, numbers, "phone"), "spring-both")

    assert report.blocked == {"resting": 1}
    moved = await office.rows(
        "SELECT phone, moved_by, due_at::date - cast(:now AS timestamptz)::date FROM attempts"
        " WHERE state = 'planned' ORDER BY phone",
        now=TUESDAY,
    )
    assert moved[0][:2] == ("+33199001200", "resting")
    assert moved[0][2] == 20
    assert moved[1][0] == "+442079460100"
    assert moved[1][2] == 0


async def test_a_basis_that_nobody_knows_is_refused_before_anything_is_read(
    office: World, tmp_path: Path
) -> None:
    with pytest.raises(Rejected, match="no basis"):
        await bring(
            office.engine, write(tmp_path, people(1)), consent=FileConsent(basis="hm", proof="p")
        )


async def test_consent_given_after_a_withdrawal_counts_again(office: World, tmp_path: Path) -> None:
    header = "phone,consent,consent_at"
    await bring(office.engine, write(tmp_path, ["+12125550100,opt-in,2031-01-01"], header))
    await office.do(
        "INSERT INTO consents (id, contact_id, state, purpose, channel, basis, source,"
        " recorded_at, recorded_by) SELECT gen_random_uuid(), id, 'revoked', 'any', 'any',"
        " 'withdrawn', 'call:1', '2031-02-01Z', 'person' FROM contacts"
    )

    report = await bring(
        office.engine, write(tmp_path, ["+12125550100,opt-in,2031-03-01"], header), "spring-both"
    )

    assert report.blocked == {}


async def test_who_was_contacted_twice_today_by_another_campaign_waits(
    office: World, tmp_path: Path
) -> None:
    await bring(office.engine, write(tmp_path, ["+12125550100,Ana,,,,,"]))
    await office.do(
        "UPDATE attempts SET state = 'ended', starting_at = :now, ended_at = :now,"
        " outcome = 'no_answer'",
        now=TUESDAY,
    )
    await office.do(
        "INSERT INTO attempts (id, campaign_id, lead_id, contact_id, n, channel, phone, state,"
        " due_at, reason, created_by, created_at, starting_at, ended_at, outcome)"
        " SELECT gen_random_uuid(), campaign_id, lead_id, contact_id, 2, channel, phone, 'ended',"
        " due_at, 'retry', 'engine', created_at, starting_at, ended_at, outcome FROM attempts"
    )

    await bring(office.engine, write(tmp_path, ["+12125550100,Ana,,,,,"]), "spring-both")

    ((due_at, moved_by),) = await office.rows(
        "SELECT due_at, moved_by FROM attempts WHERE state = 'planned'"
    )
    assert due_at >= TUESDAY + timedelta(days=1)  # type: ignore[operator]
    assert moved_by == "cap_reached"


async def test_what_a_text_needs_and_a_row_lacks_blocks_the_lead_by_name(
    office: World, tmp_path: Path
) -> None:
    await office.do(
        "UPDATE documents SET body = jsonb_set(body, '{opener}', '\"Hello {{ first_name }}\"')"
        " WHERE kind = 'agent'"
    )

    report = await bring(
        office.engine, write(tmp_path, ["+12125550100,,,,,,", "+12125550101,Ana,,,,,"])
    )

    assert report.blocked == {"missing_variable": 1}
    assert await office.rows("SELECT data FROM events WHERE kind = 'lead.blocked'") == [
        ({"reason": "missing_variable", "missing": "first_name"},)
    ]


async def test_a_bad_phone_is_skipped_with_its_reason_where_a_message_can_go(
    office: World, tmp_path: Path
) -> None:
    file = write(tmp_path, ["0301234,+442079460123"], "phone,whatsapp")

    report = await bring(office.engine, file, "spring-both")

    assert report.rejected == {}
    assert await office.rows("SELECT channel, phone FROM attempts") == [
        ("whatsapp", "+442079460123")
    ]
    assert await office.rows("SELECT data FROM events WHERE kind = 'step.skipped'") == [
        ({"step": 0, "channel": "voice", "reason": "invalid_number"},)
    ]


class Killed(Exception):
    """The process died here."""


@pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
async def test_an_import_that_was_killed_is_completed_by_a_second_one(
    office: World, tmp_path: Path, moment: str
) -> None:
    file = write(tmp_path, people(30))
    commits = 0

    async def die(at: str, tx: AsyncConnection) -> None:
        nonlocal commits
        commits += at == moment
        # The third is the first chunk's, the fourth the second's.
        if at == moment and commits >= 4:
            raise Killed

    with pytest.raises(Killed):
        await bring(with_hook(office.engine, die), file, chunk_rows=10)
    half = await rows_of(office)
    await bring(office.engine, file, chunk_rows=10)

    assert 0 < half["leads"] < 30
    assert set((await rows_of(office)).values()) == {30}


async def test_an_import_whose_process_died_is_called_failed_by_the_next(
    office: World, tmp_path: Path
) -> None:
    file = write(tmp_path, people(1))
    await bring(office.engine, file)
    await office.do("UPDATE imports SET status = 'running', counts = '{\"beat\": 1}'")

    await bring(office.engine, file)

    assert await office.rows("SELECT status FROM imports ORDER BY id") == [("failed",), ("done",)]


async def test_two_imports_of_one_file_at_the_same_time_make_each_lead_once(
    office: World, tmp_path: Path
) -> None:
    file = write(tmp_path, people(60))

    reports = await asyncio.gather(*(bring(office.engine, file, chunk_rows=10) for _ in range(3)))

    assert sum(report.imported for report in reports) == 60
    assert set((await rows_of(office)).values()) == {60}


async def test_an_import_leaves_no_words_for_the_next_one_to_index(
    office: World, tmp_path: Path
) -> None:
    await bring(office.engine, write(tmp_path, people(300)))

    assert await office.rows("SELECT gin_clean_pending_list('leads_search')") == [(0,)]


@pytest.mark.parametrize("number", ["+12025550100", "+12025550101"])
async def test_a_lead_is_found_by_each_of_its_numbers_without_reading_all_leads(
    office: World, tmp_path: Path, number: str
) -> None:
    rows = ["+12025550100,+12025550101", *(f"{phone}," for phone in numbers(300)[2:])]
    await bring(office.engine, write(tmp_path, rows, header="phone,whatsapp"))

    async with transaction(office.engine) as tx:
        (found,) = await lead_rows.of_number(tx, number)
        await tx.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await tx.execute(text(f"EXPLAIN {lead_rows._BY_NUMBER.text}"), {"number": number})
        steps = "\n".join(plan.scalars())

    assert (found.phone, found.whatsapp) == ("+12025550100", "+12025550101")
    assert "Seq Scan on leads" not in steps


async def test_the_error_file_can_be_mended_and_holds_no_formula(
    office: World, tmp_path: Path
) -> None:
    file = write(
        tmp_path,
        ['020 7946 0123,"=HYPERLINK(""x"")",,,,,', "+12125550100,@SUM(1),,,,platinum,"],
        "phone,first_name,email,consent,product,segment,seats",
    )
    errors = tmp_path / "errors.csv"

    report = await bring(office.engine, file, errors=errors)

    with errors.open(encoding="utf-8-sig", newline="") as opened:
        header, first, *rest = list(csv.reader(opened))
    assert header[-3:] == ["code", "reason", "suggestion"]
    assert first[:2] == ["020 7946 0123", '\'=HYPERLINK("x")']
    assert first[-3] == "phone_not_e164"
    assert rest == []
    assert report.imported == 1


async def test_the_error_file_never_replaces_the_list(office: World, tmp_path: Path) -> None:
    file = write(tmp_path, ["+12025550100,Ana,,,Northwind,free,3", "nobody,Ben,,,Northwind,free,3"])
    before = file.read_bytes()

    with pytest.raises(Rejected) as refusal:
        await bring(office.engine, file, errors=tmp_path / "." / file.name)

    assert refusal.value.code == "errors_over_list"
    assert file.read_bytes() == before


async def test_a_verdict_is_kept_with_the_row_as_it_stood(office: World, tmp_path: Path) -> None:
    await bring(office.engine, write(tmp_path, ["12,Ana,,,,,", *people(1), *people(1)]))

    assert await office.rows(
        "SELECT row_number, code, cells[1] FROM import_rejections ORDER BY row_number"
    ) == [(1, "phone_not_e164", "12"), (3, "duplicate_in_file", "+12025550100")]


@pytest.mark.row("S4-8")
async def test_columns_can_be_named_by_hand_and_what_nobody_knows_is_told(
    office: World, tmp_path: Path
) -> None:
    file = write(tmp_path, ["+12125550100,Ana,x,7"], "Rufnummer,Vorname,Farbe,Plan")
    request = ImportRequest(
        file=file,
        campaign="spring-phone",
        actor=OPERATOR,
        rulebook=RULEBOOK,
        consent=AGREED,
        mapping={"Rufnummer": "phone", "Vorname": "first_name", "Plan": ""},
    )

    report = await import_leads(office.engine, request)

    assert report.imported == 1
    assert report.unknown_columns == ("Farbe",)
    assert report.mapping == {"Rufnummer": "phone", "Vorname": "first_name"}


async def test_first_attempts_lie_within_the_hours_of_the_deployment(
    office: World, tmp_path: Path
) -> None:
    request = ImportRequest(
        file=write(tmp_path, people(1)),
        campaign="spring-phone",
        actor=OPERATOR,
        rulebook=replace(RULEBOOK, quiet_hours=(WeeklyHours.daily("12:00", "12:30"),)),
        consent=AGREED,
    )

    await import_leads(office.engine, request)

    [(due_at,)] = await office.rows("SELECT due_at FROM attempts")
    assert isinstance(due_at, datetime)
    there = due_at.astimezone(ZoneInfo("America/New_York"))
    assert time(12) <= there.time() < time(12, 30)


async def test_whoever_waits_is_told_how_far_it_is(office: World, tmp_path: Path) -> None:
    heard: list[Progress] = []
    file = write(tmp_path, people(25))
    request = ImportRequest(
        file=file, campaign="spring-phone", actor=OPERATOR, rulebook=RULEBOOK, consent=AGREED
    )

    await import_leads(office.engine, request, heard.append, chunk_rows=10)

    assert [(one.rows_read, one.imported) for one in heard] == [(10, 10), (20, 20), (25, 25)]
    assert heard[-1].bytes_done == heard[-1].bytes_total == file.stat().st_size


async def test_only_an_operator_imports(office: World, tmp_path: Path) -> None:
    rep = Actor(name="user:2", role=Role.REP)
    request = ImportRequest(
        file=write(tmp_path, people(1)),
        campaign="spring-phone",
        actor=rep,
        rulebook=RULEBOOK,
        consent=AGREED,
    )

    with pytest.raises(Rejected, match="operator"):
        await import_leads(office.engine, request)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("file_unreadable", {"file": Path("nowhere.csv")}),
        ("unknown_campaign", {"campaign": "winter"}),
        ("unknown_column", {"mapping": {"Colour": "phone"}}),
        ("file_unwritable", {"errors": Path("nowhere/at/all.csv")}),
    ],
)
async def test_what_cannot_be_done_is_said_before_anything_is_written(
    office: World, tmp_path: Path, code: str, changes: dict[str, object]
) -> None:
    request = ImportRequest(
        file=write(tmp_path, people(1)),
        campaign="spring-phone",
        actor=OPERATOR,
        rulebook=RULEBOOK,
        consent=FileConsent(basis="express", proof="form"),
    )

    with pytest.raises(Rejected) as refused:
        await import_leads(office.engine, replace(request, **changes))  # type: ignore[arg-type]

    assert refused.value.code == code
    assert await office.rows("SELECT count(*) FROM imports") == [(0,)]
