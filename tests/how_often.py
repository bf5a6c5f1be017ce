"""How many examples a test of many examples takes."""

from __future__ import annotations

from hypothesis import settings

__all__ = ["examples"]

_USUAL = 100
"""What Hypothesis takes where nobody says otherwise."""


def examples(usual: int) -> int:
    """Return how many a test takes that takes ``usual`` in ``make test``; ``soak`` takes more."""
    return usual * settings().max_examples // _USUAL
