"""Chance: what is drawn by lot, the same for the same seed."""

from __future__ import annotations

from random import Random

__all__ = ["Chance"]


class Chance(Random):
    """The chance of one part of a simulation, so that no part disturbs another."""

    @classmethod
    def of(cls, seed: int, part: str) -> Chance:
        """Return the chance of ``part``; the same seed gives the same."""
        return cls(f"{seed}:{part}")

    def happens(self, probability: float) -> bool:
        """Return whether something of this probability happens this time."""
        return self.random() < probability
