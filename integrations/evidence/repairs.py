"""Repairs: the sessions that a look found to be wrong, counted by kind."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from machines import BotEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import Effect, Kind

__all__ = ["repairs"]


def repairs(effects: Iterable[Effect]) -> Counter[Kind]:
    """Count the sessions that were found to be over, or found with no session."""
    return Counter(
        effect.session.kind
        for effect in effects
        if isinstance(effect, BotEvent) and (effect.name == "session_orphaned" or effect.found)
    )
