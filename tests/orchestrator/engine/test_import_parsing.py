"""A file becomes chunks: whatever its bytes are, with a bounded memory, each row with a verdict."""

import csv
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.engine.imports.ahead import WORTH_A_PROCESS, chunks_of
from orchestrator.engine.imports.error_file import HARMLESS, safe
from orchestrator.engine.imports.parsing import Chunk, Job, parse
from orchestrator.engine.imports.request import FileConsent, Only
from orchestrator.engine.imports.sheet import Sheet, open_sheet, reading
from orchestrator.engine.imports.terms import Terms
from orchestrator.engine.imports.text_file import examine
from outreach.campaign import Campaign
from outreach.channel import ChannelName
from outreach.csv_rows import ColumnMap, map_header
from outreach.errors import Rejected
from storage.import_columns import COLUMNS
from tests.law import RULEBOOK
from tests.orchestrator.engine.world import TUESDAY

CAMPAIGN = Campaign.model_validate(
    {
        "kind": "campaign",
        "name": "spring",
        "title": "Spring",
        "goal": "Offer a demo",
        "purpose": "service",
        "agent": "ada",
        "fields": [{"key": "product"}, {"key": "seats", "type": "number"}],
        "steps": [{"channel": "voice"}],
    }
)
SAME_FOLDER = [HealthCheck.function_scoped_fixture]
NAMES = [name for name, _ in COLUMNS]


def sheet_of(folder: Path, content: bytes) -> Sheet:
    file = folder / "people.csv"
    file.write_bytes(content)
    return open_sheet(examine(file))


def job_of(folder: Path, content: bytes, chunk_rows: int = 4096, only: Only | None = None) -> Job:
    sheet = sheet_of(folder, content)
    columns = map_header(sheet.header, CAMPAIGN.fields, CAMPAIGN.channels)
    assert isinstance(columns, ColumnMap), columns
    terms = Terms(
        campaign=CAMPAIGN,
        columns=columns,
        needed={ChannelName.VOICE: frozenset(), ChannelName.WHATSAPP: frozenset()},
        consent=FileConsent(basis="express", proof="form"),
        now=TUESDAY,
        rulebook=RULEBOOK,
    )
    return Job(sheet=sheet, terms=terms, only=only, chunk_rows=chunk_rows)


def staged(chunks: list[Chunk]) -> list[dict[str, str]]:
    lines = [line for chunk in chunks for line in chunk.stage.decode().splitlines()]
    return [dict(zip(NAMES, line.split("\t"), strict=True)) for line in lines]


@pytest.mark.row("S4-5")
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "latin-1"]
)
def test_delimiter_and_encoding_are_found(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [["Phone", "First Name"], *([f"+120255501{n:02}", "Zoë Müller"] for n in range(20))]
    text = "\r\n".join(delimiter.join(row) for row in rows)

    found = staged(list(parse(job_of(tmp_path, text.encode(encoding)))))

    assert len(found) == 20
    assert {row["first_name"] for row in found} == {"Zoë Müller"}
    assert {row["phone"] for row in found} == {f"+120255501{n:02}" for n in range(20)}


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp1252", ["José"]),
        ("cp1252", ["Jörg"]),
        ("cp1252", ["François Lefèvre", "Chloé Dubois"]),
        ("mac_roman", ["François Lefèvre", "Chloé Dubois"]),
        ("cp1250", ["Łukasz Wiśniewski", "Żaneta Dąbrowska"]),
        ("cp1251", ["Иван Петров", "Мария Смирнова", "Ольга Кузнецова"]),
        ("gb18030", ["王小明", "李丽华", "张伟国"]),
    ],
)
def test_a_few_names_are_enough_to_know_how_they_are_written(
    tmp_path: Path, encoding: str, names: list[str]
) -> None:
    rows = "".join(f"+120255501{n:02};{name}\n" for n, name in enumerate(names))

    found = staged(list(parse(job_of(tmp_path, ("phone;first_name\n" + rows).encode(encoding)))))

    assert [row["first_name"] for row in found] == names


def test_the_line_that_a_spreadsheet_hides_is_no_header(tmp_path: Path) -> None:
    content = b"sep=;\r\nphone;first_name\r\n+12025550100;Ana, the first\r\n"

    (found,) = staged(list(parse(job_of(tmp_path, content))))

    assert found["first_name"] == "Ana, the first"


def test_a_quoted_cell_may_hold_lines_delimiters_and_what_copy_would_misread(
    tmp_path: Path,
) -> None:
    content = b'phone,first_name,product\n+12025550100,"a\tb\nc\\d","e\r\nf ""g"""\n'

    (found,) = staged(list(parse(job_of(tmp_path, content))))

    assert found["first_name"] == "a\\tb\\nc\\\\d"
    assert found["fields"] == '{"product":"e\\\\r\\\\nf \\\\"g\\\\""}'


def test_a_row_with_damaged_bytes_is_refused_and_the_others_are_taken(tmp_path: Path) -> None:
    good = "phone,first_name\n+12025550100,Zoë\n".encode()

    (chunk,) = parse(job_of(tmp_path, good + b"+12025550101,Zo\xff\n+12025550102,Ana\n"))

    assert [one.code for one in chunk.rejections] == ["row_damaged"]
    assert [row["phone"] for row in staged([chunk])] == ["+12025550100", "+12025550102"]


