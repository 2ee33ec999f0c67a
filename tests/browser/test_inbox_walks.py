"""Two colleagues in the inbox at once, by mouse and by keyboard, and a person who says stop."""

import re
from collections.abc import Iterator
from functools import partial
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from orchestrator.engine import sending
from orchestrator.engine.actions.accounts import NewUser, add_user, make_link
from orchestrator.engine.actions.roles import Actor, Role
from storage.database import transaction
from tests.browser.axe import violations
from tests.browser.conftest import Served, Watched
from tests.orchestrator.engine.world import World
from tests.web.people import lead_of, number_of, talk_of, wrote

HOSTILE = "<img src=x onerror=\"document.body.dataset.hacked='yes'\"><script>alert(1)</script>"

pytestmark = pytest.mark.timeout(180)


def say(served: Served, lead: UUID, text: str, ref: str) -> None:
    async def said(world: World) -> None:
        await wrote(world.context(), await number_of(world, lead), text, ref)

    served.do(said)


@pytest.fixture
def talk(served: Served, token: str) -> tuple[UUID, UUID]:
    """A lead with a planned call who has written, and their conversation."""

    async def made(world: World) -> tuple[UUID, UUID]:
        # The first letter makes the number; nobody of another test is called there.
        ((known,),) = await world.rows("SELECT count(*) FROM leads")
        name = "bcdefghijklmnopqrtuvwxyz"[int(str(known))] + token
        lead, _ = await lead_of(world, name)
        await wrote(world.context(), await number_of(world, lead), "Tell me more", token)
        return lead, await talk_of(world, lead)

    return served.do(made)


@pytest.fixture
def bob(browser: Browser, served: Served, token: str) -> Iterator[Page]:
    """Another colleague, at another browser."""

    async def made(world: World) -> str:
        wanted = NewUser(
            email=f"{token}@example.com", name="Bob Lee", role=Role.REP, password_hash=None
        )
        async with transaction(world.engine) as tx:
            root = Actor(name="test", role=Role.OWNER)
            user = await add_user(world.context(), tx, wanted, root)
            return await make_link(tx, user.id)

    context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(f"{served.host}/enter?token={served.do(made)}")
    yield page
    context.close()


async def close_window(id: UUID, world: World) -> None:
    await world.do("UPDATE conversations SET window_expires_at = created_at WHERE id = :id", id=id)


def leave(served: Served) -> None:
    """What was written leaves, as a duty of the engine would see to it."""

    async def sent(world: World) -> None:
        while await sending.send_composed(world.context()):
            pass

    served.do(sent)


def test_two_colleagues_see_what_the_other_does_and_stop_locks_both(
    served: Served, visit: Watched, bob: Page, talk: tuple[UUID, UUID], token: str
) -> None:
    lead, id = talk
    page = visit.goto(f"/inbox/{id}")
    bob.goto(f"{served.host}/inbox/{id}")
    for one in (page, bob):
        expect(one.locator("#connection")).to_have_text("live")
        expect(one.locator("#talk-words")).to_contain_text("Tell me more")

    # Ana types, and Bob is told so; she writes, and he reads it without a reload.
    page.locator("[data-reply]").press_sequentially("Hello, this is Ana.")
    expect(bob.locator("#talk-typing")).to_have_text("Ana Ray is typing")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#talk-words")).to_contain_text("Hello, this is Ana.")
    expect(bob.locator("#talk-words")).to_contain_text("Hello, this is Ana.")
    expect(bob.locator("#talk-head")).to_contain_text("Ana Ray has it")
    leave(served)
    expect(bob.locator(".tick").last).to_contain_text("Sent")

    # Bob writes, which takes it; Ana, amid a sentence of hers, reads it and keeps her words.
    page.locator("[data-reply]").fill("I was about to say")
    bob.locator("[data-reply]").fill("Bob here, too.")
    bob.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#talk-words")).to_contain_text("Bob here, too.")
    expect(page.locator("#talk-head")).to_contain_text("Bob Lee has it")
    expect(page.locator("[data-reply]")).to_have_value("I was about to say")
    leave(served)

    say(served, lead, "STOP", f"{token}-stop")
    for one in (page, bob):
        expect(one.locator("#talk-composer")).to_contain_text("They asked to be left alone.")
        expect(one.locator("[data-reply]")).to_have_count(0)
    page.goto(f"{served.host}/leads/{lead}")
    expect(page.locator("#next")).to_contain_text("Nothing is planned.")


def test_the_inbox_by_keyboard_alone(
    served: Served, visit: Watched, talk: tuple[UUID, UUID], token: str
) -> None:
    page = visit.goto("/")
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page.locator("h1")).to_have_text("Inbox")
    page.goto(f"{served.host}/inbox?queue=agent")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/inbox/[0-9a-f-]{36}\?queue=agent$"))
    page.keyboard.press("r")
    page.keyboard.type(f"By keyboard {token}")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#talk-words")).to_contain_text(f"By keyboard {token}")
    # The words come live, perhaps before the answer to the form; that one draws the page anew.
    expect(page.locator("#toasts", has_text="Your message is on its way.")).to_be_visible()
    # Whoever has sent goes on writing; Escape leaves the words alone.
    expect(page.locator("[data-reply]")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("e")

    expect(page.locator("#toasts", has_text="The conversation is resolved.")).to_be_visible()


def test_hostile_words_are_words(
    served: Served, visit: Watched, talk: tuple[UUID, UUID], token: str
) -> None:
    lead, id = talk
    page = visit.goto(f"/inbox/{id}")

    say(served, lead, HOSTILE, f"{token}-hostile")

    expect(page.locator("#talk-words")).to_contain_text("<script>alert(1)</script>")
    assert page.evaluate("document.body.dataset.hacked ?? 'no'") == "no"


def test_a_narrow_screen_shows_one_pane_at_a_time(
    served: Served, visit: Watched, talk: tuple[UUID, UUID]
) -> None:
    visit.page.set_viewport_size({"width": 390, "height": 800})
    page = visit.goto("/inbox?queue=agent")
    expect(page.locator("#inbox-list")).to_be_visible()
    expect(page.locator(".inbox-talk")).to_be_hidden()

    page.locator(f'a[href*="{talk[1]}"]').click()
    expect(page.locator("#talk-words")).to_be_visible()
    expect(page.locator("#inbox-list")).to_be_hidden()
    page.get_by_role("link", name="Back to the list").click()

    expect(page.locator("#inbox-list")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_kept_out_of_the_inbox(
    served: Served, visit: Watched, talk: tuple[UUID, UUID], token: str, theme: str
) -> None:
    lead, id = talk
    visit.page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
    found: dict[str, list[str]] = {}

    for state in ("open", "closed", "locked"):
        if state == "closed":
            served.do(partial(close_window, id))
        if state == "locked":
            say(served, lead, "STOP", f"{token}-axe")
        page = visit.goto(f"/inbox/{id}?queue=all")
        expect(page.locator("#talk-composer")).to_have_attribute("data-mode", state)
        page.wait_for_timeout(300)
        found[state] = violations(page)

    # axe-core draws with styles of its own, which the policy rightly blocks.
    visit.complained.clear()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
