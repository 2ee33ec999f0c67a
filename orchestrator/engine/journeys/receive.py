"""Touchpoints that another source tells of: each stored once, with whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.engine.context import Context
from outreach.accounts import touchpoint
from outreach.accounts.engagement import Raw
from outreach.accounts.touchpoint_delivery import TouchpointEvent
from outreach.events import Kind
from outreach.reports import TouchpointsDelivered
from storage import clock, erased, touchpoint_people, touchpoints
from storage.events import Event, record
from storage.touchpoint_people import Whose
from storage.touchpoints import Told


async def touchpoints_delivered(
    ctx: Context, tx: AsyncConnection, report: TouchpointsDelivered
) -> bool:
    """Store what is new of it; a duty computes what follows. False when nobody in it is known."""
    now = await clock.now(tx)
    told = await _told(ctx, tx, report, now)
    held = [one for one in told if not one.raw.is_void]
    taken_back = [one for one in told if one.raw.is_void]
    written = touchpoints.merged(
        [await touchpoints.add(tx, held), await touchpoints.put(tx, taken_back)]
    )
    if written.companies or written.contacts:
        data: dict[str, object] = {
            "source": report.source,
            "new": written.new,
            "companies": sorted(map(str, written.companies)),
            "contacts": sorted(map(str, written.contacts)),
        }
        await record(
            tx, [Event(kind=Kind.TOUCHPOINTS_RECEIVED, at=now, actor="provider", data=data)]
        )
    return any(one.company_id or one.raw.contact_id for one in told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An event, with whose it may be as its source knows it."""

    event: TouchpointEvent
    points: dict[str, str]
    domain: str | None


async def _told(
    ctx: Context, tx: AsyncConnection, report: TouchpointsDelivered, now: datetime
) -> list[Told]:
    # The last word about an event counts, where one message speaks of it twice.
    latest = {one.id: one for one in report.delivery.events}
    named = [
        Named(event=one, points=(own := one.points), domain=one.domain_beside(own))
        for one in latest.values()
    ]
    points = {point for one in named for point in one.points.values()}
    gone = await erased.find(tx, ctx.marks, points)
    people = await touchpoint_people.people(tx, points - gone)
    domains = {one.domain for one in named if one.domain}
    companies = await touchpoint_people.companies(tx, domains)
    found: list[Told] = []
    for one in named:
        whose = next((people[point] for point in one.points.values() if point in people), None)
        company = whose.company_id if whose else None
        if company is None and one.domain is not None:
            company = companies.get(one.domain)
        who = {} if whose else _who(one, gone)
        found.append(
            Told(
                source_ref=f"event:{report.source}:{one.event.id}",
                raw=_raw(ctx, one.event, whose, now),
                company_id=company,
                details=_details(one.event) | ({"who": who} if who else {}),
            )
        )
    return found


def _who(one: Named, gone: frozenset[str]) -> dict[str, str]:
    """Who it may turn out to have been; of people who were erased nothing is kept."""
    found = {kind: point for kind, point in one.points.items() if point not in gone}
    if one.domain is not None:
        found["domain"] = one.domain
    return found


def _raw(ctx: Context, one: TouchpointEvent, whose: Whose | None, now: datetime) -> Raw:
    return Raw(
        id=ctx.new_id(now),
        at=one.at,
        act=one.act,
        origin=one.origin,
        ratio=one.ratio,
        depth=touchpoint.depth_of(one.act, one.ratio),
        contact_id=whose.contact_id if whose else None,
        topic=one.topic,
        is_void=one.taken_back,
    )


def _details(one: TouchpointEvent) -> dict[str, object]:
    kept: Sequence[tuple[str, object]] = (
        ("title", one.title),
        ("url", one.url),
        ("seconds", one.seconds),
        ("expected_s", one.expected_s),
        ("words", one.words),
    )
    return {name: value for name, value in kept if value is not None}
