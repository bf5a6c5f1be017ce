"""Virtual time, as whole microseconds since 1970 in UTC.

The world and the oracle must know nothing of the engine, hence not even its units.
"""

from __future__ import annotations

__all__ = ["DAY", "HOUR", "MINUTE", "SECOND", "START"]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

START = 1_767_225_600 * SECOND
"""When every simulation begins: 2026-01-01T00:00:00Z."""
