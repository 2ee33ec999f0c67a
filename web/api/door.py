"""What every operation works with, and who comes: a program with a key, of the role it needs."""

from dataclasses import dataclass
from typing import Final

from fastapi import Request

from orchestrator.engine.actions.api_keys import actor_of_key, known_key
from orchestrator.engine.actions.roles import Actor, Role, require
from orchestrator.engine.context import Context
from storage.api_keys import ApiKey

SCHEME: Final = "bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A program that has shown its key."""

    key: ApiKey

    @property
    def actor(self) -> Actor:
        return actor_of_key(self.key)


@dataclass(frozen=True, slots=True)
class KeyOf:
    """An operation for keys of this role or a higher one."""

    role: Role

    async def __call__(self, request: Request) -> Caller:
        """Raises Rejected without a valid key, or for one that may not."""
        ctx: Context = request.app.state.ctx
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        address = request.client.host if request.client else "unknown"
        right = token.strip() if scheme.lower() == SCHEME else ""
        caller = Caller(key=await known_key(ctx, right, address))
        require(caller.actor, self.role)
        return caller


VIEWER: Final = KeyOf(Role.VIEWER)
REP: Final = KeyOf(Role.REP)
OPERATOR: Final = KeyOf(Role.OPERATOR)
ADMIN: Final = KeyOf(Role.ADMIN)
