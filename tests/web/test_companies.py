"""Companies and contacts in the console: who stands where, who said what, what a rep does."""

from uuid import UUID

import pytest

from orchestrator.engine.actions import companies as deeds
from orchestrator.engine.actions.apply import apply
from orchestrator.engine.actions.companies import NewCompany
from orchestrator.engine.actions.roles import Role
from orchestrator.engine.companies.briefing import write
from orchestrator.engine.companies.rescoring import rescore
from orchestrator.engine.lead_quality import score
from outreach.accounts.company_profile import Source
from storage.database import transaction
from tests.orchestrator.engine.test_companies import LARGE, TRADE, profile
from tests.orchestrator.engine.world import TUESDAY
from tests.web.conftest import ROOT, Browser, Site
from tests.web.people import lead_of

HOSTILE = "<script>alert('x')</script>"


async def made(site: Site, name: str, **values: str) -> UUID:
    async with transaction(site.world.engine) as tx:
        wanted = NewCompany(name=name, values=values)
        company = await deeds.add_company(site.ctx, tx, wanted, ROOT)
        await deeds.keep(tx, company.id, kept=False, actor=ROOT)
        return company.id


async def measure(site: Site) -> None:
    async with transaction(site.world.engine) as tx:
        await apply(site.ctx, tx, profile(LARGE, TRADE), ROOT)
    await rescore(site.ctx)


async def member(site: Site, company: UUID, title: str = "VP Engineering") -> UUID:
    lead, _ = await lead_of(site.world)
    await site.world.do(
        "UPDATE contacts SET company_id = :company, title = :title, seniority = 'executive',"
        " department = 'engineering', buying_role = 'decision_maker'",
        company=company,
        title=title,
    )
    return lead


async def test_the_list_of_an_empty_workspace_says_where_companies_come_from(site: Site) -> None:
    browser = await site.signed_in(Role.VIEWER)

    assert "No companies yet" in await browser.page("/companies")
    assert "No contacts yet" in await browser.page("/contacts")


@pytest.mark.row("S0-1")
async def test_who_does_not_fit_stands_behind_the_filter_with_the_reason(site: Site) -> None:
    await made(site, "Northwind", employees="80", industry="Software")
    tiny = await made(site, "Tiny", employees="2", industry="Cattle")
    browser = await site.signed_in(Role.REP)
    both = await browser.page("/companies")
    await measure(site)

    page = await browser.page("/companies")

    assert "Northwind" in both
    assert "Tiny" in both
    assert "No profile says yet" in both
    assert "Northwind" in page
    assert "Tiny" not in page
    hidden = await browser.page("/companies?fit=not_a_fit")
    assert "It fits by 0 %, and 100 % of what the profile asks for is known." in hidden
    assert "Northwind" not in hidden
    await browser.send(f"/companies/{tiny}/keep", kept="yes")
    assert "Tiny" in await browser.page("/companies")


async def test_a_fit_or_stage_that_there_is_not_is_said_to_be_none(site: Site) -> None:
    browser = await site.signed_in(Role.VIEWER)

    for path in ("/companies?fit=great", "/companies?stage=great", "/companies?after=x"):
        assert (await browser.get(path)).status_code == 400
    assert (await browser.get("/companies/nobody")).status_code == 404
    assert (await browser.get("/contacts?after=x")).status_code == 400


@pytest.mark.row("S0-4")
async def test_each_value_says_from_whom_it_is_and_is_corrected_in_place(site: Site) -> None:
    company = await made(site, "Northwind")
    async with transaction(site.world.engine) as tx:
        await deeds.set_values(
            site.ctx, tx, company, {"industry": "Cattle"}, ROOT, source=Source.RESEARCH
        )
    browser = await site.signed_in(Role.REP)
    page = await browser.page(f"/companies/{company}")
    assert "Found by research, <time" in page

    answer = await browser.send(
        f"/companies/{company}/values",
        form_of=f"/companies/{company}",
        field="industry",
        value="Software",
    )

    page = await browser.page(answer.headers["location"])
    assert "Industry is saved." in page
    assert 'value="Software"' in page
    assert "Rep, <time" in page
    assert "Found by research" not in page
    assert "What is known of the company was changed: industry. Rep did it." in page


async def test_a_value_that_does_not_fit_is_refused_with_what_to_write(site: Site) -> None:
    company = await made(site, "Northwind")
    browser = await site.signed_in(Role.REP)

    await browser.send(f"/companies/{company}/values", field="employees", value="many")

    page = await browser.page(f"/companies/{company}")
    assert "employees is no number." in page
    assert "Write it like 250" in page


