"""A list becomes leads in the browser: columns, verdicts, consent, import, and all of it undone."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import Response

from orchestrator.engine.actions.roles import Role
from orchestrator.engine.import_jobs import check_list, forget_lists, import_list
from storage import clock
from storage.database import transaction
from tests.orchestrator.engine.world import TUESDAY
from tests.web import seven_errors
from tests.web.conftest import Browser, Site

SEATS = {"fields": [{"key": "seats", "label": "Seats", "type": "number"}]}
LEFT = (
    "leads",
    "contacts",
    "contact_points",
    "attempts",
    "consents",
    "import_files",
)
SELECTED = re.compile(r'<select class="input" name="(column-\d+)".*?</select>', re.S)
CHOSEN = re.compile(r'<option value="([^"]*)" selected>')
TWO = "phone,first_name\n+12125550100,Ana\n+12125550101,Ben\n"


async def hand_in(browser: Browser, text: str, name: str = "people.csv") -> Response:
    csrf = await browser.csrf("/campaigns/spring/import")
    return await browser.http.post(
        "/campaigns/spring/import",
        data={"csrf": csrf},
        files={"file": (name, text.encode(), "text/csv")},
    )


async def handed_in(browser: Browser, text: str) -> str:
    """The address of the import."""
    answer = await hand_in(browser, text)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith("/imports/"), await browser.page("/")
    return str(answer.headers["location"])


async def chosen(browser: Browser, path: str) -> dict[str, str]:
    """What the page takes each column for."""
    page = await browser.page(path)
    found = {}
    for one in SELECTED.finditer(page):
        selected = CHOSEN.search(one[0])
        found[one[1]] = selected[1] if selected else ""
    return found


async def checked(site: Site, browser: Browser, text: str, **columns: str) -> str:
    path = await handed_in(browser, text)
    await browser.send(f"{path}/columns", **{**await chosen(browser, path), **columns})
    await check_list(site.ctx, path.split("/")[-1])
    return path


async def imported(site: Site, browser: Browser, text: str) -> str:
    path = await checked(site, browser, text)
    await browser.send(f"{path}/consent", basis="express_written", proof="form 12")
    await check_list(site.ctx, path.split("/")[-1])
    await browser.send(f"{path}/start")
    await import_list(site.ctx, path.split("/")[-1])
    return path


async def counts(site: Site) -> dict[str, int]:
    found = {}
    for table in LEFT:
        ((number,),) = await site.world.rows(f"SELECT count(*) FROM {table}")
        found[table] = int(str(number))
    return found


@pytest.fixture
async def operator(site: Site) -> Browser:
    await site.world.campaign("spring", document=SEATS)
    return await site.signed_in(Role.OPERATOR)


async def test_a_thousand_rows_with_seven_kinds_of_errors_get_the_error_file_of_the_fixture(
    site: Site, operator: Browser
) -> None:
    path = await checked(site, operator, seven_errors.text())

    page = await operator.page(path)
    errors = await operator.get(f"{path}/errors.csv")

    assert f"Import {seven_errors.GOOD} leads" in page
    assert errors.content == seven_errors.ERRORS.read_bytes()
    assert errors.headers["content-disposition"].startswith("attachment")
    assert await counts(site) == {**dict.fromkeys(LEFT, 0), "import_files": 1}
    codes = await site.world.rows(
        "SELECT count(DISTINCT code) FROM import_rejections WHERE NOT taken"
    )
    assert codes == [(seven_errors.KINDS,)]


async def test_the_button_names_the_number_that_is_really_imported(
    site: Site, operator: Browser
) -> None:
    path = await imported(site, operator, seven_errors.text())

    page = await operator.page(path)

    assert (await counts(site))["leads"] == seven_errors.GOOD
    assert (await counts(site))["import_files"] == 0
    assert f"<b>{seven_errors.GOOD}</b> leads came in" in page
    assert (await operator.get(f"{path}/errors.csv")).content == seven_errors.ERRORS.read_bytes()


async def test_an_undone_import_leaves_nothing_behind_but_one_event_that_says_so(
    site: Site, operator: Browser
) -> None:
    path = await imported(site, operator, TWO)
    before = await counts(site)

    await operator.send(f"{path}/undo")
    await operator.send(f"{path}/undo")

    assert (before["leads"], before["attempts"], before["consents"]) == (2, 2, 2)
    assert await counts(site) == dict.fromkeys(LEFT, 0)
    assert await site.world.rows(
        "SELECT data ->> 'leads', data ->> 'contacts' FROM events WHERE kind = 'import.undone'"
    ) == [("2", "2")]
    assert "are gone again" in await operator.page(path)


async def test_who_was_known_before_stays_when_an_import_is_undone(
    site: Site, operator: Browser
) -> None:
    await site.world.campaign("autumn")
    ((other,),) = await site.world.rows("SELECT id FROM campaigns WHERE name = 'autumn'")
    assert isinstance(other, UUID)
    await site.world.leads(other, 1, phones=["+12125550100"])
    before = await counts(site)
    path = await imported(
        site, operator, "phone,email\n+12125550100,ana@example.com\n+12125550101,\n"
    )

    await operator.send(f"{path}/undo")

    after = await counts(site)
    points = await site.world.rows("SELECT DISTINCT value FROM contact_points")

    assert {**after, "contact_points": 1} == before
    assert points == [("+12125550100",)]


async def test_an_import_of_which_one_lead_was_called_stays(site: Site, operator: Browser) -> None:
    path = await imported(site, operator, TWO)
    await site.world.tick(site.ctx)

    answer = await operator.send(f"{path}/undo")
    page = await operator.page(str(answer.headers["location"]))

    assert "contacted or worked on" in page
    assert (await counts(site))["leads"] == 2


async def test_an_import_of_which_a_lead_has_a_note_stays(site: Site, operator: Browser) -> None:
    path = await imported(site, operator, TWO)
    ((lead, *_), *_) = await site.world.rows("SELECT id FROM leads ORDER BY row_number")
    await operator.send(f"/leads/{lead}/notes", form_of=f"/leads/{lead}", body="Prefers mornings")

    await operator.send(f"{path}/undo")

    assert (await counts(site))["leads"] == 2


async def test_an_import_can_be_undone_for_a_day_and_no_longer(
    site: Site, operator: Browser
) -> None:
    path = await imported(site, operator, TWO)
    assert "Undo the import" in await operator.page(path)
    async with transaction(site.world.engine) as tx:
        await clock.move(tx, TUESDAY + timedelta(hours=25))

    await operator.send(f"{path}/undo")

    assert (await counts(site))["leads"] == 2


async def test_columns_are_taken_by_their_names_and_can_be_named_or_ignored(
    site: Site, operator: Browser
) -> None:
    path = await handed_in(operator, "Rufnummer,Vorname,Seats\n+12125550100,Ana,many\n")

    guessed = await chosen(operator, path)
    answer = await operator.send(f"{path}/columns", **guessed)
    refused = await operator.page(path)
    await operator.send(
        f"{path}/columns", **{"column-0": "phone", "column-1": "first_name", "column-2": ""}
    )
    await check_list(site.ctx, path.split("/")[-1])

    assert guessed == {"column-0": "", "column-1": "", "column-2": "seats"}
    assert answer.status_code == 303
    assert "No column of the list is called phone" in refused
    assert "Import 1 lead<" in await operator.page(path)


async def test_a_row_without_consent_is_shown_as_such_until_the_list_has_one(
    site: Site, operator: Browser
) -> None:
    path = await checked(site, operator, TWO)

    without = await operator.page(path)
    await operator.send(f"{path}/consent", basis="express", proof="")
    alone = await site.world.rows("SELECT status FROM imports")
    await operator.send(f"{path}/consent", basis="express_written", proof="form 12")
    await check_list(site.ctx, path.split("/")[-1])
    with_it = await operator.page(path)

    assert "are not contacted for now" in without
    assert alone == [("checked",)]
    assert "become leads that are contacted" in with_it
    assert "are not contacted for now" not in with_it


async def test_rows_can_be_looked_at_by_their_verdict(site: Site, operator: Browser) -> None:
    path = await checked(site, operator, seven_errors.text())

    page = await operator.page(f"{path}?show=bad_country")

    assert "Britain" in page
    assert "Mars/Olympus" not in page


async def test_markup_in_cells_headers_and_names_is_shown_as_text(
    site: Site, operator: Browser
) -> None:
    evil = '<img src=x onerror="alert(1)">'
    text = f'phone,"{evil.replace(chr(34), chr(34) * 2)}"\n12,"<script>alert(2)</script>"\n'
    answer = await hand_in(operator, text, name="<b>bold</b>.csv")
    path = str(answer.headers["location"])

    columns = await operator.page(path)
    await operator.send(f"{path}/columns", **await chosen(operator, path))
    await check_list(site.ctx, path.split("/")[-1])
    rows = await operator.page(path)

    for page in (columns, rows):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>bold" not in page
    assert "&lt;script&gt;alert(2)" in rows


@pytest.mark.parametrize("text", ["", "   \n\n", ",,,\n1,2,3,4\n", "a,a,phone\n1,2,3\n"])
async def test_what_is_no_list_is_refused_at_once(operator: Browser, text: str) -> None:
    answer = await hand_in(operator, text)

    assert answer.headers["location"].endswith("/campaigns/spring/import") or (
        answer.headers["location"] == "/"
    )


async def test_a_pasted_list_is_taken_like_a_file(site: Site, operator: Browser) -> None:
    csrf = await operator.csrf("/campaigns/spring/import")
    answer = await operator.http.post(
        "/campaigns/spring/import", data={"csrf": csrf, "pasted": TWO}, files={"x": b""}
    )

    assert "Ana" in await operator.page(str(answer.headers["location"]))


async def test_more_than_the_limit_is_refused_before_it_is_read(operator: Browser) -> None:
    csrf = await operator.csrf()
    answer = await operator.http.post(
        "/campaigns/spring/import",
        content=b"x",
        headers={"content-length": "60000000", "x-csrf-token": csrf},
    )

    assert answer.status_code == 303
    assert "larger than 50 MB" in await operator.page("/")


async def test_a_form_from_elsewhere_hands_in_nothing(site: Site, operator: Browser) -> None:
    answer = await operator.http.post(
        "/campaigns/spring/import", data={"csrf": "00"}, files={"file": ("a.csv", b"phone\n")}
    )

    assert answer.status_code == 403
    assert await site.world.rows("SELECT count(*) FROM imports") == [(0,)]


async def test_an_import_that_is_asked_for_twice_is_done_once(
    site: Site, operator: Browser
) -> None:
    path = await imported(site, operator, TWO)

    await operator.send(f"{path}/start")
    await import_list(site.ctx, path.split("/")[-1])

    assert (await counts(site))["leads"] == 2
    assert await site.world.rows("SELECT status FROM imports") == [("done",)]


async def test_a_list_that_broke_off_is_imported_again_and_nobody_twice(
    site: Site, operator: Browser
) -> None:
    path = await checked(site, operator, TWO)
    await operator.send(f"{path}/start")
    await site.world.do("UPDATE imports SET status = 'failed', ended_at = :at", at=TUESDAY)

    answer = await operator.send(f"{path}/again")
    again = str(answer.headers["location"])
    await import_list(site.ctx, again.split("/")[-1])

    assert again != path
    assert (await counts(site))["leads"] == 2


async def test_a_list_that_cannot_be_read_waits_for_a_person_with_the_reason(
    site: Site, operator: Browser
) -> None:
    path = await checked(site, operator, 'phone,first_name\n+12125550100,"Ana\n+12125550101,Ben\n')

    assert "never closed" in await operator.page(path)
    assert await site.world.rows("SELECT status FROM imports") == [("uploaded",)]


async def test_a_list_that_nobody_comes_back_to_is_forgotten(site: Site, operator: Browser) -> None:
    await checked(site, operator, TWO)

    early = await forget_lists(site.ctx)
    async with transaction(site.world.engine) as tx:
        await clock.move(tx, TUESDAY + timedelta(days=2))
    late = await forget_lists(site.ctx)

    assert (early, late) == (0, 1)
    assert (await counts(site))["import_files"] == 0
