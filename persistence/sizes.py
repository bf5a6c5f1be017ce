"""How many pieces a session or a record has: with them grows what it takes to copy or add it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import PartySession, Record, VoiceSession

if TYPE_CHECKING:
    from machines import AnySession

__all__ = ["has_many_pieces"]


def has_many_pieces(told: Record | AnySession, few: int) -> bool:
    """Return whether it has more than ``few`` players, stretches (theirs as well) and stays."""
    players = told.players if isinstance(told, (PartySession, Record)) else ()
    if len(players) > few:
        return True
    stays = told.stays if isinstance(told, (VoiceSession, Record)) else ()
    of_players = sum(len(player.stretches) for player in players)
    return len(players) + len(stays) + len(told.stretches) + of_players > few
