"""The list that the product ships holds every kind of mistake, and each is told apart."""

from dataclasses import replace

import pytest

from tests.orchestrator.engine.lists import EXAMPLES, apply_examples, bring
from tests.orchestrator.engine.world import World

LEADS = EXAMPLES / "leads.csv"


@pytest.mark.row("S4-5")
@pytest.mark.row("S4-8")
async def test_each_mistake_of_the_example_list_is_told_with_its_own_code(world: World) -> None:
    await apply_examples(world)

    by_phone = await bring(world.engine, LEADS, "spring-phone", consent=None, only="phone")
    by_message = await bring(world.engine, LEADS, "spring-whatsapp", consent=None, only="whatsapp")
    by_both = await bring(world.engine, LEADS, "spring-both", consent=None, only="both")

    assert by_phone.rejected == {
        "phone_not_e164": 7,
        "phone_missing": 1,
        "phone_invalid": 1,
        "unknown_time_zone": 1,
        "bad_field": 1,
        "duplicate_in_file": 2,
    }
    assert by_phone.imported == by_phone.rows_read - 13
    assert by_phone.blocked == {"no_consent": 5}
    assert by_message.rejected == {"phone_not_e164": 1, "duplicate_in_file": 1}
    assert by_message.blocked == {"no_consent": 2}
    assert by_both.rejected == {"phone_missing": 1, "bad_field": 1, "duplicate_in_file": 1}
    assert by_both.blocked == {"no_consent": 2}
    assert by_phone.rows_read + by_message.rows_read + by_both.rows_read == 207
    assert by_phone.unknown_columns == ("Lead Score",)
    assert by_phone.mapping["Time Zone"] == "time_zone"
    assert by_phone.encoding == "utf-8-sig"


@pytest.mark.row("S4-7")
async def test_a_local_number_gets_a_suggestion_and_is_never_guessed(world: World) -> None:
    await apply_examples(world)

    report = await bring(world.engine, LEADS, "spring-phone", consent=None, only="phone")

    told = {one.cells[0]: one.suggestion for one in report.first_rejections}
    assert told["020 7946 0123"] == "It looks like a GB number: +442079460123."
    assert await world.rows("SELECT FROM leads WHERE phone = '+442079460123'") == []


@pytest.mark.row("S4-6")
async def test_a_row_becomes_a_lead_with_its_numbers_and_the_campaigns_fields(
    world: World,
) -> None:
    await apply_examples(world)

    await bring(world.engine, LEADS, "spring-phone", consent=None, only="phone")

    assert await world.rows(
        "SELECT first_name, company, fields, zones, work, import_id IS NOT NULL, row_number"
        " FROM leads WHERE phone = '+12125550131'"
    ) == [
        (
            "Elif",
            'Copperleaf\n"Northern" Division, Ltd.',
            {"product": "Northwind Pro", "plan": "team", "seats": 20},
            ["America/New_York"],
            "planned",
            True,
            136,
        )
    ]


async def test_a_dry_run_gives_the_same_verdicts_and_writes_nothing(world: World) -> None:
    await apply_examples(world)

    said = await bring(world.engine, LEADS, consent=None, dry_run=True, chunk_rows=10)
    written = await world.rows(
        "SELECT count(*) FROM leads UNION ALL SELECT count(*) FROM contacts"
        " UNION ALL SELECT count(*) FROM imports"
    )
    done = await bring(world.engine, LEADS, consent=None, chunk_rows=10)

    assert written == [(0,), (0,), (0,)]
    assert said == replace(done, import_id=None)
