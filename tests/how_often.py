"""How many examples, or seeds, a test of many takes."""

from __future__ import annotations

import pytest
from hypothesis import settings

__all__ = ["examples", "seeds"]

_USUAL = 100
"""What Hypothesis takes where nobody says otherwise."""


def examples(usual: int, *, soaked: int | None = None) -> int:
    """Return how many a test takes that takes ``usual`` in ``make test``.

    ``make soak`` takes ``soaked``, or else ten times as many.
    """
    often = settings().max_examples // _USUAL
    return soaked if soaked is not None and often > 1 else usual * often


def seeds(usual: int, *, of: int) -> list[object]:
    """Return the seeds of a test that takes ``usual`` in ``make test``; ``soak`` takes the rest."""
    rest = [pytest.param(seed, marks=pytest.mark.soak) for seed in range(usual, of)]
    return [*range(usual), *rest]
