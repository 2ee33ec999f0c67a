"""All pages of the console on one router."""

from fastapi import APIRouter

from web.console import Console
from web.pages import (
    calls,
    campaigns,
    home,
    keys,
    lead,
    leads,
    live,
    palette,
    sign_in,
    stop,
    webhooks,
    welcome,
)


def routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    for page in (
        sign_in,
        welcome,
        home,
        campaigns,
        leads,
        lead,
        calls,
        keys,
        webhooks,
        stop,
        palette,
        live,
    ):
        page.add(router, console)
    return router
