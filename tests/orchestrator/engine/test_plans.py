"""The claim reads what is due and nothing else, whatever the planner believes."""

import json

from sqlalchemy import text

from storage import claiming
from storage.database import transaction
from tests.orchestrator.engine.world import TUESDAY, World


def nodes(plan: dict[str, object]) -> list[dict[str, object]]:
    inner = plan.get("Plans", [])
    assert isinstance(inner, list)
    return [plan, *(node for one in inner for node in nodes(one))]


async def test_a_claim_reads_attempts_by_the_index_of_what_is_due(world: World) -> None:
    for index in range(4):
        await world.leads(await world.campaign(f"campaign-{index}"), 500)
    await world.do("ANALYZE")
    rows = await world.rows("SELECT id FROM campaigns")
    values = {
        "campaigns": [row[0] for row in rows],
        "channels": ["voice"] * 4,
        "places": [0, 1, 2, 3],
        "by_age": [5] * 4,
        "overdue": TUESDAY,
        "limits": [25] * 4,
        "priorities": list(claiming.PRIORITIES),
        "now": TUESDAY,
    }

    async with transaction(world.engine) as tx:
        await tx.execute(claiming._BY_INDEX)
        query = text(f"EXPLAIN (ANALYZE, FORMAT json) {claiming._CANDIDATES.text}")
        found = (await tx.execute(query, values)).scalar_one()

    plan = json.loads(found) if isinstance(found, str) else found
    due = [one for one in nodes(plan[0]["Plan"]) if one.get("Alias") == "a"]
    assert [one["Index Name"] for one in due] == ["attempts_due"]
    loops = float(str(due[0]["Actual Loops"]))
    read = float(str(due[0]["Actual Rows"])) * loops
    # Servers before 18 round the rows of a loop to a whole number.
    assert abs(read - 100.0) <= loops / 2
