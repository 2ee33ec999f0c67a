"""The inbox: who waits in which queue, what may be written, and that nothing hostile runs."""

import asyncio
import json
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from agents.model import Answer
from orchestrator.documents import load_edition
from orchestrator.engine.actions.roles import Role
from storage import clock
from storage.database import transaction
from storage.typing_hints import Typing
from tests.orchestrator.engine.returning import ScriptedModel, tool
from tests.orchestrator.engine.world import World
from tests.web.conftest import Browser, Site
from tests.web.people import lead_of, number_of, talk_of, wrote
from web.console import install, open_console
from web.feed import Feed
from web.pages.every import routes

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> {{ csrf }} javascript:alert(3)"


async def somebody(site: Site, text: str = "Tell me more", name: str = "spring") -> UUID:
    """A lead who has written; their conversation."""
    lead, _ = await lead_of(site.world, name)
    await wrote(site.ctx, await number_of(site.world, lead), text, f"SM-{name}")
    return await talk_of(site.world, lead)


async def later(world: World, by: timedelta) -> None:
    async with transaction(world.engine) as tx:
        await clock.move(tx, await clock.now(tx) + by)


def counts(page: str) -> dict[str, int]:
    found = re.findall(r'queue=(\w+)"[^>]*><span>\w+</span><span class="count">(\d+)', page)
    return {queue: int(number) for queue, number in found}


def region(page: str, id: str) -> str:
    return page.split(f'id="{id}"', 1)[1]


async def test_each_conversation_stands_in_its_queue_and_is_counted_there(site: Site) -> None:
    rep = await site.signed_in(Role.REP)
    talk = await somebody(site)
    await wrote(site.ctx, "+12125550199", "Who are you?", "SM-stranger")

    assert counts(await rep.page("/inbox")) == {
        "unassigned": 1, "mine": 0, "agent": 1, "expiring": 0, "all": 2
    }  # fmt: skip

    await rep.send(f"/inbox/{talk}/take")
    await later(site.world, timedelta(hours=22, minutes=30))
    page = await rep.page("/inbox?queue=expiring")
    assert counts(page) == {"unassigned": 1, "mine": 1, "agent": 0, "expiring": 2, "all": 2}
    assert f"/inbox/{talk}?queue=expiring" in page

    await rep.send(f"/inbox/{talk}/resolve")
    assert counts(await rep.page("/inbox"))["mine"] == 0
    assert counts(await rep.page("/inbox"))["all"] == 2


async def test_the_number_beside_the_inbox_says_how_many_wait_for_me(site: Site) -> None:
    rep = await site.signed_in(Role.REP)
    badge = re.compile(r'id="inbox-count"[^>]*>(\d*)</b>')
    talk = await somebody(site)
    assert badge.findall(await rep.page("/")) == [""]

    await wrote(site.ctx, "+12125550199", "Who are you?", "SM-stranger")
    await rep.send(f"/inbox/{talk}/take")

    assert badge.findall(await rep.page("/leads")) == ["2"]


async def test_who_writes_takes_the_conversation_and_one_form_writes_once(site: Site) -> None:
    rep = await site.signed_in(Role.REP)
    talk = await somebody(site)
    once = re.findall(r'name="once" value="([0-9a-f-]+)"', await rep.page(f"/inbox/{talk}"))[0]

    for _ in range(2):
        answer = await rep.send(f"/inbox/{talk}/write", body="Hello from Rep.", once=once)
        assert answer.headers["location"] == f"/inbox/{talk}"

    page = await rep.page(f"/inbox/{talk}")
    assert page.count("Hello from Rep.<div") == 1
    assert "You have it" in page
    assert "Waits to leave" in page


