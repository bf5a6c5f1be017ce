"""Restoring: the sessions of an earlier process, as a new one takes them up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import LogLine, PartySession
from machines.outcomes import names_of

if TYPE_CHECKING:
    from engine.watching import Watching
    from machines import AnySession, Effect, Instant, LiveState

__all__ = ["restored"]


def restored(
    state: LiveState, now: Instant, watching: Watching, effects: list[Effect]
) -> list[AnySession]:
    """Return the live sessions of ``state``, games before parties, with a line for each.

    Nobody has watched them since the last instant at which their guild was known to be
    watched; where that is not known, since the state was saved, else since they were seen.
    """
    sessions = sorted(
        (session for session in state.sessions if session.is_live),
        key=lambda session: type(session) is PartySession,
    )
    if not sessions:
        effects.append(LogLine("info", "restored.none", {}))
    for session in sessions:
        if session.unwatched_since is None:
            observed_until = watching.of(session.guild_id).observed_until
            since = observed_until or state.saved_at or session.last_seen
            session.unwatched_since = min(max(since, session.started_at), now)
        effects.append(LogLine("info", f"restored.{session.kind}", names_of(session)))
    return sessions
