"""Last ends: what the ledger says of people's last sessions, taken up after a restart.

Somebody found in voice or with a game may have begun before they were found; never before
their last session ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.ends import LONG_AGO
from integrations.turns import in_turns
from machines import seconds

if TYPE_CHECKING:
    from engine import SessionEngine, Settings
    from machines import Instant, LiveState
    from persistence import Restored

__all__ = ["ended_since", "take_up_ends"]


async def take_up_ends(engine: SessionEngine, restored: Restored, now: Instant) -> None:
    """Tell the engine of the sessions that ended within a day, or since the last looks at guilds.

    They are those that the start has asked for (:func:`ended_since`), and those that wait for the
    ledger still.

    An end later than ``now`` was written by a fast clock, and says nothing of when it was: its
    person would be taken for absent until that time has come.
    """
    records, restored.ended = restored.ended, []
    records += restored.waiting
    async for _turn in in_turns(range(len(records))):
        record = records.pop()  # so that not all are let go of at once
        if record.ended_at <= now:
            engine.remember_ended((record,))


def ended_since(settings: Settings, now: Instant, state: LiveState) -> Instant | None:
    """Return from when on ended sessions bound the next ones; None: from ever.

    What was there before the last look was seen by it. But whoever was away for no longer than
    ``game_grace`` goes on with the same session, and may have been in a party that is over; and of
    a guild that the bot has left the snapshot does not say when it was looked at: it may be back.
    """
    looks = (at for watch in state.guilds for at in (watch.looked_at, watch.looked_at_games))
    earliest = min((at for at in looks if at is not None), default=None)
    if earliest is None:
        return None
    return min(earliest - seconds(settings.game_grace), now - LONG_AGO)
