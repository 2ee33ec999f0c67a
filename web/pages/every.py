"""All pages of the console on one router."""

from fastapi import APIRouter

from web.console import Console
from web.pages import (
    calls,
    campaigns,
    home,
    inbox,
    inbox_deeds,
    lead,
    leads,
    live,
    palette,
    sign_in,
    stop,
    welcome,
)

PAGES = (
    sign_in,
    welcome,
    home,
    campaigns,
    leads,
    lead,
    calls,
    inbox,
    inbox_deeds,
    stop,
    palette,
    live,
)


def routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    for page in PAGES:
        page.add(router, console)
    return router
