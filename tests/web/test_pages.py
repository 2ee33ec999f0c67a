"""What people see and do in the console, on real rows."""

import json
import re
from uuid import uuid4

import pytest

from orchestrator.engine.actions.roles import Role
from storage.database import transaction
from tests.orchestrator.engine.world import TUESDAY
from tests.web.conftest import Browser, Site
from tests.web.people import lead_of, spoken

HOSTILE = "<script>alert('x')</script>"


async def test_the_first_page_of_an_empty_workspace_shows_three_steps(site: Site) -> None:
    browser = await site.signed_in(Role.VIEWER)

    assert "Three steps to the first conversation" in await browser.page("/")
    assert "No campaign yet" in await browser.page("/campaigns")
    assert "No leads yet" in await browser.page("/leads")


@pytest.mark.row("S4-10")
async def test_a_lead_shows_who_it_is_where_it_stands_and_what_comes_next(site: Site) -> None:
    lead, _ = await lead_of(site.world)
    await site.world.do(
        """UPDATE leads SET email = 'lee@example.com', fields = '{"plan": "team"}'"""
    )
    browser = await site.signed_in(Role.REP)
    await browser.send(f"/leads/{lead}/notes", body="Prefers mornings.")

    page = await browser.page(f"/leads/{lead}")

    for word in ("lee@example.com", "team", "Callable until", "in New York", "Prefers mornings."):
        assert word in page
    assert "Tue 10:00 in New York" in page
    assert await site.world.rows(
        "SELECT kind, data ? 'body' FROM events WHERE kind = 'note.added'"
    ) == [("note.added", False)]


@pytest.mark.row("S4-14")
async def test_a_follow_up_that_is_cancelled_on_the_page_never_fires(site: Site) -> None:
    lead, _ = await lead_of(site.world)
    browser = await site.signed_in(Role.REP)

    answer = await browser.send(f"/leads/{lead}/cancel-follow-up")
    await site.world.tick()

    assert answer.headers["location"] == f"/leads/{lead}"
    page = await browser.page(f"/leads/{lead}")
    assert "The follow-up is cancelled." in page
    assert "Nothing is planned." in page
    assert site.world.voice.taken == []
    assert await site.world.states() == {"cancelled": 1}


async def test_an_illegal_time_is_refused_with_the_nearest_that_are_allowed(site: Site) -> None:
    lead, _ = await lead_of(site.world)
    browser = await site.signed_in(Role.REP)

    answer = await browser.send(f"/leads/{lead}/reschedule", at="2031-03-05T03:00")

    page = await browser.page(answer.headers["location"])
    assert "is not allowed" in page
    assert "The nearest allowed times are" in page


@pytest.mark.row("S4-11")
async def test_a_call_shows_what_was_said_and_the_words_that_each_value_stands_on(
    site: Site,
) -> None:
    lead, _ = await lead_of(site.world)
    call = await spoken(site.world, lead)
    browser = await site.signed_in(Role.VIEWER)

    page = await browser.page(f"/calls/{call}")

    assert "Hello, this is Ada." in page
    assert "They are fifty." in page
    assert "no prices configured" in page
    assert re.search(r'data-jump="1"', page)
    assert re.search(r'data-turn="1" data-start="2.5"', page)
    assert f"/calls/{call}" in await browser.page(f"/leads/{lead}")


async def test_the_timeline_of_a_lead_has_the_pauses_of_its_campaign(site: Site) -> None:
    lead, _ = await lead_of(site.world)
    browser = await site.signed_in(Role.OPERATOR)
    await browser.send("/campaigns/spring/pause")

    page = await browser.page(f"/leads/{lead}")

    assert "The campaign was paused." in page


async def test_a_call_shows_what_it_cost(site: Site) -> None:
    lead, _ = await lead_of(site.world)
    call = await spoken(site.world, lead)
    await site.world.do("UPDATE attempts SET cost_micros = 14400, cost_currency = 'USD'")
    browser = await site.signed_in(Role.VIEWER)

    page = await browser.page(f"/calls/{call}")

    assert "0.0144 USD" in page
    assert "no prices configured" not in page