def test_a_quote_that_never_closes_costs_rows_and_nothing_else(tmp_path: Path) -> None:
    open_quote = b'+12025550101,"Ana' + b"x" * 200_000 + b"\n"

    chunks = list(parse(job_of(tmp_path, b"phone,first_name\n+12025550100,Ana\n" + open_quote)))

    assert [row["phone"] for row in staged(chunks)] == ["+12025550100"]
    assert [one.code for chunk in chunks for one in chunk.rejections] == ["row_unreadable"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("", None),
        (",,", None),
        ("+12025550100", "too_few_cells"),
        ("+12025550100,Ana,3,4", "too_many_cells"),
        (f"+12025550100,{'x' * 5000},3", "cell_too_long"),
        ("+12025550100,A\x00a,3", "control_character"),
        (",Ana,3", "phone_missing"),
        ("+1202555010,Ana,3", "phone_invalid"),
        ("2025550100,Ana,3", "phone_not_e164"),
        ("2.02555E+09,Ana,3", "phone_not_e164"),
        ("+12025550100,Ana,many", "bad_field"),
    ],
)
def test_each_bad_row_has_its_code_and_a_blank_one_is_none(
    tmp_path: Path, row: str, code: str | None
) -> None:
    content = f"phone,first_name,seats\n{row}\n".encode()

    rejections = [one for chunk in parse(job_of(tmp_path, content)) for one in chunk.rejections]

    assert [one.code for one in rejections] == ([code] if code else [])


def test_no_chunk_holds_more_rows_than_it_may(tmp_path: Path) -> None:
    rows = "".join(f"+1202555{n:04},Ana\n" for n in range(95))

    chunks = list(parse(job_of(tmp_path, b"phone,first_name\n" + rows.encode(), chunk_rows=10)))

    assert [chunk.rows_read for chunk in chunks] == [10] * 9 + [5]
    assert max(len(chunk.texts) for chunk in chunks) == 10


def test_ids_follow_the_rows_of_the_file_and_are_never_the_same(tmp_path: Path) -> None:
    rows = "".join(f"+1202555{n:04},Ana\n" for n in range(300))

    found = staged(list(parse(job_of(tmp_path, b"phone,first_name\n" + rows.encode(), 100))))

    leads = [row["lead_id"] for row in found]
    every = [row[name] for row in found for name in NAMES[2:6]]
    assert leads == sorted(leads)
    assert len(set(every)) == 4 * 300
    assert {one[12] + one[16] for one in every} == {"78"}


def test_only_takes_the_rows_of_one_value_and_keeps_their_numbers(tmp_path: Path) -> None:
    content = b"phone,Segment\n+12025550100,a\n+12025550101,b\n+12025550102, b \n"

    (chunk,) = parse(job_of(tmp_path, content, only=Only("segment", "b")))

    assert chunk.rows_read == 2
    assert [row["row_number"] for row in staged([chunk])] == ["2", "3"]


async def test_the_parsers_process_says_what_the_parser_here_says(tmp_path: Path) -> None:
    rows = "".join(f"+1202555{n:04},Ana\n12,Ben\n" for n in range(50))
    job = job_of(tmp_path, b"phone,first_name\n" + rows.encode(), chunk_rows=30)

    async with chunks_of(job, WORTH_A_PROCESS) as coming:
        far = [chunk async for chunk in coming]

    here = list(parse(job))
    assert [(one.texts, one.rejections) for one in far] == [
        (one.texts, one.rejections) for one in here
    ]


async def test_what_goes_wrong_in_the_parsers_process_is_raised_here(tmp_path: Path) -> None:
    job = job_of(tmp_path, b"phone\n+12025550100\n")
    job.sheet.path.unlink()

    with pytest.raises(FileNotFoundError):
        async with chunks_of(job, WORTH_A_PROCESS) as coming:
            [chunk async for chunk in coming]


async def test_nobody_waits_for_chunks_that_nobody_wants(tmp_path: Path) -> None:
    rows = "".join(f"+1202555{n:04},{'x' * 3000}\n" for n in range(2000))
    job = job_of(tmp_path, b"phone,first_name\n" + rows.encode(), chunk_rows=100)

    async with chunks_of(job, WORTH_A_PROCESS) as coming:
        first = await anext(coming)

    assert first.rows_read == 100


@given(st.binary(max_size=400))
@settings(max_examples=200, suppress_health_check=SAME_FOLDER)
def test_any_bytes_give_verdicts_or_a_refusal_and_never_a_crash(
    tmp_path: Path, content: bytes
) -> None:
    try:
        job = job_of(tmp_path, b"phone,first_name\n" + content)
    except Rejected:
        return
    for chunk in parse(job):
        assert chunk.staged + len(chunk.rejections) == chunk.rows_read


@given(st.binary(min_size=1, max_size=200))
@settings(max_examples=200, suppress_health_check=SAME_FOLDER)
def test_any_bytes_can_be_opened_or_are_refused(tmp_path: Path, content: bytes) -> None:
    try:
        sheet = sheet_of(tmp_path, content)
    except Rejected:
        return
    with reading(sheet) as (_, rows):
        for row in rows:
            assert row.text


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=40), min_size=1))
def test_no_cell_that_is_written_out_begins_like_a_formula(cells: list[str]) -> None:
    out = StringIO()
    csv.writer(out).writerow(safe(cells))

    for cell, written in zip(cells, safe(cells), strict=True):
        assert written.removeprefix("'").endswith(cell.removeprefix("'"))
        if written.lstrip()[:1] in ("=", "+", "-", "@"):
            assert HARMLESS.fullmatch(written)
