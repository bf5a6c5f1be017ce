"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# How long an example took is no part of a test, and each run of ``make test`` takes the same.
settings.register_profile("latido", deadline=None, derandomize=True)
settings.register_profile("soak", deadline=None, max_examples=1_000)
settings.load_profile("latido")
