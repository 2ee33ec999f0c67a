"""All pages of the console on one router."""

from fastapi import APIRouter

from web.console import Console
from web.pages import (
    calls,
    campaign_deeds,
    campaigns,
    companies,
    contacts,
    documents,
    home,
    import_deeds,
    imports,
    inbox,
    inbox_deeds,
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

PAGES = (
    sign_in,
    welcome,
    home,
    campaigns,
    imports,
    import_deeds,
    campaign_deeds,
    documents,
    leads,
    lead,
    calls,
    inbox,
    inbox_deeds,
    companies,
    contacts,
    keys,
    webhooks,
    stop,
    palette,
    live,
)


def routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    for page in PAGES:
        page.add(router, console)
    return router
