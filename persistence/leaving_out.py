"""Live sessions without a person: for whoever is forgotten, or has opted out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from machines import AnySession, PartySession

if TYPE_CHECKING:
    from machines import LiveState

__all__ = ["LeftOut", "leave_out", "leave_out_of"]


class LeftOut(NamedTuple):
    """How many sessions were a person's, and how many parties they were named in."""

    sessions: int
    parties: int


def leave_out(state: LiveState, user_id: int) -> LeftOut:
    """Take a person out of the live sessions and cooldowns.

    A party goes on without their name; with the last name it goes as well.
    """
    kept: list[AnySession] = []
    parties = theirs = 0
    for session in state.sessions:
        if not isinstance(session, PartySession):
            if session.user_id != user_id:
                kept.append(session)
            else:
                theirs += 1
            continue
        parties += leave_out_of(session, user_id)
        if session.named:
            kept.append(session)
    state.sessions = kept
    state.cooldowns = [held for held in state.cooldowns if held.subject != user_id]
    return LeftOut(theirs, parties)


def leave_out_of(party: PartySession, user_id: int) -> bool:
    """Let a party not know that a person is one of its players; say if it knew."""
    nameless = party.without_name(user_id)
    for place, player in nameless:
        party.players[place] = player
    return bool(nameless)
