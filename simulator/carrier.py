"""The two things that every act of the carrier needs: what there is, and a way to tell us."""

from dataclasses import dataclass

from simulator.delivery import Courier
from simulator.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Made once per simulator."""

    world: World
    courier: Courier
