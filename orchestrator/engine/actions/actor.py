"""Who acts besides people who log in; what they may do is in `roles`."""

from typing import Final

from orchestrator.engine.actions.roles import Actor, Role

ENGINE: Final = Actor(name="engine", role=Role.OWNER)
AGENT: Final = Actor(name="agent", role=Role.REP)
PERSON: Final = Actor(name="person", role=Role.OWNER)
"""Somebody we contacted; nobody may refuse what they decide about themselves."""
PROVIDER: Final = Actor(name="provider", role=Role.OWNER)
