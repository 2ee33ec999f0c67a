"""`outreach webhook`: added, listed without the secret, enabled, replayed, removed."""

from uuid import uuid4

from tests.orchestrator.commands.conftest import Shell

URL = "https://example.com/hook"


def test_an_endpoint_is_added_listed_enabled_and_removed(shell: Shell) -> None:
    added = shell.ok("webhook", "add", URL, "--kind", "attempt.result", "--json").data

    listed = shell.ok("webhook", "list", "--json")
    shell.ok("webhook", "enable", added["id"])
    table = shell.ok("webhook", "list").out
    dead = shell.ok("webhook", "dead", "--json").data
    shell.ok("webhook", "remove", added["id"], "--json")

    assert added["secret"].startswith("whsec_")
    assert added["secret"] not in listed.out + table
    assert [(one["url"], one["kinds"]) for one in listed.data] == [(URL, ["attempt.result"])]
    assert dead == []
    assert shell.ok("webhook", "list", "--json").data == []


def test_what_cannot_be_told_is_refused_with_what_can(shell: Shell) -> None:
    private = shell("webhook", "add", "http://10.0.0.7/", "--kind", "attempt.result")
    unknown = shell("webhook", "add", URL, "--kind", "attempt.vanished")
    nothing = shell("webhook", "replay", str(uuid4()))

    assert (private.status, unknown.status, nothing.status) == (2, 2, 2)
    assert "webhooks.private_hosts" in private.err
    assert "attempt.vanished" in unknown.err
    assert "outreach webhook dead" in nothing.err
