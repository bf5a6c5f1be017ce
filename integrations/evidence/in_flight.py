"""In flight: an event may be on its way while a look is answered, and say more than the look.

Whoever a look finds gone, or come, has mostly just left or come, and the event is there within
``event_delay``. A verdict that waits for it knows when that was; one that does not must leave
everything unknown since the look before.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine import VoiceObserved
from integrations.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine import LiveReport, PresenceObserved, SessionEngine

__all__ = ["contradicts", "settle"]


async def settle(report: LiveReport, engine: SessionEngine) -> None:
    """Wait for what may be in flight, where a look does not fit what is held."""
    async for is_doubtful in in_turns(_doubts(report, engine)):
        if is_doubtful:
            await asyncio.sleep(engine.settings.event_delay)
            return


def contradicts(report: LiveReport, engine: SessionEngine) -> bool:
    """Return whether a look says that somebody is gone, or back, or finds somebody."""
    return any(_doubts(report, engine))


def _doubts(report: LiveReport, engine: SessionEngine) -> Iterator[bool]:
    """Yield of one person after the other whether the look does not fit what is held."""
    known = report.under(engine.rules)
    for session in engine.sessions(report.guild_id):
        evidence = known.about(session)
        is_here = session.absent_since is None
        yield evidence.fresh and (evidence.presence == "present") != is_here
    for part in known.parts:
        for seen in part.sightings():
            yield _is_new(seen, engine)


def _is_new(seen: VoiceObserved | PresenceObserved, engine: SessionEngine) -> bool:
    """Return whether somebody is seen in voice, or with a game, without a session."""
    guild_id, user_id = seen.guild_id, seen.user_id
    if isinstance(seen, VoiceObserved):
        return seen.channel is not None and engine.voice_of(guild_id, user_id) is None
    return any(engine.game_of(guild_id, user_id, each) is None for each in seen.activities)