@pytest.mark.row("S4-12")
async def test_the_first_page_tells_what_just_happened_in_all_campaigns(site: Site) -> None:
    await lead_of(site.world)
    await lead_of(site.world, "autumn")
    await site.world.tick()
    for attempt, _ in await site.world.rows("SELECT id, n FROM attempts"):
        await site.world.do(
            "INSERT INTO events (at, kind, actor, campaign_id, lead_id, attempt_id, data)"
            " SELECT :at, 'attempt.result', 'engine', campaign_id, lead_id, id,"
            """ '{"outcome": "interested"}' FROM attempts WHERE id = :id""",
            at=TUESDAY,
            id=attempt,
        )
    browser = await site.signed_in(Role.VIEWER)

    page = await browser.page("/")

    assert page.count("They are interested.") == 2
    assert "· spring" in page
    assert "· autumn" in page


async def test_a_campaign_is_launched_paused_and_resumed_by_its_buttons(site: Site) -> None:
    await lead_of(site.world)
    browser = await site.signed_in(Role.OPERATOR)

    await browser.send("/campaigns/spring/pause")
    paused = await site.world.rows("SELECT status FROM campaigns")
    assert "Resume" in await browser.page("/campaigns/spring")
    await browser.send("/campaigns/spring/resume")

    assert paused == [("paused",)]
    assert await site.world.rows("SELECT status FROM campaigns") == [("running",)]


async def test_a_campaign_is_cancelled_only_by_who_types_its_name(site: Site) -> None:
    await lead_of(site.world)
    browser = await site.signed_in(Role.OPERATOR)

    await browser.send("/campaigns/spring/cancel", typed="sprint")
    still = await site.world.rows("SELECT status FROM campaigns")
    await browser.send("/campaigns/spring/cancel", typed="spring")

    assert still == [("running",)]
    assert await site.world.rows("SELECT status FROM campaigns") == [("cancelled",)]


async def test_who_meets_somebody_elses_change_is_told_to_try_again(site: Site) -> None:
    await lead_of(site.world)
    browser = await site.signed_in(Role.OPERATOR)

    async with transaction(site.world.engine) as tx:
        await tx.exec_driver_sql("SELECT id FROM campaigns FOR UPDATE")
        answer = await browser.send("/campaigns/spring/pause")

    assert answer.status_code == 303
    assert "Somebody else is changing the same thing" in await browser.page("/campaigns/spring")
    assert await site.world.rows("SELECT status FROM campaigns") == [("running",)]


@pytest.mark.parametrize(
    "tab",
    ["overview", "leads", "forecast", "follow_ups", "activity", "document", "nonsense"],
)
async def test_every_part_of_a_campaign_is_there(site: Site, tab: str) -> None:
    await lead_of(site.world)
    browser = await site.signed_in(Role.VIEWER)

    page = await browser.page(f"/campaigns/spring?tab={tab}")

    assert "Running" in page
    if tab == "document":
        assert "kind: campaign" in page


async def test_everybody_sees_who_stopped_everything_until_it_is_lifted(site: Site) -> None:
    lead, _ = await lead_of(site.world)
    operator = await site.signed_in(Role.OPERATOR)
    viewer = await site.signed_in(Role.VIEWER)

    await operator.send("/stop", typed="stopp")
    assert await site.world.rows("SELECT stopped FROM operator_stop") == [(False,)]
    await operator.send("/stop", typed="STOP", back="/leads")

    for path in ("/", "/leads", f"/leads/{lead}", "/campaigns"):
        assert "Everything is stopped by Operator" in await viewer.page(path)
    await operator.send("/resume", typed="resume")
    assert "Everything is stopped by" not in await viewer.page("/")


async def test_leads_are_found_by_words_filters_and_page_by_page(site: Site) -> None:
    campaign = await site.world.campaign("spring")
    await site.world.leads(campaign, 60)
    await site.world.do("UPDATE leads SET owner = 'ana' WHERE phone = '+12125550100'")
    browser = await site.signed_in(Role.VIEWER)

    first = await browser.page("/leads?campaign=spring")
    after = re.search(r'href="(/leads\?[^"]*after=[^"]*)"', first)
    assert after
    second = await browser.page(after[1].replace("&amp;", "&"))
    mine = await browser.page("/leads?owner=ana")

    assert (first.count("data-row"), second.count("data-row")) == (50, 10)
    assert mine.count("data-row") == 1
    assert "at least 2 letters" in await browser.page("/leads?q=a")
    assert "Nobody like this" in await browser.page("/leads?status=qualified")
    assert (await browser.get("/leads?after=nonsense")).status_code == 200


