"""The platforms of a configuration: who may tell of calls, and whom we order calls from."""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import assert_never
from uuid import UUID

from channels.base import Channel
from channels.hosted import Account, HostedCalls
from channels.hosted_http import open_session
from channels.hosted_routes import ByNumber
from orchestrator.engine.hosted_calls import provider_of
from orchestrator.sections.hosted import Hosted, Signature, TouchpointSource
from outreach.channel import ChannelName
from outreach.errors import Rejected
from outreach.pace import Pace
from outreach.phone import BadPhone, parse_phone
from storage.senders import Sender
from webhooks.hosted_calls import Source
from webhooks.hosted_signature import HmacBody, HmacTimestamp, Scheme, Seal, StandardWebhooks
from webhooks.touchpoints import TouchpointSource as Telling


def sources(hosted: Mapping[str, Hosted]) -> dict[str, Source]:
    """Who may tell us of calls, by the name in the address."""
    return {
        name: Source(
            name=name,
            seal=Seal(scheme=_scheme(one.signature), secret=one.secret.get_secret_value()),
            mapping=one.call_mapping,
        )
        for name, one in hosted.items()
        if one.signature is not None
    }


def touchpoint_sources(configured: Mapping[str, TouchpointSource]) -> dict[str, Telling]:
    """Who may tell us what people do, by the name in the address."""
    return {
        name: Telling(
            name=name,
            seal=Seal(scheme=_scheme(one.signature), secret=one.secret.get_secret_value()),
        )
        for name, one in configured.items()
    }


def _scheme(signature: Signature) -> Scheme:
    match signature.scheme:
        case "standard_webhooks":
            return StandardWebhooks()
        case "hmac_body":
            return HmacBody(
                header=signature.header or "",
                form=signature.form,
                algorithm=signature.algorithm,
                encoding=signature.encoding,
            )
        case "hmac_timestamp":
            return HmacTimestamp(
                header=signature.header or "",
                form=signature.form,
                signs=signature.signs,
                timestamp_header=signature.timestamp_header,
                unit=signature.unit,
                algorithm=signature.algorithm,
                encoding=signature.encoding,
            )
    assert_never(signature.scheme)


def check_platforms(
    hosted: Mapping[str, Hosted], simulated: bool | None, twilio_numbers: Collection[str] = ()
) -> None:
    """Refuse what cannot be put together; `simulated` is Twilio's, None where there is none.

    Raises Rejected where one number is used twice, or where one way to call people is real and
    another is not.
    """
    owners = dict.fromkeys(twilio_numbers, "twilio")
    for name, one in hosted.items():
        for number in numbers_of(name, one):
            if owners.setdefault(number, name) != name:
                raise Rejected(
                    "number_used_twice",
                    f"{number} is used by {owners[number]} and by {name}.",
                    "Let each number belong to one of them.",
                    f"hosted.{name}.calls.numbers",
                )
    kinds = {one.is_simulated for one in hosted.values() if one.calls is not None}
    if simulated is not None and kinds:
        kinds.add(simulated)
    if len(kinds) > 1:
        raise Rejected(
            "simulated_and_real_callers",
            "One of the configured ways to call people is simulated, and another one is real.",
            "Configure either; made-up calls and real ones do not share a database.",
            "hosted",
        )


def with_platforms(
    ours: Channel | None, hosted: Mapping[str, Hosted], timeout: timedelta
) -> Channel | None:
    """The way to call people: our own, that of each platform, or all behind one door.

    Call it inside a running loop, after `check_platforms`.
    """
    by_number: dict[str, Channel] = {}
    for name, one in hosted.items():
        channel = open_calls(one, timeout)
        if channel is not None:
            by_number |= dict.fromkeys(numbers_of(name, one), channel)
    return ByNumber(ours=ours, hosted=by_number) if by_number else ours


def open_calls(hosted: Hosted, timeout: timedelta) -> HostedCalls | None:
    """The way to order calls from a platform; None where we only listen. Whoever opens closes.

    Call it inside a running loop.
    """
    calls, platform = hosted.calls, hosted.platform
    if calls is None or platform is None or calls.base_url is None:
        return None
    account = Account(
        base_url=calls.base_url,
        api_key=calls.api_key.get_secret_value(),
        values=calls.values,
        simulated=hosted.is_simulated,
    )
    return HostedCalls(platform=platform, account=account, session=open_session(timeout))


def senders_of(hosted: Mapping[str, Hosted], new_id: Callable[[], UUID]) -> list[Sender]:
    """The numbers that platforms call from, each with its pace and its provider."""
    return [
        Sender(
            id=new_id(),
            channel=ChannelName.VOICE,
            provider=provider_of(name),
            address=number,
            simulated=one.is_simulated,
            pace=Pace(
                emission=timedelta(seconds=1 / one.calls.calls_per_second),
                burst=1,
                spent_until=None,
            ),
        )
        for name, one in hosted.items()
        if one.calls is not None
        for number in numbers_of(name, one)
    ]


def numbers_of(name: str, hosted: Hosted) -> list[str]:
    """The numbers a platform calls from, E.164. Raises Rejected for one that is none."""
    found: list[str] = []
    for text in hosted.calls.numbers if hosted.calls is not None else ():
        phone = parse_phone(text)
        if isinstance(phone, BadPhone):
            where = f"hosted.{name}.calls.numbers"
            raise Rejected(
                "number_invalid", f"{text!r}: {phone.message}", phone.suggestion or "", where
            )
        found.append(phone.e164)
    return found
