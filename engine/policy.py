"""The settings of one kind, as its machine goes by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import Policy, seconds

if TYPE_CHECKING:
    from engine.settings import Settings
    from machines import GapPolicy, Kind

__all__ = ["policy_of"]


def policy_of(settings: Settings, kind: Kind) -> Policy:
    """Return what decides the transitions of ``kind``; durations become whole microseconds."""
    grace = {
        "voice": settings.voice_grace,
        "game": settings.game_grace,
        "party": settings.party_grace,
    }
    gap = {
        "voice": settings.voice_gap,
        "game": settings.game_gap,
        "party": settings.party_gap,
    }
    return Policy(
        announce_after=seconds(settings.announce_after),
        confirm_after=seconds(settings.confirm_after),
        grace=seconds(grace[kind]),
        gap=_gap_policy(gap[kind]),
        orphan_credit=settings.orphan_credit,
        event_delay=seconds(settings.event_delay),
    )


def _gap_policy(gap: str | float) -> GapPolicy:
    match gap:
        case "bridge" | "end":
            return gap
        case _:
            return seconds(float(gap))
