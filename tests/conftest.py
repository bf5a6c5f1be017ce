"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("latido", deadline=None)  # how long an example took is no part of a test
settings.load_profile("latido")
