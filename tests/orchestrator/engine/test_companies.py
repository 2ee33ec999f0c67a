"""Companies: whom imports bring belongs to one, fits are measured anew, a person's word stays."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from orchestrator.engine.actions import companies as deeds
from orchestrator.engine.actions.apply import apply
from orchestrator.engine.actions.companies import NewCompany
from orchestrator.engine.actions.erase_person import erase_person
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.companies import rescoring, sorting
from orchestrator.engine.companies.rescoring import rescore
from orchestrator.engine.companies.sorting import sort_imported
from outreach.accounts.company_profile import Source
from outreach.accounts.fit import Label
from outreach.accounts.icp_document import Icp
from outreach.documents import parse_document
from outreach.errors import Rejected
from outreach.marks import Marks
from storage import companies
from storage.companies import Company
from storage.database import transaction
from tests.orchestrator.engine.lists import apply_examples, bring, write
from tests.orchestrator.engine.test_lead_deeds import OFFICE, add
from tests.orchestrator.engine.world import World

REP = Actor(name="user:rep", role=Role.REP)
OPERATOR = Actor(name="user:op", role=Role.OPERATOR)
ROOT = Actor(name="cli", role=Role.OWNER)
VIEWER = Actor(name="user:viewer", role=Role.VIEWER)
HEADER = "phone,first_name,email,company,title,consent"
LARGE = {"id": "size", "field": "employees", "op": "range", "at_least": 50, "weight": 2}
TRADE = {"id": "trade", "field": "industry", "op": "in", "values": ["software"]}


def profile(*criteria: dict[str, Any], name: str = "ours") -> Icp:
    content = {"kind": "icp", "name": name, "title": "Ours", "criteria": list(criteria)}
    found = parse_document(content, lambda path: "icp.yaml:1")
    assert isinstance(found, Icp)
    return found


async def publish(world: World, *criteria: dict[str, Any], name: str = "ours") -> None:
    async with transaction(world.engine) as tx:
        await apply(world.context(), tx, profile(*criteria, name=name), OPERATOR)


async def made(world: World, name: str, *domains: str, **values: str) -> UUID:
    async with transaction(world.engine) as tx:
        wanted = NewCompany(name=name, domains=domains, values=values)
        return (await deeds.add_company(world.context(), tx, wanted, REP)).id


async def put(world: World, company: UUID, source: Source = Source.PERSON, **to: str) -> list[str]:
    async with transaction(world.engine) as tx:
        return await deeds.set_values(world.context(), tx, company, to, REP, source=source)


async def get(world: World, company: UUID) -> Company:
    async with transaction(world.engine) as tx:
        found = await companies.find(tx, company)
    assert found is not None
    return found


async def homes(world: World) -> list[tuple[object, ...]]:
    return await world.rows(
        "SELECT k.first_name, c.name FROM contacts k LEFT JOIN companies c ON c.id = k.company_id"
        " ORDER BY k.first_name"
    )


async def fits(world: World) -> list[tuple[object, ...]]:
    return await world.rows(
        "SELECT data->>'from', data->>'to', actor FROM events WHERE kind = 'company.fit'"
        " ORDER BY tx, seq"
    )


@pytest.mark.row("S0-3")
async def test_whom_a_list_brings_belongs_to_one_company_by_name_and_domain(
    world: World, tmp_path: Path
) -> None:
    await apply_examples(world)
    rows = [
        "+12125550101,Ada,ada@north.example,Northwind Inc.,VP Engineering,express",
        "+12125550102,Bob,bob@n-wind.example,NORTHWIND,Director IT,express",
        "+12125550103,Cat,cat@n-wind.example,,Head of Finance,express",
        "+12125550104,Dan,dan@gmail.com,,Owner,express",
        "+12125550105,Eve,,Southwind GmbH,,express",
        "+12125550106,Fay,fay@gmail.com,southwind,,express",
    ]
    await bring(world.engine, write(tmp_path, rows, HEADER))
    assert await world.rows("SELECT count(*) FROM companies") == [(0,)]

    assert await sort_imported(world.context()) == 6
    assert await sort_imported(world.context()) == 0

    assert await homes(world) == [
        ("Ada", "Northwind Inc."),
        ("Bob", "Northwind Inc."),
        ("Cat", "Northwind Inc."),
        ("Dan", None),
        ("Eve", "Southwind GmbH"),
        ("Fay", "Southwind GmbH"),
    ]
    assert await world.rows("SELECT domains FROM companies ORDER BY name") == [
        (["north.example", "n-wind.example"],),
        ([],),
    ]
    assert await world.rows(
        "SELECT buying_role FROM contacts WHERE title IS NOT NULL ORDER BY first_name"
    ) == [("decision_maker",), ("evaluator",), ("influencer",), ("decision_maker",)]
    assert await world.rows(
        "SELECT data, company_id IS NOT NULL FROM events WHERE kind = 'company.added'"
        " ORDER BY tx, seq"
    ) == [
        ({"source": "import", "people": 3}, True),
        ({"source": "import", "people": 2}, True),
    ]


async def test_batches_and_later_lists_find_the_companies_that_are_there(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "BATCH", 2)
    await apply_examples(world)
    rows = [f"+1212555010{n},P{n},p{n}@north.example,,,express" for n in range(5)]
    await bring(world.engine, write(tmp_path, rows, HEADER))
    await sort_imported(world.context())
    more = [f"+1212555011{n},Q{n},q{n}@north.example,Northwind,,express" for n in range(5)]
    await bring(world.engine, write(tmp_path, more, HEADER))
    await sort_imported(world.context())

    assert {home for _, home in await homes(world)} == {"Northwind"}
    assert await world.rows("SELECT count(*) FROM companies") == [(1,)]


async def test_a_running_import_is_left_alone_and_a_killed_one_is_sorted_in(
    world: World, tmp_path: Path
) -> None:
    await apply_examples(world)
    row = "+12125550101,Ada,ada@north.example,,,express"
    await bring(world.engine, write(tmp_path, [row], HEADER))
    await world.do("UPDATE imports SET status = 'running'")

    assert await sort_imported(world.context()) == 0
    await world.do("UPDATE imports SET status = 'failed'")

    assert await sort_imported(world.context()) == 1
    assert await homes(world) == [("Ada", "north.example")]


async def test_who_is_added_or_corrected_by_hand_belongs_to_a_company_at_once(
    world: World,
) -> None:
    await world.campaign("spring", document={**OFFICE, "fields": []})

    lead = await add(world, first_name="Ada", company="Northwind", title="CTO")

    assert await homes(world) == [("Ada", "Northwind")]
    assert await world.rows("SELECT seniority, buying_role FROM contacts") == [
        ("executive", "decision_maker")
    ]
    assert await world.rows("SELECT work FROM leads WHERE id = :id", id=lead) == [("planned",)]


async def test_many_who_sort_in_at_once_make_one_company_and_wait_for_nobody_for_ever(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "BATCH", 3)
    await apply_examples(world)
    await world.campaign("spring", document={**OFFICE, "fields": []})
    rows = [
        f"+1212555010{n},P{n},p{n}@{'north' if n % 2 else 'n-wind'}.example,Northwind,,express"
        for n in range(10)
    ]
    await bring(world.engine, write(tmp_path, rows, HEADER))
    await bring(world.engine, write(tmp_path, rows, HEADER), "spring-both")

    await asyncio.gather(
        *(sort_imported(world.context()) for _ in range(3)),
        *(add(world, phone=f"+1212555012{n}", company="NORTHWIND") for n in range(4)),
    )
    await sort_imported(world.context())

    assert {home for _, home in await homes(world)} <= {"Northwind", "NORTHWIND"}
    assert await world.rows("SELECT count(*) FROM companies") == [(1,)]


async def test_who_has_no_company_is_worked_like_anybody_else(world: World) -> None:
    await world.campaign("spring", document={**OFFICE, "fields": []})

    await add(world, first_name="Dan", email="dan@gmail.com")

    assert await homes(world) == [("Dan", None)]
    assert await world.rows("SELECT work FROM leads") == [("planned",)]
    assert await world.rows("SELECT count(*) FROM companies") == [(0,)]


async def test_what_leads_say_of_their_company_fills_what_is_empty(world: World) -> None:
    fields = [
        {"key": "company_size", "type": "number"},
        {"key": "industry", "type": "text"},
    ]
    await world.campaign("spring", document={**OFFICE, "fields": fields})
    company = await made(world, "Northwind", industry="Software")

    await add(world, first_name="Ada", company="Northwind", company_size="80", industry="Cattle")

    known = (await get(world, company)).profile
    assert known["industry"].value == "Software"
    assert (known["employees"].value, known["employees"].source) == (80, Source.IMPORT)


@pytest.mark.row("S0-5")
async def test_a_new_value_measures_the_company_anew_and_the_change_is_told(world: World) -> None:
    await publish(world, LARGE, TRADE)
    company = await made(world, "Northwind")
    assert (await get(world, company)).fit.shown is Label.UNKNOWN

    changed = await put(world, company, employees="80", industry="Software")
    await put(world, company, employees="20")

    assert changed == ["industry", "employees"]
    assert await fits(world) == [
        ("unknown", "strong", "user:rep"),
        ("strong", "not_a_fit", "user:rep"),
    ]
    assert await world.rows("SELECT fit_label, fit_score FROM companies") == [("not_a_fit", 33)]
    ((fields,),) = await world.rows(
        "SELECT data FROM events WHERE kind = 'company.edited' ORDER BY tx, seq LIMIT 1"
    )
    assert fields == {"fields": ["industry", "employees"]}


@pytest.mark.row("S0-5")
async def test_a_new_profile_measures_every_company_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescoring, "BATCH", 2)
    for n in range(5):
        await made(world, f"Company {n}", employees=str(40 + 10 * n), industry="software")
    assert await rescore(world.context()) == 0

    await publish(world, LARGE, TRADE)
    assert await rescore(world.context()) == 5
    assert await rescore(world.context()) == 0

    assert await world.rows("SELECT fit_label FROM companies ORDER BY name") == [
        ("moderate",),  # 40 of 50 employees fits by half
        ("strong",),
        ("strong",),
        ("strong",),
        ("strong",),
    ]
    assert len(await fits(world)) == 5
    await publish(world, LARGE | {"at_least": 70}, TRADE)
    await rescore(world.context())
    assert await world.rows("SELECT fit_label FROM companies ORDER BY name") == [
        ("not_a_fit",),
        ("not_a_fit",),
        ("moderate",),
        ("strong",),
        ("strong",),
    ]


async def test_there_is_one_profile(world: World) -> None:
    await publish(world, LARGE)

    with pytest.raises(Rejected) as refused:
        await publish(world, TRADE, name="theirs")

    assert refused.value.code == "second_icp"


@pytest.mark.row("S0-4")
async def test_nobody_writes_over_what_a_person_wrote_but_a_person(world: World) -> None:
    company = await made(world, "Northwind")
    assert await put(world, company, Source.RESEARCH, industry="Cattle", city="Berlin")
    await put(world, company, industry="Software")

    assert await put(world, company, Source.RESEARCH, industry="Cattle", city="Hamburg") == ["city"]

    known = (await get(world, company)).profile
    assert (known["industry"].value, known["industry"].by) == ("Software", "user:rep")
    assert (known["city"].value, known["city"].source) == ("Hamburg", Source.RESEARCH)
    assert await put(world, company, industry="Fish") == ["industry"]
    assert await put(world, company, industry="") == ["industry"]
    assert "industry" not in (await get(world, company)).profile


async def test_a_person_who_confirms_a_value_makes_it_theirs(world: World) -> None:
    company = await made(world, "Northwind")
    await put(world, company, Source.IMPORT, industry="Software")

    await put(world, company, industry="Software")

    assert await put(world, company, Source.RESEARCH, industry="Cattle") == []


async def test_a_persons_word_on_the_fit_outlives_new_values_and_new_profiles(
    world: World,
) -> None:
    await publish(world, LARGE)
    company = await made(world, "Northwind", employees="3")
    async with transaction(world.engine) as tx:
        await deeds.override_fit(world.context(), tx, company, Label.STRONG, REP)

    await put(world, company, employees="4")
    await publish(world, LARGE, TRADE)
    await rescore(world.context())

    found = (await get(world, company)).fit
    assert (found.shown, found.label, found.version) == (Label.STRONG, Label.NOT_A_FIT, 2)
    assert await world.rows("SELECT fit_label FROM companies") == [("strong",)]
    async with transaction(world.engine) as tx:
        await deeds.override_fit(world.context(), tx, company, None, OPERATOR)
    assert await fits(world) == [
        ("not_a_fit", "strong", "user:rep"),
        ("strong", "not_a_fit", "user:op"),
    ]


async def test_a_company_is_kept_in_sight_until_somebody_lets_it_go(world: World) -> None:
    company = await made(world, "Northwind")
    assert (await get(world, company)).fit.kept is not None

    async with transaction(world.engine) as tx:
        await deeds.keep(tx, company, kept=False, actor=REP)

    assert (await get(world, company)).fit.kept is None
    assert await world.rows("SELECT data FROM events WHERE kind = 'company.kept'") == [
        ({"kept": False},)
    ]


@pytest.mark.row("S0-3")
async def test_two_that_are_one_are_merged_with_their_people_and_domains(world: World) -> None:
    await world.campaign("spring", document={**OFFICE, "fields": []})
    await add(world, first_name="Ada", email="ada@n-wind.example")
    ((gone,),) = await world.rows("SELECT id FROM companies")
    assert isinstance(gone, UUID)
    await put(world, gone, industry="Software", city="Berlin")
    into = await made(world, "Northwind", "north.example")
    await put(world, into, Source.RESEARCH, industry="Cattle", country="DE")

    async with transaction(world.engine) as tx:
        await deeds.merge_companies(world.context(), tx, gone, into, REP)

    found = await get(world, into)
    assert found.domains == ("north.example", "n-wind.example")
    assert found.values == {"industry": "Software", "country": "DE", "city": "Berlin"}
    assert await homes(world) == [("Ada", "Northwind")]
    assert await world.rows("SELECT count(*) FROM companies") == [(1,)]
    assert await world.rows("SELECT data FROM events WHERE kind = 'company.merged'") == [
        ({"gone": str(gone)},)
    ]


async def test_a_company_goes_with_the_last_person_that_lists_knew_it_by(world: World) -> None:
    await world.campaign("spring", document={**OFFICE, "fields": []})
    kept = await made(world, "Northwind")
    for n, name in enumerate(("Northwind", "Ada Ray Consulting", "Southwind", "Southwind")):
        await add(world, phone=f"+1212555010{n}", company=name)
    marks = Marks(b"a key that nobody knows and that is long enough")

    for n in (0, 1, 2):
        async with transaction(world.engine) as tx:
            ctx = world.context(marks=marks)
            await erase_person(ctx, tx, "phone", f"+1212555010{n}", ROOT)

    assert await world.rows("SELECT name FROM companies ORDER BY name") == [
        ("Northwind",),
        ("Southwind",),
    ]
    assert (await get(world, kept)).name == "Northwind"


async def test_no_two_companies_have_one_name_or_one_domain(world: World) -> None:
    first = await made(world, "Northwind", "north.example")
    second = await made(world, "Southwind")

    for refused in (
        made(world, "NORTHWIND Ltd"),
        made(world, "Other", "www.north.example"),
        put(world, second, domains="north.example"),
        put(world, second, name="Northwind Inc"),
    ):
        with pytest.raises(Rejected) as found:
            await refused
        assert found.value.code == "known_company"

    assert await put(world, first, name="Northwind Inc") == ["name"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"domains": "gmail.com"}, "bad_domain"),
        ({"domains": "no domain"}, "bad_domain"),
        ({"name": " "}, "bad_name"),
        ({"employees": "many"}, "bad_value"),
        ({"employes": "3"}, "unknown_field"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    world: World, values: dict[str, str], code: str
) -> None:
    company = await made(world, "Northwind", city="Berlin")

    with pytest.raises(Rejected) as refused:
        await put(world, company, **{"city": "Hamburg", **values})

    assert refused.value.code == code
    assert (await get(world, company)).values == {"city": "Berlin"}


async def test_a_viewer_changes_nothing(world: World) -> None:
    company = await made(world, "Northwind")

    async with transaction(world.engine) as tx:
        for deed in (
            deeds.add_company(world.context(), tx, NewCompany(name="Other"), VIEWER),
            deeds.set_values(world.context(), tx, company, {"city": "Berlin"}, VIEWER),
            deeds.merge_companies(world.context(), tx, company, UUID(int=1), VIEWER),
            deeds.override_fit(world.context(), tx, company, Label.STRONG, VIEWER),
            deeds.keep(tx, company, kept=False, actor=VIEWER),
        ):
            with pytest.raises(Rejected) as refused:
                await deed
            assert refused.value.code == "not_allowed"
