"""Every address at which somebody tells us something."""

from fastapi import APIRouter

from webhooks.edge import Edge, Opened
from webhooks.self_check import self_check_routes
from webhooks.twilio_media import media_routes
from webhooks.twilio_transfers import transfer_routes
from webhooks.twilio_voice import voice_routes
from webhooks.twilio_whatsapp import whatsapp_routes


def routes(edge: Edge[Opened]) -> APIRouter:
    router = APIRouter()
    router.include_router(voice_routes(edge))
    router.include_router(transfer_routes(edge))
    router.include_router(whatsapp_routes(edge))
    router.include_router(media_routes(edge))
    router.include_router(self_check_routes(edge))
    return router
