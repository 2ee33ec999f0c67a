"""From nothing to a launched campaign with people in it, in the browser and without a command."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Served, Watched
from tests.orchestrator.engine.world import World
from tests.web import seven_errors

pytestmark = pytest.mark.timeout(180)


def write(page: Page, text: str) -> None:
    page.locator("#document-text").fill(text)
    page.keyboard.press("Control+Enter")


def text_of(page: Page) -> str:
    return page.locator("#document-text").input_value()


def fits(page: Page) -> None:
    """On a telephone, too, and open to everybody."""
    wide = page.viewport_size
    assert wide
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.set_viewport_size(wide)
    assert violations(page) == []


def test_a_campaign_is_made_from_nothing_and_launched_after_a_look(
    served: Served, visit: Watched
) -> None:
    page = visit.goto("/documents/new/agent")
    page.locator("#document-text").press("Control+Enter")
    page.locator("#save").click()
    expect(page).to_have_url(re.compile("/documents$"))

    page.goto(f"{served.host}/documents/new/campaign")
    good = text_of(page).replace("agent: ada", "agent: my-agent")
    write(page, good.replace("concurrency:", "concurency:"))
    expect(page.locator("#found")).to_contain_text("Did you mean concurrency?")
    fits(page)
    page.get_by_role("button", name=re.compile("^Line")).first.click()
    marked = page.evaluate("String(getSelection())") or page.evaluate(
        "(() => { const it = document.querySelector('#document-text');"
        " return it.value.slice(it.selectionStart, it.selectionEnd) })()"
    )
    assert marked.startswith("concurency:")
    write(page, good)
    expect(page.locator("#found")).to_contain_text("is new")
    fits(page)
    page.locator("#save").click()
    expect(page).to_have_url(re.compile("/campaigns/my-campaign$"))

    async def simulate(world: World) -> None:
        # What was contacted in this world before was no more real than what launches now.
        await world.do("UPDATE attempts SET simulated = true")

    served.do(simulate)
    page.get_by_role("link", name="Launch").click()
    expect(page.locator("#main")).to_contain_text("Nobody is in it yet")
    fits(page)
    page.locator("#main input[name=typed]").fill("my-campaign")
    page.get_by_role("button", name="Launch").click()

    expect(page.locator("#campaign-status")).to_contain_text("Running")
    visit.complained.clear()


def test_a_list_of_a_thousand_goes_from_a_file_to_leads_and_back(
    served: Served, visit: Watched, tmp_path: Path
) -> None:
    file = tmp_path / "fair.csv"
    file.write_text(seven_errors.text(), encoding="utf-8")

    async def fair(world: World) -> None:
        seats = {"key": "seats", "label": "Seats", "type": "number"}
        await world.campaign("fair", document={"fields": [seats]})

    served.do(fair)
    page = visit.goto("/campaigns/fair/import")
    fits(page)

    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Go on to the columns").click()
    mobile = page.get_by_label("What the column Mobile is")
    expect(mobile).to_have_value("phone")
    fits(page)
    page.get_by_role("button", name="Check every row").click()
    expect(page.locator("#import-step")).to_contain_text("Looking at every row")
    served.work()
    expect(page.get_by_role("heading", name="1\u202f000 rows")).to_be_visible()
    page.get_by_label("What they agreed to").select_option("express_written")
    page.get_by_label("Where that can be looked up").fill("form 12")
    page.get_by_role("button", name="Check again with this").click()
    expect(page.locator("#import-step")).to_contain_text("Looking at every row")
    served.work()
    start = page.get_by_role("button", name=f"Import {seven_errors.GOOD} leads")
    expect(start).to_be_enabled()
    fits(page)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Rows that are left out, as CSV").click()
    assert Path(saved.value.path()).read_bytes() == seven_errors.ERRORS.read_bytes()
    page.get_by_role("link", name="with the number of an earlier row").click()
    expect(page.locator("#rows-title")).to_contain_text("duplicate in file")
    expect(page.locator(".rows-shown")).to_contain_text("<script>alert(1)</script>")
    start.click()
    expect(page.locator("#import-step")).to_contain_text("Waiting for a worker")
    address = page.url

    page.goto(f"{served.host}/")
    served.work()
    page.goto(address)

    expect(page.locator("#import-step")).to_contain_text(f"{seven_errors.GOOD} leads came in")
    fits(page)
    page.get_by_role("button", name="Undo the import").click()
    page.locator("#undo-dialog").get_by_role("button", name="Undo the import").click()
    expect(page.locator("#toasts", has_text="is undone")).to_be_visible()
    page.goto(f"{served.host}/leads?q=Ana")
    expect(page.locator("#main")).to_contain_text("Nobody like this")
    visit.complained.clear()
