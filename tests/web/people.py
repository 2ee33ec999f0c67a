"""People for the console's tests: a lead with a planned call, and a call that was held."""

from typing import Any, Final
from uuid import UUID, uuid4

from orchestrator.engine import ingest
from orchestrator.engine.actions.apply import apply
from orchestrator.engine.actions.companies import NewCompany, add_company
from orchestrator.engine.actions.roles import Actor, Role
from orchestrator.engine.context import Context
from outreach.accounts.icp_document import Icp
from outreach.documents import parse_document
from outreach.reports import Delivery, MessageReceived
from storage.database import transaction
from tests.orchestrator.engine.world import TUESDAY, WHATSAPP_NUMBER, World

PROFILER: Final = Actor(name="test", role=Role.OWNER)
ICP: Final[dict[str, Any]] = {
    "kind": "icp",
    "name": "ours",
    "title": "Ours",
    "criteria": [
        {"id": "size", "field": "employees", "op": "range", "at_least": 50, "weight": 2},
        {"id": "trade", "field": "industry", "op": "in", "values": ["software"]},
        {"id": "place", "field": "country", "op": "in", "values": ["US"]},
    ],
    "personas": [{"id": "engineering", "seniority": ["executive"], "titles": ["vp engineering"]}],
}


async def lead_of(world: World, name: str = "spring") -> tuple[UUID, UUID]:
    """A lead of a running campaign with a call planned for now; it and its campaign."""
    campaign = await world.campaign(name)
    number = f"+12125550{100 + ord(name[0]) % 90}"
    ((attempt,),) = [await world.leads(campaign, 1, phones=[number])]
    ((lead,),) = await world.rows("SELECT lead_id FROM attempts WHERE id = :id", id=attempt)
    await world.do("UPDATE leads SET work = 'planned' WHERE id = :id", id=lead)
    assert isinstance(lead, UUID)
    return lead, campaign


async def company_of(world: World, lead: UUID, actor: Actor = PROFILER) -> UUID:
    """A company that fits a profile by half, with the lead's person in its committee."""
    icp = parse_document(ICP, lambda path: "icp.yaml:1")
    assert isinstance(icp, Icp)
    wanted = NewCompany(
        name="Northwind Traders",
        domains=("north.example",),
        values={"industry": "software", "employees": "45", "tech": "Slack, Zendesk"},
    )
    async with transaction(world.engine) as tx:
        await apply(world.context(), tx, icp, actor)
        made = await add_company(world.context(), tx, wanted, actor)
    await world.do(
        "UPDATE contacts SET company_id = :company, title = 'VP Engineering',"
        " seniority = 'executive', department = 'engineering', buying_role = 'decision_maker'"
        " WHERE id = (SELECT contact_id FROM leads WHERE id = :lead)",
        company=made.id,
        lead=lead,
    )
    return made.id


async def spoken(world: World, lead: UUID, text: str = "We are fifty people.") -> UUID:
    """A call that has ended, with what was said in it and one value that was read."""
    extraction, reading = uuid4(), uuid4()
    await world.do(
        "UPDATE attempts SET state = 'ended', outcome = 'qualified', ended_at = :at,"
        " starting_at = :at, answered_by = 'human' WHERE lead_id = :lead",
        at=TUESDAY,
        lead=lead,
    )
    ((attempt,),) = await world.rows("SELECT id FROM attempts WHERE lead_id = :lead", lead=lead)
    await world.do(
        "INSERT INTO calls (id, attempt_id, lead_id, direction, from_phone, to_phone, created_at,"
        " duration_s, reading_state) VALUES (:id, :id, :lead, 'outbound', '+12025550100',"
        " '+12025550101', :at, 31, 'done')",
        id=attempt,
        lead=lead,
        at=TUESDAY,
    )
    await world.do(
        "INSERT INTO turns (call_id, number, speaker, text, start_ms, end_ms) VALUES"
        " (:id, 0, 'agent', 'Hello, this is Ada.', 0, 2000), (:id, 1, 'person', :text, 2500, 4000)",
        id=attempt,
        text=text,
    )
    await world.do(
        "INSERT INTO readings (id, call_id, lead_id, made_by, outcome, evidence_turn, quote,"
        " summary, created_at) VALUES (:id, :call, :lead, 'reader', 'qualified', 1, :text,"
        " 'They are fifty.', :at)",
        id=reading,
        call=attempt,
        lead=lead,
        text=text,
        at=TUESDAY,
    )
    await world.do(
        "INSERT INTO extractions (id, reading_id, lead_id, field, value, evidence_turn, quote,"
        " created_at) VALUES (:id, :reading, :lead, 'company_size', '50', 1, :text, :at)",
        id=extraction,
        reading=reading,
        lead=lead,
        text=text,
        at=TUESDAY,
    )
    assert isinstance(attempt, UUID)
    return attempt


async def wrote(ctx: Context, number: str, text: str, ref: str) -> None:
    """A person writes to us on WhatsApp, as the provider tells it."""
    report = MessageReceived(provider_ref=ref, from_=number, to=WHATSAPP_NUMBER, body=text)
    await ingest.receive(ctx, Delivery(source="test", key=ref, report=report))


async def number_of(world: World, lead: UUID) -> str:
    ((number,),) = await world.rows("SELECT whatsapp FROM leads WHERE id = :id", id=lead)
    return str(number)


async def talk_of(world: World, lead: UUID) -> UUID:
    """Their conversation; they have written in it."""
    ((talk,),) = await world.rows("SELECT id FROM conversations WHERE lead_id = :id", id=lead)
    assert isinstance(talk, UUID)
    return talk
