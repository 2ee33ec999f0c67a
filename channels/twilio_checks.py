"""Does Twilio know us, our numbers, senders and templates as the configuration says?"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from twilio.base.exceptions import TwilioRestException, TwilioServiceException
from twilio.rest import Client

from channels.twilio_find import NOT_FOUND, TROUBLE, nothing_found
from channels.twilio_http import TwilioPool
from outreach.checkup import Problem, Report

UNAUTHORIZED: Final = frozenset({401, 403})
SEE_ACCOUNT: Final = "Twilio refuses the credentials."
LARGEST_SKEW: Final = timedelta(seconds=30)
"""The header Date counts whole seconds, and answers take a while."""
ACCOUNT_URL: Final = "https://api.twilio.com/2010-04-01/Accounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCheck:
    pool: TwilioPool
    name: str = "twilio account"

    async def look(self) -> Report:
        sid = self.pool.account.account_sid
        try:
            found = await client(self.pool).api.v2010.accounts(sid).fetch_async()
        except TROUBLE as error:
            return Report.of(_not_let_in(self.pool, error))
        if found.status != "active":
            return Report.of(
                Problem(
                    code="twilio_account_inactive",
                    message=f"Twilio says that the account is {found.status}.",
                    fix="Have it reactivated in Twilio's console.",
                )
            )
        said = "The account is known and active"
        return Report(facts=(f"{said}, simulated." if self.pool.account.simulated else f"{said}.",))


@dataclass(frozen=True, slots=True, kw_only=True)
class NumbersCheck:
    """The numbers that call."""

    pool: TwilioPool
    numbers: Sequence[str]
    inbound_url: str
    """Where calls back to them must be reported."""
    name: str = "phone numbers"

    async def look(self) -> Report:
        if not self.numbers:
            return Report(facts=("No number is configured for calls.",))
        return Report.joined(await asyncio.gather(*(self._one(each) for each in self.numbers)))

    async def _one(self, number: str) -> Report:
        numbers = client(self.pool).incoming_phone_numbers
        try:
            owned = await numbers.list_async(phone_number=number, limit=1)
            if not owned:
                return await self._not_owned(number)
        except TROUBLE as error:
            return _unanswered("phone numbers", error)
        (found,) = owned
        if not (found.capabilities or {}).get("voice"):
            return Report.of(
                Problem(
                    code="number_without_voice",
                    message=f"{number} cannot make calls.",
                    fix="Take it out of twilio.voice_numbers, or buy a number with voice.",
                )
            )
        if (found.voice_url or "") != self.inbound_url:
            said = f"{found.voice_url!r}" if found.voice_url else "nobody"
            return Report.of(
                Problem(
                    code="number_reports_elsewhere",
                    message=f"Who calls {number} back is reported to {said}.",
                    fix=f"Set its voice URL at Twilio to {self.inbound_url} (HTTP POST).",
                )
            )
        return Report(facts=(f"{number} can call, and calls back are reported here.",))

    async def _not_owned(self, number: str) -> Report:
        if await _is_verified(self.pool, number):
            return Report(facts=(f"{number} is a verified caller id; calls back are not ours.",))
        return Report.of(
            Problem(
                code="number_not_owned",
                message=f"{number} is not a number of this account.",
                fix="Correct twilio.voice_numbers, or buy or verify the number at Twilio.",
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SendersCheck:
    """The WhatsApp senders."""

    pool: TwilioPool
    numbers: Sequence[str]
    inbound_url: str
    name: str = "whatsapp senders"

    async def look(self) -> Report:
        if not self.numbers:
            return Report(facts=("No WhatsApp sender is configured.",))
        senders = client(self.pool).messaging.v2.channels_senders
        try:
            listed = await senders.list_async(channel="whatsapp", limit=1000)
        except TROUBLE as error:
            return _unanswered("WhatsApp senders", error)
        known = {str(one.sender_id).removeprefix("whatsapp:"): one for one in listed}
        return Report.joined(
            self._one(number, known[number]) if number in known else _no_sender(number)
            for number in self.numbers
        )

    def _one(self, number: str, sender: object) -> Report:
        status = str(getattr(sender, "status", "") or "")
        if not status.upper().startswith("ONLINE"):
            return Report.of(
                Problem(
                    code="whatsapp_sender_offline",
                    message=f"Twilio says that the WhatsApp sender {number} is {status}.",
                    fix="Finish its registration in Twilio's console, under WhatsApp senders.",
                )
            )
        webhook = getattr(sender, "webhook", None)
        told = webhook.get("callback_url") if isinstance(webhook, Mapping) else None
        if webhook is not None and (told or "") != self.inbound_url:
            return Report.of(
                Problem(
                    code="whatsapp_reports_elsewhere",
                    message=f"Replies to {number} are reported to {told or 'nobody'}.",
                    fix=f"Set its webhook at Twilio to {self.inbound_url} (HTTP POST).",
                )
            )
        return Report(facts=(f"{number} is online on WhatsApp, and replies come here.",))


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatesCheck:
    """The templates of campaigns that are not over."""

    pool: TwilioPool
    templates: Mapping[str, str | None]
    """Twilio's id of each, by its name here; None was never submitted."""
    name: str = "templates"

    async def look(self) -> Report:
        looked = await asyncio.gather(
            *(self._one(name, sid) for name, sid in sorted(self.templates.items()))
        )
        return Report.joined(looked)

    async def _one(self, name: str, sid: str | None) -> Report:
        if sid is None:
            return Report.of(
                Problem(
                    code="template_not_submitted",
                    message=f"The template {name} has no content_sid.",
                    fix="Submit it to WhatsApp through Twilio, and write its HX... id in it.",
                )
            )
        contents = client(self.pool).content.v1.contents(sid)
        try:
            found = await contents.approval_fetch().fetch_async()
        except (TwilioRestException, TwilioServiceException) as error:
            if error.status == NOT_FOUND:
                return Report.of(_unknown_template(name, sid))
            return _unanswered("templates", error)
        except TROUBLE as error:
            return _unanswered("templates", error)
        status = (found.whatsapp or {}).get("status", "unsubmitted")
        if status != "approved":
            return Report.of(
                Problem(
                    code="template_not_approved",
                    message=f"WhatsApp has not approved the template {name}: it is {status}.",
                    fix="Wait for its approval, or correct it and submit it again.",
                )
            )
        return Report(facts=(f"The template {name} is approved.",))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderClockCheck:
    pool: TwilioPool
    host_now: Callable[[], datetime]
    name: str = "clock, against twilio"

    async def look(self) -> Report:
        account = self.pool.account
        messenger = self.pool.messenger()
        asked = self.host_now()
        try:
            answer = await messenger.request(
                "GET",
                f"{ACCOUNT_URL}/{account.account_sid}.json",
                auth=(account.account_sid, account.auth_token),
            )
        except TROUBLE as error:
            return _unanswered("the time", error)
        told = _moment(answer.headers.get("Date"))
        if told is None:
            return Report(facts=("Twilio's answer carries no date.",))
        # It was written between the question and the answer, to the second before.
        late = told - self.host_now()
        early = asked - told - timedelta(seconds=1)
        if max(late, early) <= LARGEST_SKEW:
            return Report(facts=("This machine and Twilio agree on the time.",))
        side = "behind" if late > early else "ahead of"
        seconds = round(max(late, early).total_seconds())
        return Report.of(
            Problem(
                code="clock_differs_from_provider",
                message=f"This machine's clock is {seconds} s {side} Twilio's.",
                fix="Let NTP set this machine's clock (timedatectl set-ntp true).",
            )
        )


