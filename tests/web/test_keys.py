"""Keys of the API: shown once, stored as a hash, worth nothing when over or revoked."""

import re
from datetime import timedelta

import pytest

from orchestrator.engine.actions.api_keys import (
    TRIES_PER_ADDRESS,
    WantedKey,
    known_key,
    make_key,
    revoke_key,
)
from orchestrator.engine.actions.roles import Actor, Role
from outreach.errors import Rejected
from storage.database import transaction
from tests.web.conftest import ROOT, Site

KEY = re.compile(r"outreach_[\w-]{43}")


async def made(site: Site, role: Role = Role.OPERATOR, actor: Actor = ROOT):
    async with transaction(site.world.engine) as tx:
        return await make_key(site.ctx, tx, WantedKey(name="crm", role=role), actor)


async def test_a_key_is_shown_once_and_only_its_hash_is_kept(site: Site) -> None:
    browser = await site.signed_in(Role.ADMIN)

    shown = await browser.send("/settings/keys", name="crm", role="rep", days="30")

    token = KEY.search(shown.text)[0]
    assert token not in await browser.page("/settings/keys")
    assert token not in str(await site.world.rows("SELECT * FROM api_keys"))
    assert token not in str(await site.world.rows("SELECT data FROM events"))
    assert (await known_key(site.ctx, token, "here")).role == "rep"
    assert "crm" in await browser.page("/settings/keys")


async def test_nobody_makes_or_revokes_a_key_that_may_more_than_they(site: Site) -> None:
    browser = await site.signed_in(Role.ADMIN)
    owners, _ = await made(site, Role.OWNER)

    await browser.send("/settings/keys", name="mine", role="owner")
    await browser.send(f"/settings/keys/{owners.id}/revoke")

    assert await site.world.rows("SELECT role, revoked_at FROM api_keys") == [("owner", None)]
    with pytest.raises(Rejected, match="role admin"):
        await made(site, Role.VIEWER, Actor(name="test", role=Role.OPERATOR))


async def test_a_revoked_key_is_worth_nothing_at_once(site: Site) -> None:
    key, token = await made(site)
    await known_key(site.ctx, token, "here")

    async with transaction(site.world.engine) as tx:
        assert await revoke_key(tx, key.id, ROOT)
        assert not await revoke_key(tx, key.id, ROOT)

    with pytest.raises(Rejected) as refused:
        await known_key(site.ctx, token, "here")
    assert refused.value.code == "no_key"
    kinds = await site.world.rows("SELECT kind FROM events WHERE kind LIKE 'key.%' ORDER BY seq")
    assert kinds == [("key.added",), ("key.revoked",)]


async def test_a_key_whose_time_is_over_is_worth_nothing(site: Site) -> None:
    _, token = await made(site)
    await site.world.do("UPDATE api_keys SET expires_at = expires_at - interval '366 days'")

    with pytest.raises(Rejected, match="valid"):
        await known_key(site.ctx, token, "here")


async def test_a_key_without_end_or_name_is_refused(site: Site) -> None:
    async with transaction(site.world.engine) as tx:
        for wanted in (
            WantedKey(name=" ", role=Role.VIEWER),
            WantedKey(name="crm", role=Role.VIEWER, lasts=timedelta(days=10_000)),
            WantedKey(name="crm", role=Role.VIEWER, lasts=timedelta(0)),
        ):
            with pytest.raises(Rejected):
                await make_key(site.ctx, tx, wanted, ROOT)


async def test_guessing_keys_is_stopped_and_shuts_nobody_out_who_has_one(site: Site) -> None:
    _, token = await made(site)
    codes = set()
    for _ in range(TRIES_PER_ADDRESS + 1):
        with pytest.raises(Rejected) as refused:
            await known_key(site.ctx, "outreach_guess", "there")
        codes.add(refused.value.code)

    assert refused.value.code == "too_many_tries"
    assert codes == {"no_key", "too_many_tries"}
    assert (await known_key(site.ctx, token, "there")).name == "crm"
    with pytest.raises(Rejected) as elsewhere:
        await known_key(site.ctx, "outreach_guess", "elsewhere")
    assert elsewhere.value.code == "no_key"


async def test_when_a_key_was_last_used_is_known(site: Site) -> None:
    _, token = await made(site)
    assert await site.world.rows("SELECT used_at FROM api_keys") == [(None,)]

    await known_key(site.ctx, token, "here")

    assert await site.world.rows("SELECT used_at IS NOT NULL FROM api_keys") == [(True,)]
