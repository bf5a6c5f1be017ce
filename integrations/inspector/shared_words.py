"""Words of the page that are those of reports, charts and the command line: one thing, one word."""

from __future__ import annotations

from functools import cache

import msgspec

from integrations.words.catalogue import say

__all__ = ["SHARED", "shared_words"]

SHARED = {
    "voice": "kind.voice",
    "game": "kind.game",
    "state.recovered": "table.recovered",
    "state.away": "table.away",
    "presence.present": "chart.present",
    "presence.unknown": "chart.unknown",
    "value.present": "chart.present",
    "value.away": "chart.away",
    "value.unknown": "chart.unknown",
    "value.uncounted": "chart.uncounted",
    "life.certain": "sure.exact",
    "life.not_yet": "sure.not_known_yet",
    "life.unbounded": "sure.unbounded",
}
"""What the catalogue calls them, by what the page does."""


@cache
def shared_words() -> str:
    """Return the module of JavaScript that exports them: each in Spanish and in English."""
    words = {name: (say("es", key), say("en", key)) for name, key in SHARED.items()}
    return f"export const SHARED = {msgspec.json.encode(words).decode()};\n"