async def test_after_the_window_templates_are_offered_with_the_leads_values(site: Site) -> None:
    rep = await site.signed_in(Role.REP)
    talk = await somebody(site)
    body = {
        "kind": "template",
        "name": "firm",
        "category": "utility",
        "content_sid": "HX" + "0" * 32,
    }
    body |= {"body": "How is {{1}}?", "variables": {"1": "{{ company }}"}}
    await site.world.do(
        "INSERT INTO documents (kind, name, version, body, created_at, created_by)"
        " VALUES ('template', 'firm', 1, cast(:body AS jsonb), clock_timestamp(), 'test')",
        body=json.dumps(body),
    )
    await later(site.world, timedelta(hours=24))

    composer = region(await rep.page(f"/inbox/{talk}"), "talk-composer")

    assert 'data-mode="closed"' in composer
    assert "Hello Lee, may we write to you?" in composer
    assert "The lead lacks company." in composer
    assert "data-reply" not in composer
    await rep.send(f"/inbox/{talk}/template", name="firm")
    assert "The lead lacks company" in await rep.page(f"/inbox/{talk}")
    await rep.send(f"/inbox/{talk}/template", name="intro")
    words = region(await rep.page(f"/inbox/{talk}"), "talk-words").split("talk-composer")[0]
    assert "Hello Lee, may we write to you?" in words


async def test_after_an_opt_out_the_composer_is_locked_with_the_reason(site: Site) -> None:
    rep = await site.signed_in(Role.REP)
    talk = await somebody(site)
    ((number,),) = await site.world.rows("SELECT phone FROM conversations")

    await wrote(site.ctx, str(number), "STOP", "SM-stop")

    composer = region(await rep.page(f"/inbox/{talk}"), "talk-composer")
    assert 'data-mode="locked"' in composer
    assert "They asked to be left alone." in composer
    assert "data-reply" not in composer
    assert await site.world.rows("SELECT id FROM attempts WHERE state = 'planned'") == []


async def test_a_viewer_reads_along_and_has_nothing_to_press(site: Site) -> None:
    viewer = await site.signed_in(Role.VIEWER)
    talk = await somebody(site)

    page = await viewer.page(f"/inbox/{talk}")

    assert "Tell me more" in page
    assert 'data-mode="read"' in page
    assert f'action="/inbox/{talk}' not in page


async def test_hostile_words_are_shown_and_do_nothing(site: Site) -> None:
    rep = await site.signed_in(Role.REP)
    talk = await somebody(site, HOSTILE)
    await rep.send(f"/inbox/{talk}/write", body=HOSTILE)
    await rep.send(f"/inbox/{talk}/notes", body=HOSTILE)

    for path in ("/inbox", f"/inbox/{talk}", f"/inbox/{talk}?queue=%22%3E%3Cscript%3E"):
        page = await rep.page(path)
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("deed", ["write", "take", "resolve", "draft", "typing"])
async def test_a_form_of_another_site_does_nothing(site: Site, deed: str) -> None:
    rep = await site.signed_in(Role.REP)
    talk = await somebody(site)

    answer = await rep.http.post(f"/inbox/{talk}/{deed}", data={"body": "x", "csrf": "00" * 48})

    assert answer.status_code == 403
    assert await site.world.rows("SELECT id FROM messages WHERE direction = 'out'") == []
    assert await site.world.rows("SELECT id FROM conversations WHERE handler = 'human'") == []


async def test_ticks_say_how_far_a_message_came(site: Site) -> None:
    rep = await site.signed_in(Role.REP)
    talk = await somebody(site)
    await rep.send(f"/inbox/{talk}/write", body="Hello")

    for state, status, told in (
        ("sending", None, "Is leaving"),
        ("unsure", None, "May have left"),
        ("sent", "sent", "Sent"),
        ("sent", "delivered", "Delivered"),
        ("sent", "read", "Read"),
        ("failed", "undelivered", "Did not arrive"),
        ("cancelled", None, "Was not sent"),
    ):
        await site.world.do(
            "UPDATE messages SET state = :state, provider_status = :status WHERE direction = 'out'",
            state=state,
            status=status,
        )
        assert f'title="{told}' in await rep.page(f"/inbox/{talk}")


