"""What the console shows of somebody who was erased: that there was a contact, and nobody."""

from orchestrator.engine.actions.erase_person import erase_person
from orchestrator.engine.actions.roles import Actor, Role
from outreach.marks import Marks
from storage.database import transaction
from tests.web.conftest import Site
from tests.web.people import lead_of, spoken


async def test_the_pages_of_who_was_erased_show_what_was_done_and_nobody(site: Site) -> None:
    lead, _ = await lead_of(site.world)
    call = await spoken(site.world, lead)
    ((phone,),) = await site.world.rows("SELECT phone FROM leads WHERE id = :id", id=lead)
    browser = await site.signed_in(Role.REP)
    assert "We are fifty people." in await browser.page(f"/calls/{call}")
    ctx = site.world.context(marks=Marks(b"a key that nobody knows and that is long enough"))

    async with transaction(site.world.engine) as tx:
        await erase_person(ctx, tx, "phone", str(phone), Actor(name="cli", role=Role.OWNER))

    pages = [
        await browser.page(path)
        for path in (f"/leads/{lead}", f"/calls/{call}", "/leads", "/campaigns/spring", "/")
    ]
    assert "erased on their demand" in pages[0]
    for page in pages:
        assert "We are fifty people." not in page
        assert str(phone)[-7:] not in page.replace("-", "").replace(" ", "")
