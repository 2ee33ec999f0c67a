"""Documents are made and changed in the browser, after a look at what follows."""

import html
import re

import pytest
from httpx import Response

from orchestrator.engine.actions.roles import Role
from tests.web.conftest import Browser, Site
from tests.web.people import lead_of

TEXT = re.compile(r'name="text"[^>]*>\n(.*?)</textarea>', re.S)
SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')
AS_OF = re.compile(r'name="as_of" value="([^"]*)"')


def text_of(page: str) -> str:
    found = TEXT.search(page)
    assert found
    return html.unescape(found[1])


async def look(browser: Browser, text: str) -> str:
    answer = await browser.send("/documents", text=text, heading="Document")
    assert answer.status_code == 200
    return answer.text


async def save(browser: Browser, text: str) -> Response:
    """As the button does that stands below what was shown."""
    page = await look(browser, text)
    seen, as_of = SEEN.search(page), AS_OF.search(page)
    assert seen, page
    assert as_of
    return await browser.send("/documents", text=text, seen=seen[1], as_of=as_of[1])


async def versions(site: Site, name: str) -> list[tuple[object, ...]]:
    return await site.world.rows(
        "SELECT kind, version FROM documents WHERE name = :name ORDER BY 1, 2", name=name
    )


async def test_what_a_new_document_begins_with_is_fit_to_be_saved(site: Site) -> None:
    browser = await site.signed_in(Role.OPERATOR)

    for kind in ("agent", "template", "campaign"):
        text = text_of(await browser.page(f"/documents/new/{kind}"))
        answer = await save(browser, text)

        assert answer.status_code == 303, kind
        assert await versions(site, f"my-{kind}") == [(kind, 1)]
    assert answer.headers["location"] == "/campaigns/my-campaign"
    assert await site.world.rows("SELECT status FROM campaigns") == [("draft",)]


async def test_nothing_is_saved_by_a_look(site: Site) -> None:
    browser = await site.signed_in(Role.OPERATOR)
    text = text_of(await browser.page("/documents/new/agent"))

    page = await look(browser, text)

    assert "is new" in page
    assert await versions(site, "my-agent") == []


async def test_a_text_that_was_changed_after_the_look_is_looked_at_again(site: Site) -> None:
    browser = await site.signed_in(Role.OPERATOR)
    text = text_of(await browser.page("/documents/new/agent"))
    seen = SEEN.search(await look(browser, text))
    assert seen

    other = text.replace("My agent", "Your agent")
    answer = await browser.send("/documents", text=other, seen=seen[1])

    assert answer.status_code == 200
    assert SEEN.search(answer.text)
    assert await versions(site, "my-agent") == []


async def test_every_mistake_is_told_with_its_line_and_key_and_the_text_stays(site: Site) -> None:
    browser = await site.signed_in(Role.OPERATOR)
    text = text_of(await browser.page("/documents/new/campaign"))
    wrong = text.replace("concurrency: 5", "concurency: 5").replace(
        "  - {channel: voice}", "  - {channel: fax}"
    )

    page = await look(browser, wrong)

    line = 1 + wrong[: wrong.index("concurency")].count("\n")
    assert f'data-line="{line}"' in page
    assert "Did you mean concurrency?" in page
    assert "steps.0" in page
    assert "concurency: 5" in text_of(page)
    assert not SEEN.search(page)


async def test_text_that_is_no_yaml_is_told_with_its_line(site: Site) -> None:
    browser = await site.signed_in(Role.OPERATOR)

    page = await look(browser, 'kind: agent\nname: "open\n')

    assert "This is not YAML" in page
    assert "data-line" in page


async def test_an_edit_of_a_running_campaign_shows_whom_it_moves_before_it_is_saved(
    site: Site,
) -> None:
    await lead_of(site.world)
    browser = await site.signed_in(Role.OPERATOR)
    text = text_of(await browser.page("/documents/campaign/spring"))
    assert "version: 1" in text
    edited = text + 'schedule:\n  windows: {mon-fri: "12:00-16:00"}\n'

    page = await look(browser, edited)
    answer = await save(browser, edited)

    assert "Open leads of spring, which runs" in page
    assert "to a later time" in page or "no longer be contacted" in page
    assert answer.headers["location"] == "/campaigns/spring"
    assert ("campaign", 2) in await versions(site, "spring")
    assert await site.world.rows("SELECT reason, to_version FROM replanning_jobs") == [
        ("edited", 2)
    ]


