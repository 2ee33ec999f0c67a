"""Numbers from the command line: which there are, out of use, and back."""

from datetime import timedelta

from outreach.channel import ChannelName
from tests.orchestrator.commands.conftest import Shell, Stage
from tests.orchestrator.engine.world import VOICE_NUMBER, WHATSAPP_NUMBER, World


async def begin(world: World) -> None:
    await world.leads(await world.campaign("spring"), 2)
    await world.tick()


def shown(shell: Shell, address: str = VOICE_NUMBER) -> dict[str, object]:
    [row] = [one for one in shell.ok("senders", "list", "--json").data if one["address"] == address]
    found: dict[str, object] = row
    return found


def test_the_list_says_what_each_number_did_today(shell: Shell, stage: Stage):
    stage.play(begin)

    row = shown(shell)

    assert (row["channel"], row["status"], row["reason"]) == (ChannelName.VOICE, "active", None)
    assert (row["used_today"], row["in_flight"], row["simulated"]) == (2, 2, True)
    assert WHATSAPP_NUMBER in shell.ok("senders", "list").out


def test_a_parked_number_is_not_used_until_it_is_unparked(shell: Shell, stage: Stage):
    stage.play(begin)

    assert shell.ok("senders", "park", VOICE_NUMBER, "--json").data == {"changed": True}
    assert shell.ok("senders", "park", VOICE_NUMBER, "--json").data == {"changed": False}
    assert (shown(shell)["status"], shown(shell)["reason"]) == ("parked", "by_hand")
    assert "A colleague took it out of use." in shell.ok("senders", "list").out

    async def another(world: World) -> None:
        await world.leads(await world.campaign("summer"), 1, phones=["+12125550111"])
        await world.tick()

    stage.play(another)
    assert stage.rows("SELECT moved_by FROM attempts WHERE phone = '+12125550111'") == [
        ("sender_paused",)
    ]

    assert shell.ok("senders", "unpark", VOICE_NUMBER, "--json").data == {"changed": True}
    assert shown(shell)["status"] == "active"
    kinds = stage.rows("SELECT kind, actor FROM events WHERE kind LIKE 'sender.%' ORDER BY seq")
    assert kinds == [("sender.parked", "cli"), ("sender.unparked", "cli")]


def test_a_number_may_rest_for_a_while(shell: Shell, stage: Stage):
    stage.play(begin)

    shell.ok("senders", "park", VOICE_NUMBER, "--for", "P1D", "--channel", "voice")

    [(rest,)] = stage.rows(
        "SELECT recheck_at - (SELECT max(at) FROM events WHERE kind = 'sender.parked')"
        " FROM senders WHERE status = 'parked'"
    )
    assert rest == timedelta(days=1)


def test_a_number_that_fails_says_so_and_unparking_mends_it(shell: Shell, stage: Stage):
    stage.play(begin)

    async def broken(world: World) -> None:
        await world.do(
            "INSERT INTO breakers (scope, name, state, changed_at)"
            " SELECT 'sender', id::text, 'open', clock_timestamp() FROM senders"
            " WHERE channel = 'voice'"
        )

    stage.play(broken)
    assert (shown(shell)["status"], shown(shell)["reason"]) == ("open", "provider_down")

    shell.ok("senders", "unpark", VOICE_NUMBER)

    assert shown(shell)["status"] == "active"


def test_an_unknown_number_and_a_bad_span_are_refused_with_a_fix(shell: Shell, stage: Stage):
    stage.play(begin)

    unknown = shell("senders", "park", "+12025550199")
    assert (unknown.status, "outreach senders list" in unknown.out + unknown.err) == (2, True)
    assert shell("senders", "park", VOICE_NUMBER, "--for", "soon").status == 2
