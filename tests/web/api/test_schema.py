"""The API does what its OpenAPI document says, whatever it is sent (schemathesis)."""

import asyncio
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from orchestrator.engine.actions.roles import Role
from orchestrator.http_server import listen, serving
from tests.web.api.conftest import ADA, Api
from tests.web.people import lead_of, spoken

EXAMPLES = 3
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


async def known_ids(api: Api) -> list[str]:
    """Of a lead, a call, a contact and a conversation."""
    lead, _ = await lead_of(api.world)
    call = await spoken(api.world, lead)
    conversation = uuid4()
    await api.world.do(
        "INSERT INTO conversations (id, sender_id, contact_id, phone, lead_id, created_at)"
        " SELECT :id, s.id, l.contact_id, l.phone, l.id, l.created_at FROM leads l, senders s"
        " WHERE s.channel = 'whatsapp'",
        id=conversation,
    )
    ((contact,),) = await api.world.rows("SELECT contact_id FROM leads")
    return [str(one) for one in (lead, call, contact, conversation)]


def attack(document: dict[str, object], url: str, token: str, ids: list[str]) -> int:
    """Send what the document allows and what it does not; returns how many requests were sent."""
    schema = openapi.from_dict(document)
    sent = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        known = [{"id": one} for one in ids] if "{id}" in operation.path else [{"name": "spring"}]
        paths = known if "{" in operation.path else [None]
        for path in [*paths, None]:
            for mode in GenerationMode:
                strategy = operation.as_strategy(mode, path_parameters=path)
                sent += send_all(strategy, url, token)
    return sent


def send_all(strategy: object, url: str, token: str) -> int:
    sent = 0

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def send(case: object) -> None:
        nonlocal sent
        headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}
        answer = case.call(base_url=url, headers=headers)
        case.validate_response(answer, checks=CHECKS)
        sent += 1

    send()
    return sent


@pytest.mark.timeout(600)
async def test_nothing_that_is_sent_gets_an_answer_that_is_not_in_the_document(api: Api) -> None:
    ids = await known_ids(api)
    token = await api.key(Role.OPERATOR)
    client = api.client(token)
    await client.post("/leads", json=ADA)
    document = (await client.get("/openapi.json")).json()
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    async with serving(api.app, listener):
        sent = await asyncio.to_thread(attack, document, url, token, ids)

    assert sent > 200
