"""Leads are found by the beginnings of words and both ends of a number, new ones and old ones."""

import secrets
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from outreach.errors import Rejected
from outreach.ids import new_id
from outreach.lead import Status
from storage import clock, lead_rows
from storage.lead_rows import PROBED, Wanted
from storage.search import parse_question, search_text, words


@pytest.fixture
def campaign_id() -> UUID:
    return uuid4()


async def add(tx: AsyncConnection, campaign_id: UUID, *people: tuple[str, str]) -> None:
    """A campaign of these people: a number and whatever else is known of them."""
    now = await clock.now(tx)
    await tx.execute(
        text(
            "INSERT INTO campaigns (id, name, title, version, agent_name, concurrency, created_at)"
            " VALUES (:id, :name, 'Spring', 1, 'ada', 1, :now) ON CONFLICT DO NOTHING"
        ),
        {"id": campaign_id, "name": str(campaign_id), "now": now},
    )
    rows = [
        {
            "id": new_id(now, (index << 4).to_bytes(2, "big") + secrets.token_bytes(8)),
            "contact": uuid4(),
            "campaign": campaign_id,
            "phone": phone,
            "search": search_text([known], [(phone, int(phone[1 : 2 if phone[1] == "1" else 3]))]),
            "now": now,
        }
        for index, (phone, known) in enumerate(people)
    ]
    for statement in (
        "INSERT INTO contacts (id, source, created_at) VALUES (:contact, 'test', :now)",
        "INSERT INTO leads (id, campaign_id, contact_id, phone, search, work, created_at,"
        " updated_at) VALUES (:id, :campaign, :contact, :phone, :search, 'waiting', :now, :now)",
    ):
        await tx.execute(text(statement), rows)


async def found(tx: AsyncConnection, asked: str, **filters: object) -> list[str | None]:
    wanted = Wanted(question=parse_question(asked), **filters)  # type: ignore[arg-type]
    page = await lead_rows.page(tx, wanted)
    assert await lead_rows.count(tx, wanted) == len(page.rows)
    return [row.phone for row in page.rows]


@pytest.mark.parametrize(
    "asked",
    [
        "zo",
        "ZOË",
        "zoe müll",
        "muller zoe",
        "zoe.m@example",
        "442079460123",
        "+44 20 7946 0123",
        "020 7946 0123",
        "2079",
        "0123",
        "north-gate",
    ],
)
async def test_a_person_is_found_by_what_people_type(
    tx: AsyncConnection, campaign_id: UUID, asked: str
) -> None:
    zoe = "Zoë Müller zoe.m@example.com North-Gate, Ltd."
    await add(tx, campaign_id, ("+442079460123", zoe), ("+12025550199", "Ana Berg"))

    assert await found(tx, asked) == ["+442079460123"]


@pytest.mark.parametrize("asked", ["oë", "3210", "zoe ana", "select '; --", "zo' | 'ana"])
async def test_the_middle_of_a_word_or_another_language_than_words_finds_nothing(
    tx: AsyncConnection, campaign_id: UUID, asked: str
) -> None:
    await add(tx, campaign_id, ("+442079460123", "Zoë Müller"), ("+12025550199", "Ana Berg"))

    assert await found(tx, asked) == []


@pytest.mark.parametrize("asked", ["x", "7", "?", "%%", "a b"])
def test_one_letter_is_too_little_to_look_for(asked: str) -> None:
    with pytest.raises(Rejected, match="at least 2"):
        parse_question(asked)


async def test_the_index_finds_what_is_older_than_the_newest_rows(
    tx: AsyncConnection, campaign_id: UUID
) -> None:
    many = [(f"+1202{number:07}", "Ana") for number in range(PROBED)]
    await add(tx, campaign_id, ("+442079460123", "Zanzibar"))
    await add(tx, campaign_id, *many)

    assert await found(tx, "zanz") == ["+442079460123"]
    assert await found(tx, "zanz", campaign_id=campaign_id, status=Status.NEW) == ["+442079460123"]
    assert await found(tx, "zanz", status=Status.ENGAGED) == []
    ana = Wanted(question=parse_question("an"))
    assert await lead_rows.count(tx, ana) == PROBED


async def test_pages_give_every_lead_once_newest_first(
    tx: AsyncConnection, campaign_id: UUID
) -> None:
    people = [(f"+1202555{number:04}", "Ana") for number in range(450)]
    await add(tx, campaign_id, *people)
    wanted = Wanted(campaign_id=campaign_id, question=parse_question("ana"))

    rows = [row async for row in lead_rows.each(tx, wanted)]

    assert [row.phone for row in rows] == [phone for phone, _ in reversed(people)]


async def test_a_cursor_of_another_list_is_refused(tx: AsyncConnection, campaign_id: UUID) -> None:
    await add(tx, campaign_id, ("+442079460123", "Zoë"), ("+12025550199", "Ana"))
    after = (await lead_rows.page(tx, Wanted(), limit=1)).after
    assert after is not None

    assert len((await lead_rows.page(tx, Wanted(), after=after)).rows) == 1
    for cursor, wanted in (
        (after, Wanted(status=Status.NEW)),
        ("nonsense", Wanted()),
        ("é", Wanted()),
    ):
        with pytest.raises(Rejected, match="cannot go on"):
            await lead_rows.page(tx, wanted, after=cursor)


@given(st.text(max_size=300))
def test_words_are_what_an_index_and_a_pattern_can_hold(known: str) -> None:
    for word in words(known):
        assert word
        assert not set(word) & set(" %_\\'\"&|!():*")


@given(st.text(min_size=2, max_size=60))
def test_whatever_is_asked_is_found_in_itself(known: str) -> None:
    stored = search_text([known], [])
    try:
        question = parse_question(known)
    except Rejected:
        return
    if question is None or any(word.isdigit() for word in question.words):
        return

    for patterns in question.pattern_groups:
        assert any(pattern.strip("%") in stored for pattern in patterns)
