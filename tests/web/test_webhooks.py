"""Webhooks out in the console: added with the secret shown once, enabled, replayed, removed."""

import re

from orchestrator.engine.actions.roles import Role
from tests.web.conftest import Site

SECRET = re.compile(r"whsec_[\w+/=]{40,}")
PAGE = "/settings/webhooks"


async def test_an_endpoint_is_added_with_its_secret_shown_once_and_removed(site: Site) -> None:
    browser = await site.signed_in(Role.ADMIN)

    shown = await browser.send(PAGE, url="https://example.com/hook", kinds="attempt.result")
    listed = await browser.page(PAGE)
    ((endpoint,),) = await site.world.rows("SELECT id FROM webhook_endpoints")
    await browser.send(f"{PAGE}/{endpoint}/remove")

    assert SECRET.search(shown.text)
    assert not SECRET.search(listed)
    assert "https://example.com/hook" in listed
    assert "Nobody is told yet" in await browser.page(PAGE)


async def test_what_never_arrived_is_listed_with_the_reason_and_sent_again(site: Site) -> None:
    browser = await site.signed_in(Role.ADMIN)
    await browser.send(PAGE, url="https://example.com/hook", kinds="attempt.result")
    await site.world.do(
        "INSERT INTO webhook_deliveries (id, endpoint_id, event_seq, event_at, kind, state, tries,"
        " due_at, problem, ended_at) SELECT gen_random_uuid(), id, 1, created_at, 'attempt.result',"
        " 'dead', 8, created_at, 'http_500', created_at FROM webhook_endpoints"
    )
    page = await browser.page(PAGE)
    ((delivery,),) = await site.world.rows("SELECT id FROM webhook_deliveries")

    await browser.send(f"{PAGE}/deliveries/{delivery}/replay")

    assert "Http 500" in page
    assert await site.world.rows("SELECT state, tries FROM webhook_deliveries") == [("pending", 0)]
