"""In flight: an event may be on its way while a look is answered, and say more than the look.

Whoever a look finds gone, or come, has mostly just left or come, and the event is there within
``event_delay``. A verdict that waits for it knows when that was; one that does not must leave
everything unknown since the look before.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine import VoiceObserved
from engine.games import is_same_game
from machines import GameSession, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine import LiveReport, PresenceObserved, SessionEngine
    from machines import AnySession

__all__ = ["contradicts", "settle"]


async def settle(report: LiveReport, engine: SessionEngine) -> None:
    """Wait for what may be in flight, where a look does not fit what is held."""
    if contradicts(report, engine):
        await asyncio.sleep(engine.settings.event_delay)


def contradicts(report: LiveReport, engine: SessionEngine) -> bool:
    """Return whether a look says that somebody is gone, or back, or finds somebody."""
    sessions = list(engine.sessions(report.guild_id))
    known = report.under(engine.rules)
    for session in sessions:
        evidence = known.about(session)
        is_here = session.absent_since is None
        if evidence.fresh and (evidence.presence == "present") != is_here:
            return True
    return any(_is_new(seen, sessions) for part in known.parts for seen in part.sightings())


def _is_new(seen: VoiceObserved | PresenceObserved, sessions: Iterable[AnySession]) -> bool:
    """Return whether somebody is seen in voice, or with a game, without a session."""
    if isinstance(seen, VoiceObserved):
        held = (s.user_id == seen.user_id for s in sessions if isinstance(s, VoiceSession))
        return seen.channel is not None and not any(held)
    games = [s for s in sessions if isinstance(s, GameSession) and s.user_id == seen.user_id]
    return any(
        not any(is_same_game(session, activity) for session in games)
        for activity in seen.activities
    )
