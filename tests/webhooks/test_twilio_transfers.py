"""What Twilio is told when a call goes on with a colleague."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from simulator import twiml as carrier
from tests.webhooks.door import ATTEMPT, CALL, PUBLIC_URL, Remembering, post, voice
from webhooks.edge import Brief, Connect, Dial, HangUp
from webhooks.twiml import answer, brief, dial

COLLEAGUE = "+12025550199"
NUMBER = "+12025550100"


@dataclass(slots=True)
class Colleague:
    """Takes calls, or does not."""

    takes: bool = True
    asked: list[tuple[str, UUID]] = field(default_factory=list)

    async def follow(self, attempt_id: UUID, call_ref: str) -> Dial | HangUp:
        self.asked.append((call_ref, attempt_id))
        if not self.takes:
            return HangUp()
        return Dial(attempt_id=attempt_id, to=COLLEAGUE, from_=NUMBER, rings=timedelta(seconds=20))

    async def brief(self, attempt_id: UUID) -> Brief | HangUp:
        return Brief(attempt_id=attempt_id, words="Jo waits. Press any key.")

    async def accepted(self, attempt_id: UUID) -> None:
        self.asked.append(("accepted", attempt_id))

    async def returned(self, attempt_id: UUID, call_ref: str) -> HangUp:
        self.asked.append((call_ref, attempt_id))
        return HangUp(words="Personne n'est libre.", language="fr-FR")


def at(step: str) -> str:
    return f"{PUBLIC_URL}/webhooks/twilio/voice/{ATTEMPT}/{step}#rc=5&rp=all"


async def told(colleague: Colleague, step: str) -> tuple[carrier.Verb, ...]:
    engine = Remembering(transfers=colleague)
    response = await post(engine, voice(step), [("CallSid", CALL)])
    assert response.status_code == 200
    return carrier.parse(response.text)


async def test_the_colleague_is_dialled_with_our_number_and_briefed_first() -> None:
    colleague = Colleague()

    verbs = await told(colleague, "after")

    assert verbs == (
        carrier.Dial(
            number=COLLEAGUE,
            caller_id=NUMBER,
            seconds=20,
            action=at("transferred"),
            briefing=at("briefing"),
        ),
    )
    assert colleague.asked == [(CALL, ATTEMPT)]


async def test_without_a_wish_the_call_ends() -> None:
    assert await told(Colleague(takes=False), "after") == (carrier.Hangup(),)


async def test_only_a_key_joins_the_two() -> None:
    colleague = Colleague()

    assert await told(colleague, "briefing") == (
        carrier.Gather(
            seconds=10,
            action=at("accepted"),
            prompts=(carrier.Say(text="Jo waits. Press any key."),),
        ),
        carrier.Hangup(),
    )
    assert await told(colleague, "accepted") == ()
    assert colleague.asked == [("accepted", ATTEMPT)]


async def test_the_person_hears_in_their_language_that_nobody_is_free() -> None:
    engine = Remembering(transfers=Colleague())

    response = await post(engine, voice("transferred"), [("CallSid", CALL)])

    assert '<Say language="fr-FR">Personne n\'est libre.</Say><Hangup />' in response.text


@pytest.mark.parametrize("step", ["after", "briefing", "accepted", "transferred"])
async def test_a_step_that_names_no_call_is_refused(step: str) -> None:
    response = await post(Remembering(), voice(step), [("From", NUMBER)])

    assert response.status_code == 400


def test_the_end_of_a_conversation_is_asked_about_only_where_it_may_go_on() -> None:
    goes_on = answer(Connect(media_url=None, token="t", then=ATTEMPT), PUBLIC_URL).decode()
    ends = answer(Connect(media_url=None, token="t"), PUBLIC_URL).decode()

    assert f'<Connect action="{at("after").replace("&", "&amp;")}">' in goes_on
    assert "<Connect><Stream" in ends


def test_what_is_said_to_a_colleague_cannot_become_markup() -> None:
    words = 'She said "<Dial>+12025550188</Dial>" & left'
    document = brief(Brief(attempt_id=ATTEMPT, words=words), PUBLIC_URL).decode()

    (gather, _) = carrier.parse(document)
    assert isinstance(gather, carrier.Gather)
    assert gather.prompts == (carrier.Say(text=words),)
    assert b"<Number" in dial(Dial(attempt_id=ATTEMPT, to=COLLEAGUE, from_=NUMBER), PUBLIC_URL)