async def test_the_fit_is_shown_by_criterion_and_a_persons_word_beside_it(site: Site) -> None:
    company = await made(site, "Tiny", employees="2")
    await measure(site)
    browser = await site.signed_in(Role.REP)
    page = await browser.page(f"/companies/{company}")
    assert "does not fit" in page
    assert "not known" in page
    assert "0 %, 66 % known" in page

    await browser.send(f"/companies/{company}/fit", label="strong")

    page = await browser.page(f"/companies/{company}")
    assert "Computed: Not a fit." in page
    assert "Tiny" in await browser.page("/companies?fit=strong")
    await browser.send(f"/companies/{company}/fit", label="computed")
    assert "Computed:" not in await browser.page(f"/companies/{company}")


@pytest.mark.row("S0-9")
async def test_a_company_shows_its_committee_and_their_leads_and_a_lead_its_company(
    site: Site,
) -> None:
    company = await made(site, "Northwind")
    lead = await member(site, company)
    browser = await site.signed_in(Role.VIEWER)

    page = await browser.page(f"/companies/{company}")

    assert "Decision maker" in page
    assert "VP Engineering" in page
    assert "Outreach in progress" in page
    assert page.count(f"/leads/{lead}") == 2
    assert f"/companies/{company}" in await browser.page(f"/leads/{lead}")
    contacts = await browser.page("/contacts")
    assert f"/companies/{company}" in contacts
    assert "Decision maker" in contacts


async def test_the_committee_is_sorted_by_power_to_decide(site: Site) -> None:
    company = await made(site, "Northwind")
    campaign = await site.world.campaign("spring")
    await site.world.leads(campaign, 4)
    roles = ("unknown", "evaluator", "decision_maker", "influencer")
    rows = await site.world.rows("SELECT id FROM contacts ORDER BY id")
    for (contact,), role in zip(rows, roles, strict=True):
        await site.world.do(
            "UPDATE contacts SET company_id = :company, buying_role = :role, first_name = :role,"
            " department = 'engineering' WHERE id = :id",
            company=company,
            role=role,
            id=contact,
        )
    browser = await site.signed_in(Role.VIEWER)

    page = (await browser.page(f"/companies/{company}")).split('id="company-leads"')[0]

    places = [page.index(f">{role}") for role in ("decision_maker", "influencer", "evaluator")]
    assert places == sorted(places)
    assert places[-1] < page.index(">unknown")


async def test_a_company_is_added_and_merged_on_the_pages(site: Site) -> None:
    other = await made(site, "North Wind")
    browser = await site.signed_in(Role.REP)

    answer = await browser.send("/companies/add", name="Northwind", domain="north.example")
    home = answer.headers["location"]
    await browser.send(f"{home}/merge", other=f"http://console.test/companies/{other}")

    page = await browser.page(home)
    assert "They are one company now: Northwind." in page
    assert (await browser.get(f"/companies/{other}")).status_code == 404
    refused = await browser.send("/companies/add", name="Northwind")
    assert "has this name or domain already" in await browser.page(refused.headers["location"])


async def test_what_people_wrote_is_text_and_nothing_else(site: Site) -> None:
    company = await made(site, HOSTILE, industry=HOSTILE)
    await member(site, company, title=HOSTILE)
    browser = await site.signed_in(Role.REP)

    for path in ("/companies", f"/companies/{company}", "/contacts"):
        assert HOSTILE not in await browser.page(path)


async def names(browser: Browser, path: str) -> str:
    return (await browser.page(path)).split("<tbody>")[-1]


async def test_companies_and_contacts_are_found_by_words(site: Site) -> None:
    company = await made(site, "Blue Harbor Works")
    await made(site, "Northwind")
    await member(site, company)
    await site.world.do("UPDATE contacts SET first_name = 'Zoe'")
    browser = await site.signed_in(Role.VIEWER)

    assert "Northwind" not in await names(browser, "/companies?q=harbor")
    assert "No company like this" in await browser.page("/companies?q=xylograph")
    assert "Zoe" in await names(browser, "/contacts?q=zo+blue+engin")
    assert "Nobody like this" in await browser.page("/contacts?q=xylograph")