async def test_names_words_and_questions_of_strangers_are_shown_and_never_run(site: Site) -> None:
    lead, _ = await lead_of(site.world)
    call = await spoken(site.world, lead, HOSTILE)
    await site.world.do("UPDATE leads SET first_name = :name, company = :name", name=HOSTILE)
    browser = await site.signed_in(Role.OWNER)
    await browser.send(f"/leads/{lead}/notes", body=HOSTILE)

    for path in (
        "/",
        "/leads",
        f"/leads?q={HOSTILE}&status={HOSTILE}&owner={HOSTILE}",
        f"/leads/{lead}?show={HOSTILE}",
        f"/calls/{call}",
        f"/campaigns/spring?tab={HOSTILE}",
        f"/campaigns/{HOSTILE.replace('/', '')}",
        f"/login?next={HOSTILE}",
    ):
        assert "<script>alert" not in (await browser.get(path)).text


async def test_pages_may_load_nothing_from_elsewhere_and_run_nothing_inline(site: Site) -> None:
    lead, _ = await lead_of(site.world)
    call = await spoken(site.world, lead)
    browser = await site.signed_in(Role.OWNER)

    for path in ("/", "/leads", f"/leads/{lead}", f"/calls/{call}", "/campaigns", "/login"):
        answer = await browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", answer.text), path
        assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text), path


@pytest.mark.parametrize("path", ["/leads/nonsense", "/calls/nonsense", "/campaigns/nonsense"])
async def test_what_is_not_there_is_told_in_words(site: Site, path: str) -> None:
    browser = await site.signed_in(Role.VIEWER)

    answer = await browser.get(path)

    assert answer.status_code == 404
    assert "There is no" in answer.text


async def test_no_recording_outside_the_store_is_ever_sent(site: Site) -> None:
    lead, _ = await lead_of(site.world)
    call = await spoken(site.world, lead)
    await site.world.do(
        "INSERT INTO recordings (id, call_id, source, uri, channels, duration_ms, status,"
        " created_at) VALUES (:id, :call, 'ours', '../../../../../../etc/passwd', 2, 1, 'stored',"
        " :at)",
        id=uuid4(),
        call=call,
        at=TUESDAY,
    )
    browser = await site.signed_in(Role.OWNER)

    assert (await browser.get(f"/calls/{call}/recording")).status_code == 404


async def test_the_palette_finds_people_and_campaigns(site: Site) -> None:
    await lead_of(site.world)
    await site.world.do("UPDATE leads SET search = ' lee'")
    browser = await site.signed_in(Role.VIEWER)

    found = json.loads(await browser.page("/palette?q=lee"))["found"]
    named = json.loads(await browser.page("/palette?q=spri"))["found"]

    assert [one["title"] for one in found] == ["Lee"]
    assert [one["to"] for one in named] == ["/campaigns/spring"]


async def test_home_is_small_on_the_wire(site: Site) -> None:
    campaign = await site.world.campaign("spring")
    await site.world.leads(campaign, 200)
    browser = await site.signed_in(Role.VIEWER)

    size = 0
    page = await weigh(browser, "/")
    size += page[1]
    for path in set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page[0])):
        size += (await weigh(browser, path))[1]

    assert size < 100_000


async def weigh(browser: Browser, path: str) -> tuple[str, int]:
    async with browser.http.stream("GET", path) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
        size = len(raw)
    return (await browser.get(path)).text, size


@pytest.mark.row("S3-9")
async def test_a_leads_timeline_shows_what_counts_and_hides_noise_until_it_is_asked_for(
    site: Site,
) -> None:
    lead, _ = await lead_of(site.world)
    for title, score in (("The guide", 72), ("The prices", None)):
        await site.world.do(
            "INSERT INTO touchpoints (id, contact_id, kind, channel, attention_ratio, depth,"
            " score, occurred_at, source_ref, data) SELECT :id, contact_id, 'content', 'direct',"
            " 1667, 800, :score, :at, cast(:id AS text), jsonb_build_object("
            " 'act', 'report', 'title', cast(:title AS text)) FROM leads WHERE id = :lead",
            id=uuid4(),
            score=score,
            at=TUESDAY,
            title=title,
            lead=lead,
        )
    browser = await site.signed_in(Role.VIEWER)

    page = await browser.page(f"/leads/{lead}")
    asked = await browser.page(f"/leads/{lead}?show=touchpoints")

    assert "The guide" in page
    assert "It weighs 72 of 100." in page
    assert "The prices" not in page
    assert "The prices" in asked
    assert "It does not count" in asked
