"""What the REST surface answers fits the provider's published schemas, where they are at hand."""

import json
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from simulator.server import RunningSimulator
from tests.simulator.application import SILENT_CALL, Application

SCHEMAS = Path(__file__).parents[3] / "shared" / "reference" / "openapi"
ACCOUNT = "/2010-04-01/Accounts/AC5eed5eed5eed5eed5eed5eed5eed5eed"


def usable(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable`, JSON Schema says it in the type; formats are left aside."""
    if isinstance(node, list):
        return [usable(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: usable(value) for key, value in node.items() if key not in ("format", "nullable")}
    return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") is True else made


def checker(file: str, name: str) -> jsonschema.Draft202012Validator:
    document = usable(json.loads((SCHEMAS / file).read_text()))
    return jsonschema.Draft202012Validator(
        {
            "components": document["components"],
            "$ref": f"#/components/schemas/{name.replace('/', '~1')}",
        }
    )


@pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason="the provider's schemas are not beside the repository"
)
async def test_every_resource_fits_its_published_schema(
    simulator: RunningSimulator, application: Application
) -> None:
    auth = (simulator.account_sid, simulator.auth_token)
    order = {"To": "+12125550101", "From": "+12125550100", "Twiml": SILENT_CALL, "Record": "true"}
    order["StatusCallback"] = f"{application.base_url}/status"
    order["RecordingStatusCallback"] = f"{application.base_url}/recording"
    order["RecordingStatusCallbackEvent"] = "completed absent"
    text = {"To": "whatsapp:+12125550101", "From": "whatsapp:+12125550100", "Body": "hi"}
    content = {"language": "en", "types": {"twilio/text": {"body": "Hi {{1}}"}}}
    async with httpx.AsyncClient(base_url=simulator.base_url, auth=auth) as http:
        call = (await http.post(f"{ACCOUNT}/Calls.json", data=order)).json()
        await application.until("/recording")
        message = (await http.post(f"{ACCOUNT}/Messages.json", data=text)).json()
        template = (await http.post("/v1/Content", json=content)).json()
        approvals = f"/v1/Content/{template['sid']}/ApprovalRequests"
        asked = await http.post(f"{approvals}/whatsapp", json={"name": "hi", "category": "UTILITY"})
        shown: list[tuple[str, str, Any]] = [
            ("calls.json", "api.v2010.account.call", call),
            ("messages.json", "api.v2010.account.message", message),
            ("content_v1.json", "content.v1.content", template),
            ("content_v1.json", "content.v1.content.approval_create", asked.json()),
            (
                "content_v1.json",
                "content.v1.content.approval_fetch",
                (await http.get(approvals)).json(),
            ),
        ]
        for file, name, key in (
            ("calls.json", "api.v2010.account.call", "calls"),
            ("messages.json", "api.v2010.account.message", "messages"),
            ("recordings.json", "api.v2010.account.recording", "recordings"),
        ):
            page = (await http.get(f"{ACCOUNT}/{key.capitalize()}.json")).json()
            assert page[key]
            shown += [(file, name, each) for each in page[key]]
            operation = json.loads((SCHEMAS / file).read_text())["paths"][
                f"/2010-04-01/Accounts/{{AccountSid}}/{key.capitalize()}.json"
            ]["get"]
            listing = operation["responses"]["200"]["content"]["application/json"]["schema"]
            assert set(page) == set(listing["properties"])

    for file, name, resource in shown:
        validator = checker(file, name)
        problems = [f"{name}: {error.message}" for error in validator.iter_errors(resource)]
        assert problems == []
        known = validator.schema["components"]["schemas"][name]["properties"]
        assert set(known) - set(resource) == set(), name
