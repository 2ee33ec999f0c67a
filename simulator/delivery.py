"""How does a webhook reach us? Signed, timed, retried under one token, and written down."""

import asyncio
import time
import uuid
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import httpx

from simulator.call import Callback
from simulator.faults import CALLBACK, Occasion, Rule
from simulator.override import Override
from simulator.signing import sign
from simulator.witness import Unacknowledged
from simulator.world import Request, World

# The carrier adds parameters without notice, so receivers must sign and read what they do not know.
_UNANNOUNCED = {"SimulatorExtra": "", "X-Unannounced": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One thing to tell. `sid` names what it is about, `number` is the person's."""

    kind: str
    event: str
    sid: str
    number: str
    to: Callback
    params: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; `status` None means that nothing did."""

    status: int | None
    body: str = ""
    failure: str = ""

    @property
    def is_ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Courier:
    """Delivers webhooks; holds those that the fault plan wants late."""

    def __init__(self, world: World, http: httpx.AsyncClient) -> None:
        self._world = world
        self._http = http
        self._sent: dict[str, asyncio.Event] = {}

    def send(self, webhook: Webhook) -> None:
        """Tell it without waiting; nothing is sent where nobody wants to know."""
        if webhook.to.url:
            self._world.spawn(self._send(webhook))

    async def ask(self, webhook: Webhook) -> Answer:
        """Tell it and use the answer; the fallback address is asked when the first one fails."""
        answer = await self._deliver(webhook, fault="")
        if not answer.is_ok and webhook.to.fallback_url:
            answer = await self._deliver(_to_fallback(webhook), fault="fallback")
        if not answer.is_ok:
            self._note_unacknowledged(webhook, answer)
        return answer

    async def _send(self, webhook: Webhook) -> None:
        rule = self._world.faults.pick(
            CALLBACK, Occasion(kind=webhook.kind, event=webhook.event, number=webhook.number)
        )
        if rule is None:
            await self._tell(webhook, fault="")
        else:
            await self._misbehave(webhook, rule)
        event = self._sent.pop(_path(webhook), None)
        if event is not None:
            event.set()

    async def _misbehave(self, webhook: Webhook, rule: Rule) -> None:
        match rule.fault:
            case "drop_callback" | "lost_completed":
                self._note_lost(webhook, rule.fault)
                return
            case "delay_callback":
                await self._world.clock.sleep(rule.seconds)
            case "reorder_callback":
                await self._hold(webhook, rule.seconds)
            case "duplicate_callback":
                await self._tell(webhook, fault=rule.fault)
            case "ghost_call":
                await self._tell(_ghost(webhook, self._world), fault=rule.fault)
            case _:
                raise AssertionError(f"{rule.fault} is no fault of callbacks")
        await self._tell(webhook, fault=rule.fault)

    async def _hold(self, webhook: Webhook, longest_s: float) -> None:
        overtaken = self._sent.setdefault(_path(webhook), asyncio.Event())
        waiting = self._world.spawn(self._world.clock.sleep(longest_s))
        passing = asyncio.create_task(overtaken.wait())
        try:
            await asyncio.wait({waiting, passing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            passing.cancel()

    async def _tell(self, webhook: Webhook, *, fault: str) -> None:
        answer = await self._deliver(webhook, fault=fault)
        if not answer.is_ok and webhook.to.fallback_url:
            answer = await self._deliver(_to_fallback(webhook), fault="fallback")
        if not answer.is_ok:
            self._note_unacknowledged(webhook, answer)

    def _note_unacknowledged(self, webhook: Webhook, answer: Answer) -> None:
        self._world.notice(11200, f"{webhook.to.url} answered {answer.status}", webhook.sid)
        self._world.witness.unacknowledged.append(
            Unacknowledged(kind=webhook.kind, url=webhook.to.url, at=self._world.now())
        )

    async def _deliver(self, webhook: Webhook, *, fault: str) -> Answer:
        """All tries of one logical webhook, inside the total time that its address allows."""
        override = Override.of(webhook.to.url)
        token = str(uuid.UUID(int=self._world.random.getrandbits(128), version=4))
        answer = Answer(status=None, failure="rt")
        self._world.deliveries += 1
        try:
            async with asyncio.timeout(override.total_ms / 1000):
                for attempt in range(1 + override.retries):
                    if attempt:
                        await self._world.clock.sleep(self._world.knobs.retry_wait_s)
                    answer = await self._try(webhook, override, token, attempt, fault)
                    if answer.is_ok or not override.retries_failure(answer.failure):
                        break
        except TimeoutError:
            answer = Answer(status=None, failure="rt")
        finally:
            self._world.deliveries -= 1
        return answer

    async def _try(
        self, webhook: Webhook, override: Override, token: str, attempt: int, fault: str
    ) -> Answer:
        params = {**webhook.params, **_UNANNOUNCED}
        address = webhook.to.url.partition("#")[0]
        is_get = webhook.to.method.upper() == "GET"
        if is_get:
            address += ("&" if "?" in address else "?") + urlencode(params)
        signature = sign(self._world.auth_token, address, () if is_get else params.items())
        at = self._world.now()
        began_s = time.monotonic()
        answer = Answer(status=None, failure="rt")
        try:
            answer = await self._request(
                address,
                None if is_get else params,
                {"X-Twilio-Signature": signature, "I-Twilio-Idempotency-Token": token},
                override,
            )
        finally:
            self._world.requests.append(
                Request(
                    at=at,
                    kind=webhook.kind,
                    event=webhook.event,
                    sid=webhook.sid,
                    method=webhook.to.method.upper(),
                    url=webhook.to.url,
                    params=tuple(sorted(params.items())),
                    signature=signature,
                    idempotency_token=token,
                    attempt=attempt,
                    status=answer.status,
                    failure=answer.failure,
                    elapsed_ms=round((time.monotonic() - began_s) * 1000),
                    fault=fault,
                )
            )
        return answer

    async def _request(
        self,
        url: str,
        form: dict[str, str] | None,
        headers: dict[str, str],
        override: Override,
    ) -> Answer:
        timeout = httpx.Timeout(override.read_ms / 1000, connect=override.connect_ms / 1000)
        try:
            response = await self._http.request(
                "GET" if form is None else "POST",
                url,
                data=form,
                headers={**headers, "User-Agent": "TwilioProxy/1.1", "Accept": "*/*"},
                timeout=timeout,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol):
            return Answer(status=None, failure="ct")
        except httpx.InvalidURL:
            return Answer(status=None, failure="url")
        except httpx.TransportError:
            return Answer(status=None, failure="rt")
        kind = f"{response.status_code // 100}xx"
        failure = "" if response.is_success else kind
        return Answer(status=response.status_code, body=response.text, failure=failure)

    def _note_lost(self, webhook: Webhook, fault: str) -> None:
        self._world.requests.append(
            Request(
                at=self._world.now(),
                kind=webhook.kind,
                event=webhook.event,
                sid=webhook.sid,
                method=webhook.to.method.upper(),
                url=webhook.to.url,
                params=tuple(sorted(webhook.params.items())),
                signature="",
                idempotency_token="",
                attempt=0,
                status=None,
                failure="lost",
                elapsed_ms=0,
                fault=fault,
            )
        )


def _path(webhook: Webhook) -> str:
    return webhook.to.url.partition("?")[0].partition("#")[0]


def _to_fallback(webhook: Webhook) -> Webhook:
    second = Callback(url=webhook.to.fallback_url, method=webhook.to.fallback_method)
    failed = {"ErrorCode": "11200", "ErrorUrl": webhook.to.url}
    return replace(webhook, to=second, params={**webhook.params, **failed})


def _ghost(webhook: Webhook, world: World) -> Webhook:
    unknown = world.new_sid(webhook.sid[:2])
    params = {
        key: unknown if value == webhook.sid else value for key, value in webhook.params.items()
    }
    return replace(webhook, sid=unknown, params=params)