async def did(site: Site, company: UUID, lead: UUID, ref: str, **said: object) -> None:
    """Something that the person of a lead did."""
    told = {"act": "report", "kind": "content", "score": 72, "ratio": 1667, "days": 1} | said
    await site.world.do(
        "INSERT INTO touchpoints (id, company_id, contact_id, lead_id, kind, channel, depth,"
        " attention_ratio, score, occurred_at, source_ref, data)"
        " SELECT gen_random_uuid(), :company, l.contact_id, l.id, :kind, 'direct', 800, :ratio,"
        " :score, cast(:now AS timestamptz) - make_interval(days => :days), :ref,"
        " jsonb_build_object('act', cast(:act AS text), 'title', 'The <b>yearly</b> report')"
        " FROM leads l WHERE l.id = :lead",
        company=company,
        lead=lead,
        ref=ref,
        now=TUESDAY,
        **told,
    )


@pytest.mark.row("S0-12")
@pytest.mark.row("S1-8")
async def test_a_company_shows_what_moves_it_and_what_its_people_did(site: Site) -> None:
    company = await made(site, "Northwind")
    lead = await member(site, company)
    await did(site, company, lead, "event:web:1")
    await did(site, company, lead, "event:web:2", ratio=200, score=None)
    browser = await site.signed_in(Role.VIEWER)

    page = await browser.page(f"/companies/{company}")

    assert 'class="now" aria-current="step"><span>Education' in page
    assert "A question about the product or its price" in page
    assert "more points of engagement" in page
    assert "leaning in" in page
    assert "1 in 14 days, 0 before" in page
    assert page.count("Read a report: “The &lt;b&gt;yearly") == 1
    assert "167 % of the attention expected, depth 0.8, came by themselves" in page
    assert "too little attention" not in page
    assert "too little attention" in await browser.page(f"/companies/{company}?touchpoints=all")


@pytest.mark.row("S0-9")
async def test_who_did_well_twice_is_a_champion_and_who_is_ready_says_so(site: Site) -> None:
    company = await made(site, "Northwind")
    lead = await member(site, company)
    await did(site, company, lead, "meeting:1", act="meeting_booked", kind="meeting", score=100)
    browser = await site.signed_in(Role.VIEWER)
    once = await browser.page(f"/companies/{company}")

    await did(site, company, lead, "meeting:2", act="meeting_booked", kind="meeting", score=100)

    page = await browser.page(f"/companies/{company}")
    assert "champion" not in once
    assert "champion" in page
    assert "A colleague should talk to them now." in page
    assert "always counts in full" in page


async def test_the_board_groups_companies_by_stage(site: Site) -> None:
    await made(site, "Northwind")
    far = await made(site, "Southwind")
    await site.world.do(
        "UPDATE companies SET journey_stage = 'solution' WHERE id = :company", company=far
    )
    browser = await site.signed_in(Role.VIEWER)

    board = (await browser.page("/companies?view=board")).split('id="board"')[1]

    target, _, solution, _ = (part for part in board.split('<h2 id="stage-')[1:])
    assert ("Northwind" in target, "Southwind" in target) == (True, False)
    assert ("Northwind" in solution, "Southwind" in solution) == (False, True)
    assert "Nobody." in board


async def test_a_brief_stands_on_the_company_and_on_its_peoples_leads(site: Site) -> None:
    company = await made(site, HOSTILE, industry="Software")
    lead = await member(site, company)
    await did(site, company, lead, "event:web:1")
    browser = await site.signed_in(Role.VIEWER)
    before = await browser.page(f"/leads/{lead}")
    async with transaction(site.world.engine) as tx:
        await write(site.ctx, tx, company, "asked", TUESDAY)

    for path in (f"/companies/{company}", f"/leads/{lead}"):
        page = await browser.page(path)
        assert "version 1" in page
        assert "Industry: Software." in page
        assert "The last thirty days" in page
        assert "72 of 100." in page
        assert HOSTILE not in page
    assert "version 1" not in before


async def test_a_lead_shows_its_quality_with_its_parts_and_a_dash_without(site: Site) -> None:
    lead, _ = await lead_of(site.world)
    browser = await site.signed_in(Role.VIEWER)
    before = await browser.page(f"/leads/{lead}")

    async with transaction(site.world.engine) as tx:
        await score(tx, [lead])

    ((quality,),) = await site.world.rows(
        "SELECT total FROM lead_qualities WHERE lead_id = :id", id=lead
    )
    page = await browser.page(f"/leads/{lead}")
    assert "not computed yet" in before
    assert f"{quality} of 100" in page
    assert "of 30, company" in page
    assert f'<td class="number">{quality}</td>' in await browser.page("/leads")
