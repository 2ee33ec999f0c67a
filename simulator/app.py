"""How are the carrier, the model and the controls put together on one port?"""

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from simulator import (
    api_account,
    api_calls,
    api_content,
    api_lookups,
    api_messages,
    api_recordings,
    control,
)
from simulator.carrier import Carrier
from simulator.door import Door
from simulator.model_api import StandIn, model_routes, model_settings
from simulator.rest import Refusal, not_found


def create_app(carrier: Carrier) -> FastAPI:
    """One app over one world."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.carrier = carrier
    for part in (
        api_account,
        api_calls,
        api_content,
        api_lookups,
        api_messages,
        api_recordings,
        control,
    ):
        app.router.routes.extend(part.routes())
    stand_in = StandIn(voices=carrier.world.voices, ears=carrier.world.ears)
    app.include_router(model_routes(stand_in), prefix="/v1")
    app.include_router(model_settings(stand_in), prefix="/_sim")
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(control.BadControl, control.bad_control)
    app.add_exception_handler(HTTPException, _unknown)
    app.add_middleware(Door, carrier=carrier)
    return app


def _refused(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Refusal):
        raise error
    return error.response()


def _unknown(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code in (404, 405):
        return not_found(request.url.path).response()
    return Refusal(error.status_code, 20001, error.detail).response()