async def test_a_colleague_gets_it_puts_it_off_and_opens_it_again(site: Site) -> None:
    rep = await site.signed_in(Role.REP)
    operator = await site.user(Role.OPERATOR)
    talk = await somebody(site)

    await rep.send(f"/inbox/{talk}/assign", to=str(operator.id), queue="all")
    assert "Operator has it" in await rep.page(f"/inbox/{talk}")
    answer = await rep.send(f"/inbox/{talk}/snooze", wait="PT4H", queue="all")
    assert answer.headers["location"] == "/inbox?queue=all"
    assert "Put off" in region(await rep.page("/inbox?queue=all"), "inbox-list")
    await rep.send(f"/inbox/{talk}/reopen")
    assert await site.world.rows("SELECT id FROM conversations WHERE snoozed_until > now()") == []
    await rep.send(f"/inbox/{talk}/snooze", wait="next year")
    assert "put off for 30 days at most" in await rep.page(f"/inbox/{talk}")
    await rep.send(f"/inbox/{talk}/give-back")
    assert "The agent answers" in await rep.page(f"/inbox/{talk}")


async def with_model(site: Site, model: ScriptedModel) -> Browser:
    """Another process, in which a model is configured; the same rep is signed in."""
    console = open_console(
        replace(
            site.ctx, model=model, canned={"Hi": "Hi {{ first_name }}!", "Firm": "{{ company }}"}
        ),
        as_yaml=lambda document, version: "",
        read=load_edition,
        secure=False,
    )
    site.app.router.routes.clear()
    install(site.app, console, routes(console))
    return await site.signed_in(Role.REP)


async def test_a_draft_is_written_only_when_asked_for_and_does_nothing_else(site: Site) -> None:
    model = ScriptedModel(answers=[tool("do_not_contact"), Answer(text="We can meet on Monday.")])
    rep = await with_model(site, model)
    talk = await somebody(site)
    await rep.page(f"/inbox/{talk}")
    assert model.asked == []

    answer = await rep.send(f"/inbox/{talk}/draft")

    assert answer.json() == {"text": "We can meet on Monday."}
    assert await site.world.rows("SELECT id FROM messages WHERE direction = 'out'") == []
    assert await site.world.rows("SELECT id FROM conversations WHERE handler = 'human'") == []
    assert await site.world.rows("SELECT id FROM suppressions") == []


async def test_without_a_model_the_button_says_so(site: Site) -> None:
    rep = await site.signed_in(Role.REP)
    talk = await somebody(site)

    answer = await rep.send(f"/inbox/{talk}/draft")

    assert answer.status_code == 422
    assert "no model" in answer.json()["error"]


async def test_replies_to_insert_say_the_leads_values_or_are_left_out(site: Site) -> None:
    rep = await with_model(site, ScriptedModel())
    talk = await somebody(site)

    page = await rep.page(f"/inbox/{talk}")

    assert '<option value="Hi Lee!">Hi</option>' in page
    assert ">Firm<" not in page


async def test_who_types_is_told_to_every_process_and_kept_nowhere(site: Site) -> None:
    rep = await site.signed_in(Role.REP)
    talk = await somebody(site)
    other = Feed(database=site.world.engine)

    async with other.watch(None) as heard:
        seen = None
        coming = asyncio.ensure_future(anext(heard))
        while not isinstance(seen, Typing):
            # What is told before the other process listens is told in vain.
            await rep.send(f"/inbox/{talk}/typing")
            done, _ = await asyncio.wait({coming}, timeout=0.5)
            if done:
                seen = coming.result()
                coming = asyncio.ensure_future(anext(heard))
        coming.cancel()
        await asyncio.wait({coming})
    await other.close()

    assert (seen.conversation, seen.name) == (str(talk), "Rep")


async def test_a_page_that_looks_for_news_leaves_the_word_of_what_was_done(site: Site) -> None:
    rep = await site.signed_in(Role.REP)
    talk = await somebody(site)
    await rep.send(f"/inbox/{talk}/take")

    looked = await rep.http.get(f"/inbox/{talk}", headers={"X-Live": "1"})

    assert "The conversation is yours" not in looked.text
    assert "The conversation is yours" in await rep.page(f"/inbox/{talk}")


async def test_an_unknown_conversation_is_not_found(site: Site) -> None:
    rep = await site.signed_in(Role.REP)

    for id in ("00000000-0000-7000-8000-000000000000", "nonsense"):
        assert (await rep.get(f"/inbox/{id}")).status_code == 404
