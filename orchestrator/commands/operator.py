"""As whom commands act."""

from typing import Final

from orchestrator.engine.actions.roles import Actor, Role

OPERATOR: Final = Actor(name="cli", role=Role.OWNER)
"""Whoever may run a command on this machine may do everything."""
