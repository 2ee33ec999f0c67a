"""Who may come in, and how: no guess, no planted cookie, no form from elsewhere gets far."""

import pytest

from orchestrator.engine.actions.accounts import make_link
from orchestrator.engine.actions.roles import Role
from orchestrator.engine.sign_in import TRIES_PER_ACCOUNT
from storage.database import transaction
from tests.web.conftest import PASSWORD, Browser, Site
from web.visitor import SESSION, form_token, local_path, proves

OWNER = "owner@example.com"


async def enter(browser: Browser, password: str, **values: str):
    sent = {"email": OWNER, "password": password, **values}
    return await browser.send("/login", form_of="/login", **sent)


async def test_a_right_password_opens_the_first_page(site: Site) -> None:
    await site.user(Role.OWNER, PASSWORD)
    browser = site.stranger()

    answer = await enter(browser, PASSWORD)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Owner" in await browser.page("/")


async def test_a_wrong_password_and_an_unknown_address_are_told_in_the_same_words(
    site: Site,
) -> None:
    await site.user(Role.OWNER, PASSWORD)
    browser = site.stranger()

    wrong = await enter(browser, "another password")
    unknown = await enter(browser, PASSWORD, email="nobody@example.com")

    assert wrong.status_code == unknown.status_code == 422
    said = "do not belong together"
    assert said in wrong.text
    assert said in unknown.text
    assert SESSION not in browser.http.cookies


async def test_guessing_is_stopped_even_for_the_right_password(site: Site) -> None:
    await site.user(Role.OWNER, PASSWORD)
    browser = site.stranger()
    for _ in range(TRIES_PER_ACCOUNT):
        assert (await enter(browser, "a wrong password")).status_code == 422

    answer = await enter(browser, PASSWORD)

    assert answer.status_code == 429
    assert SESSION not in browser.http.cookies


async def test_a_cookie_that_was_planted_before_is_worth_nothing_after_signing_in(
    site: Site,
) -> None:
    await site.user(Role.OWNER, PASSWORD)
    victim, thief = site.stranger(), site.stranger()
    for browser in (victim, thief):
        browser.http.cookies.set(SESSION, "planted", domain="console.test")

    await enter(victim, PASSWORD)

    assert (await thief.get("/")).headers["location"] == "/login"
    assert victim.http.cookies.get(SESSION, domain="console.test.local") != "planted"


async def test_a_link_signs_in_once_and_then_no_more(site: Site) -> None:
    link = await site.link(await site.user(Role.OWNER))
    first, second = site.stranger(), site.stranger()

    assert (await first.get(link)).status_code == 303
    again = await second.get(link)

    assert again.status_code == 422
    assert "has been used" in again.text
    assert (await first.get(link)).headers["location"] == "/"


async def test_the_first_owner_is_made_by_the_servers_link_and_there_is_only_one(
    site: Site,
) -> None:
    async with transaction(site.world.engine) as tx:
        link = f"/welcome?token={await make_link(tx, None)}"
    first, second = site.stranger(), site.stranger()
    values = {"token": link.split("=")[1], "name": "Ana", "password": PASSWORD}
    late = await second.csrf(link)

    made = await first.send("/welcome", form_of=link, email=OWNER, **values)
    refused = await second.http.post(
        "/welcome", data={"csrf": late, "email": "late@example.com", **values}
    )

    assert made.status_code == 303
    assert "Ana" in await first.page("/")
    assert refused.status_code == 422
    assert (await second.get(link)).headers["location"] == "/login"


async def test_signing_out_ends_the_session_everywhere_its_cookie_was_copied(site: Site) -> None:
    browser = await site.signed_in(Role.VIEWER)
    copied = site.stranger()
    copied.http.cookies = browser.http.cookies
    assert (await copied.get("/")).status_code == 200

    await browser.send("/logout")

    assert (await copied.get("/")).headers["location"] == "/login"


async def test_a_form_without_the_pages_own_secret_changes_nothing(site: Site) -> None:
    browser, other = await site.signed_in(Role.OWNER), site.stranger()
    foreign = await other.csrf("/login")

    answers = [
        await browser.http.post("/stop", data={"typed": "STOP"}),
        await browser.http.post("/stop", data={"typed": "STOP", "csrf": foreign}),
        await browser.http.post("/stop", data={"typed": "STOP", "csrf": "no hex"}),
        await browser.http.post(
            "/stop",
            data={"typed": "STOP", "csrf": await browser.csrf()},
            headers={"Sec-Fetch-Site": "cross-site"},
        ),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert await site.world.rows("SELECT stopped FROM operator_stop") == [(False,)]


def test_a_forms_secret_looks_different_each_time_and_proves_itself_each_time() -> None:
    one, two = form_token("secret"), form_token("secret")

    assert one != two
    assert proves(one, "secret")
    assert proves(two, "secret")
    assert not proves(one, "another")


@pytest.mark.parametrize(
    "target",
    ["https://example.com/", "//example.com", "/\\example.com", "javascript:alert(1)", "", None],
)
def test_nobody_is_led_to_another_site(target: str | None) -> None:
    assert local_path(target) == "/"


async def test_signing_in_leads_on_to_pages_of_ours_alone(site: Site) -> None:
    await site.user(Role.OWNER, PASSWORD)

    abroad = await enter(site.stranger(), PASSWORD, next="//example.com/x")
    home = await enter(site.stranger(), PASSWORD, next="/leads?q=ann")

    assert abroad.headers["location"] == "/"
    assert home.headers["location"] == "/leads?q=ann"


async def test_what_is_stored_opens_no_door(site: Site) -> None:
    await site.user(Role.OWNER, PASSWORD)
    browser = site.stranger()
    await enter(browser, PASSWORD)
    cookie = browser.http.cookies[SESSION]

    stored = str(await site.world.rows("SELECT * FROM users"))
    stored += str(await site.world.rows("SELECT * FROM sessions"))

    assert PASSWORD not in stored
    assert cookie not in stored
    assert "$argon2id$" in stored
