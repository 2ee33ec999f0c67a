"""Walks through the console as people take them, in a real browser, by mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from outreach.events import Kind
from storage.database import transaction
from storage.events import Event, record
from tests.browser.axe import violations
from tests.browser.conftest import Served, Watched
from tests.orchestrator.engine.world import TUESDAY, World

PAGES = (
    "/",
    "/leads",
    "/leads?q=xylograph",
    "/campaigns",
    "/campaigns/spring",
    "/companies",
    "/contacts",
    "COMPANY",
    "/campaigns/spring?tab=forecast",
    "/campaigns/spring?tab=follow_ups",
    "/campaigns/spring/import",
    "/documents",
    "/documents/new/campaign",
    "/inbox",
    "LEAD",
    "CALL",
)

pytestmark = pytest.mark.timeout(180)


def path_of(served: Served, page: str) -> str:
    named = {
        "LEAD": f"/leads/{served.lead}",
        "CALL": f"/calls/{served.call}",
        "COMPANY": f"/companies/{served.company}",
    }
    return named.get(page, page)


@pytest.mark.row("S4-12")
def test_what_happens_appears_on_the_first_page_by_itself(served: Served, visit: Watched) -> None:
    page = visit.goto("/")
    expect(page.locator("#connection")).to_have_text("live")
    expect(page.get_by_text("They are interested.")).to_have_count(0)

    async def happen(world: World) -> None:
        event = Event(
            kind=Kind.ATTEMPT_RESULT,
            at=TUESDAY,
            lead_id=served.lead,
            data={"outcome": "interested"},
        )
        async with transaction(world.engine) as tx:
            await record(tx, [event])

    served.do(happen)

    expect(page.get_by_text("They are interested.")).to_have_count(1)


@pytest.mark.row("S4-11")
def test_a_click_on_a_sentence_plays_from_there_and_a_chip_jumps_to_its_words(
    served: Served, visit: Watched
) -> None:
    page = visit.goto(f"/calls/{served.call}")
    player = page.locator("[data-player]")
    expect(player).to_have_attribute("data-state", "ready")

    page.locator('[data-turn="1"]').click()
    expect(player).to_have_attribute("data-current-time", "2.50")
    expect(page.locator('[data-turn="1"]')).to_have_attribute("aria-current", "true")
    page.locator('[data-turn="0"]').click()
    expect(player).to_have_attribute("data-current-time", "0.00")
    page.locator("dl .evidence").click()

    expect(player).to_have_attribute("data-current-time", "2.50")
    page.keyboard.press("ArrowRight")
    expect(player).to_have_attribute("data-current-time", "7.50")
    page.goto(f"{served.host}/calls/{served.call}?t=3.5")
    expect(player).to_have_attribute("data-current-time", "3.50")


def test_from_the_table_to_a_note_by_keyboard_alone(
    served: Served, visit: Watched, token: str
) -> None:
    page = visit.goto("/")

    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page.locator("h1")).to_have_text("Leads")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/leads/[0-9a-f-]{36}$"))
    page.keyboard.press("n")
    page.keyboard.type(f"Prefers mornings {token}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#notes")).to_contain_text(f"Prefers mornings {token}")
    expect(page.locator("#toasts", has_text="The note is kept.")).to_be_visible()


def test_a_value_of_a_company_is_corrected_in_place_by_keyboard_alone(
    served: Served, visit: Watched, token: str
) -> None:
    page = visit.goto("/")

    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.locator("h1")).to_have_text("Companies")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/companies/[0-9a-f-]{36}$"))
    page.get_by_label(re.compile("^City: unknown")).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(f"Berlin {token}")
    page.keyboard.press("Enter")

    expect(page.locator("#toasts", has_text="City is saved.")).to_be_visible()
    expect(page.locator("#profile")).to_contain_text(f"Berlin {token}")
    expect(page.locator("#company-history")).to_contain_text("city")


def test_two_tabs_stay_in_step(served: Served, visit: Watched, token: str) -> None:
    page = visit.goto(f"/leads/{served.lead}")
    other = page.context.new_page()
    other.goto(f"{served.host}/leads/{served.lead}")

    other.locator("[data-note]").fill(f"Seen in both {token}")
    other.get_by_role("button", name="Keep the note").click()

    expect(page.locator("#notes")).to_contain_text(f"Seen in both {token}")


def test_everything_is_stopped_from_any_page_by_a_typed_word(
    served: Served, visit: Watched
) -> None:
    page = visit.goto("/campaigns")
    page.get_by_role("button", name="Emergency stop").click()
    page.locator("#stop-dialog input[name=typed]").fill("STOP")
    page.get_by_role("button", name="Stop everything").click()
    expect(page.locator("#banners")).to_contain_text("Everything is stopped by Ana Ray")

    page.get_by_role("button", name="Lift the stop").click()
    page.locator("#resume-dialog input[name=typed]").fill("RESUME")
    page.locator("#resume-dialog").get_by_role("button", name="Lift the stop").click()

    expect(page.locator("#banners")).not_to_contain_text("Everything is stopped")


def test_the_palette_goes_where_it_is_told(served: Served, visit: Watched) -> None:
    page = visit.goto("/")
    page.keyboard.press("Control+k")

    page.keyboard.type("spri")
    expect(page.locator("#palette-found li").first).to_contain_text("spring")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/campaigns/spring$"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_kept_out_by_how_a_page_is_made(
    served: Served, visit: Watched, theme: str
) -> None:
    visit.page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
    found: dict[str, list[str]] = {}

    for path in PAGES:
        page = visit.goto(path_of(served, path))
        page.wait_for_timeout(300)
        found[path] = violations(page)

    # axe-core draws with styles of its own, which the policy rightly blocks.
    visit.complained.clear()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("width", [320, 768, 3840])
def test_no_page_is_wider_than_its_window(served: Served, visit: Watched, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 800})

    wider = {}
    for path in PAGES:
        page = visit.goto(path_of(served, path))
        wider[path] = page.evaluate("document.documentElement.scrollWidth - innerWidth")

    assert {path: by for path, by in wider.items() if by > 0} == {}
