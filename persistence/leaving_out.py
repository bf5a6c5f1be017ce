"""Live sessions without a person: for whoever is forgotten, or has opted out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import AnySession, PartySession

if TYPE_CHECKING:
    from machines import LiveState

__all__ = ["leave_out"]


def leave_out(state: LiveState, user_id: int) -> int:
    """Take a person out of the live sessions and cooldowns; return how many sessions changed."""
    kept: list[AnySession] = []
    changed = 0
    for session in state.sessions:
        if not isinstance(session, PartySession):
            if session.user_id != user_id:
                kept.append(session)
            else:
                changed += 1
            continue
        others = [player for player in session.players if player.user_id != user_id]
        changed += len(others) != len(session.players)
        session.players = others
        if others:
            kept.append(session)
    state.sessions = kept
    state.cooldowns = [held for held in state.cooldowns if held.subject != str(user_id)]
    return changed
