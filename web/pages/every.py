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
    lead,
    leads,
    live,
    palette,
    sign_in,
    stop,
    welcome,
)


def routes(console: Console) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    for page in (
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
        companies,
        contacts,
        stop,
        palette,
        live,
    ):
        page.add(router, console)
    return router