def client(pool: TwilioPool) -> Client:
    return pool.client(pool.messenger())


async def _is_verified(pool: TwilioPool, number: str) -> bool:
    callers = client(pool).outgoing_caller_ids
    try:
        return bool(await callers.list_async(phone_number=number, limit=1))
    except TROUBLE as error:
        if _status(error) == NOT_FOUND:
            return False
        raise


def _no_sender(number: str) -> Report:
    return Report.of(
        Problem(
            code="whatsapp_sender_missing",
            message=f"{number} is not a WhatsApp sender of this account.",
            fix="Correct twilio.whatsapp_numbers, or register the sender at Twilio.",
        )
    )


def _unknown_template(name: str, sid: str) -> Problem:
    return Problem(
        code="template_unknown",
        message=f"Twilio knows no template {sid}, which {name} names.",
        fix=f"Correct content_sid in the template {name} and apply it again.",
    )


def _not_let_in(pool: TwilioPool, error: Exception) -> Problem:
    status = _status(error)
    if status in UNAUTHORIZED:
        return Problem(
            code="twilio_credentials_refused",
            message="Twilio refuses the credentials: the auth token does not fit the account.",
            fix="Copy the account SID and the primary auth token from Twilio's console into"
            " twilio.account_sid and twilio.auth_token.",
        )
    if status == NOT_FOUND:
        return Problem(
            code="twilio_account_unknown",
            message=f"Twilio knows no account {pool.account.account_sid}.",
            fix="Copy the account SID from Twilio's console into twilio.account_sid.",
        )
    where = pool.account.base_url or "api.twilio.com"
    return Problem(
        code="twilio_unreachable",
        message=f"Twilio does not answer at {where} ({_why(error)}).",
        fix="Check the way out of this machine (proxy, firewall, DNS), or twilio.base_url.",
    )


def _unanswered(what: str, error: Exception) -> Report:
    status = _status(error)
    if status in UNAUTHORIZED:
        return Report(skipped=SEE_ACCOUNT)
    return Report.of(
        Problem(
            code="twilio_does_not_say",
            message=f"Twilio could not be asked about {what} ({_why(error)}).",
            fix="Ask again in a minute; see https://status.twilio.com when it stays so.",
        )
    )


def _status(error: Exception) -> int | None:
    """Of the answer; a list's error carries the answer itself and no status."""
    answer = error.args[1] if len(error.args) > 1 else error
    status = getattr(answer, "status_code", getattr(error, "status", None))
    return status if isinstance(status, int) else None


def _why(error: Exception) -> str:
    finding = nothing_found(error)
    return getattr(finding, "reason", "not found")


def _moment(header: str | None) -> datetime | None:
    if header is None:
        return None
    try:
        return parsedate_to_datetime(header).astimezone(UTC)
    except ValueError:
        return None
