"""`outreach key`: made, listed without the secret, revoked."""

from tests.orchestrator.commands.conftest import Shell


def test_a_key_is_made_listed_and_revoked(shell: Shell) -> None:
    made = shell.ok("key", "create", "crm", "--role", "rep", "--days", "30", "--json").data

    listed = shell.ok("key", "list", "--json")
    revoked = shell.ok("key", "revoke", made["id"], "--json").data
    again = shell.ok("key", "revoke", made["id"])

    assert made["key"].startswith("outreach_")
    assert made["key"] not in listed.out
    assert [(one["name"], one["role"], one["is_valid"]) for one in listed.data] == [
        ("crm", "rep", True)
    ]
    assert revoked == {"id": made["id"], "revoked": True}
    assert "revoked before" in again.out
    assert "revoked" in shell.ok("key", "list").out


def test_a_role_that_nobody_has_is_refused_with_those_that_there_are(shell: Shell) -> None:
    refused = shell("key", "create", "crm", "--role", "king")

    assert refused.status == 2
    assert "operator" in refused.err
