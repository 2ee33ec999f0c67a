"""The operator's own address is asked with a signature; only a plain yes is one."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from aiohttp.web import Application, Request, Response

from channels.pre_dial import PreDial, Unanswered, Verdict
from channels.pre_dial_check import PreDialCheck
from channels.pre_dial_hook import HEADER, PreDialHook

SECRET = "a secret of theirs and ours"
PHONE = "+12025550123"


@dataclass(slots=True)
class Office:
    """The operator's side."""

    status: int = 200
    says: str = '{"allowed": true, "reason": "fine"}'
    heard: list[tuple[str, bytes]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        self.heard.append((request.headers[HEADER], await request.read()))
        return Response(status=self.status, text=self.says)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
async def hook(office: Office) -> AsyncIterator[PreDialHook]:
    app = Application()
    app.router.add_post("/may-we", office.answer)
    async with TestServer(app) as server, ClientSession() as session:
        yield PreDialHook(
            session=session, url=str(server.make_url("/may-we")), secret=SECRET, seconds=lambda: 77
        )


async def test_the_question_is_signed_over_its_time_and_its_body(
    office: Office, hook: PreDialHook
) -> None:
    assert await hook.ask(PHONE) == Verdict(allowed=True, reason="fine")

    [(header, body)] = office.heard
    signed = hmac.new(SECRET.encode(), b"77." + body, hashlib.sha256).hexdigest()
    assert header == f"t=77,v1={signed}"
    assert json.loads(body) == {"phone": PHONE}


async def test_a_no_is_told_with_its_reason(office: Office, hook: PreDialHook) -> None:
    office.says = '{"allowed": false, "reason": "reassigned"}'

    assert await hook.ask(PHONE) == Verdict(allowed=False, reason="reassigned")


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (500, '{"allowed": true}'),
        (204, ""),
        (302, '{"allowed": true}'),
        (200, "yes"),
        (200, '{"allowed": "true"}'),
        (200, "[true]"),
        (200, "\ufffd"),
    ],
)
async def test_whatever_is_no_plain_answer_is_none(
    office: Office, hook: PreDialHook, status: int, says: str
) -> None:
    office.status, office.says = status, says

    with pytest.raises(Unanswered):
        await hook.ask(PHONE)
    asked = PreDial(asker=hook, valid_for=timedelta(hours=1), within=timedelta(seconds=5))
    [problem] = (await PreDialCheck(asked=asked).look()).problems
    assert problem.code == "pre_dial_unanswered"


async def test_a_reason_that_is_no_code_is_not_kept(office: Office, hook: PreDialHook) -> None:
    office.says = '{"allowed": false, "reason": "Ann Lee asked us not to"}'

    assert await hook.ask(PHONE) == Verdict(allowed=False, reason="hook")