async def test_a_version_that_somebody_saved_meanwhile_is_never_overwritten(site: Site) -> None:
    browser = await site.signed_in(Role.OPERATOR)
    await save(browser, text_of(await browser.page("/documents/new/agent")))
    mine = text_of(await browser.page("/documents/agent/my-agent"))
    await save(browser, mine.replace("title: My agent", "title: Theirs"))

    page = await look(browser, mine.replace("title: My agent", "title: Mine"))

    assert "is at version 2, and yours starts from 1" in page
    assert "title: My agent → Theirs" in page
    assert "--base" not in page
    assert len(await versions(site, "my-agent")) == 2


async def test_who_may_only_look_sees_a_document_and_no_button(site: Site) -> None:
    await lead_of(site.world)
    browser = await site.signed_in(Role.VIEWER)

    page = await browser.page("/documents/campaign/spring")
    listed = await browser.page("/documents")

    assert "readonly" in page
    assert "Look at what it changes" not in page
    assert "Ada" in listed
    assert "New agent" not in listed


@pytest.mark.parametrize("path", ["/documents/agent/nobody", "/documents/new/person"])
async def test_a_document_that_is_not_there_is_no_page(site: Site, path: str) -> None:
    browser = await site.signed_in(Role.OPERATOR)

    assert (await browser.get(path)).status_code == 404


async def test_markup_in_a_document_is_shown_as_text(site: Site) -> None:
    browser = await site.signed_in(Role.OPERATOR)

    page = await look(browser, "kind: agent\nname: </textarea><script>alert(1)</script>\n")

    assert "<script>alert" not in page


async def test_a_launch_says_what_stops_it_and_asks_for_the_name_where_something_is_doubtful(
    site: Site,
) -> None:
    await site.world.campaign("spring", status="draft")
    browser = await site.signed_in(Role.OPERATOR)

    page = await browser.page("/campaigns/spring/launch")
    await browser.send("/campaigns/spring/launch")
    still = await site.world.rows("SELECT status FROM campaigns")
    await browser.send("/campaigns/spring/launch", typed="spring")

    assert "Nobody is in it yet" in page
    assert "Type spring to launch it" in page
    assert still == [("draft",)]
    assert await site.world.rows("SELECT status FROM campaigns") == [("running",)]


async def test_what_stops_a_launch_cannot_be_confirmed_away(site: Site) -> None:
    await site.world.campaign("spring", status="draft")
    await site.world.do("DELETE FROM senders")
    browser = await site.signed_in(Role.OPERATOR)

    page = await browser.page("/campaigns/spring/launch")
    await browser.send("/campaigns/spring/launch", typed="spring")

    assert page.count("has no number to use") == 2
    assert "Type spring" not in page
    assert await site.world.rows("SELECT status FROM campaigns") == [("draft",)]


async def test_a_campaign_is_copied_without_its_leads_and_put_away_by_its_name(site: Site) -> None:
    await lead_of(site.world)
    browser = await site.signed_in(Role.OPERATOR)

    answer = await browser.send("/campaigns/spring/duplicate", new="autumn")
    await browser.send("/campaigns/autumn/archive", typed="spring")
    still = await site.world.rows("SELECT status FROM campaigns WHERE name = 'autumn'")
    await browser.send("/campaigns/autumn/archive", typed="autumn")

    assert answer.headers["location"] == "/campaigns/autumn"
    assert still == [("draft",)]
    await browser.page("/campaigns")  # where the last deed is told
    assert "/campaigns/autumn" not in await browser.page("/campaigns")
    assert "/campaigns/autumn" in await browser.page("/campaigns?archived=true")


async def test_what_would_follow_an_outcome_is_played_by_the_rules(site: Site) -> None:
    await lead_of(site.world)
    browser = await site.signed_in(Role.VIEWER)

    page = await browser.page("/campaigns/spring?tab=follow_ups&outcome=opted_out")

    assert "Simulate an outcome" in page
    assert "Nothing more; they become unsubscribed." in page
    assert 'value="opted_out" selected' in page
