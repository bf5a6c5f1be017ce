"""A disk: what of an evening was written down, which is all that a restart finds of it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from machines import LiveState, RecordEnded, SessionChanged, WatchChanged, WatchKept

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import AnySession, Effect, GuildWatch, Instant
    from tests.engine.evening import Evening

__all__ = ["Disk"]


class Disk:
    """Holds what the effects of an evening say, as the snapshot and the heartbeat do.

    Attributes:
        sessions: those that are written down as live, by id.
        watches: those of the guilds, by guild id.
    """

    def __init__(self, evening: Evening) -> None:
        """Follow ``evening`` from its first effect on."""
        self.sessions: dict[str, AnySession] = {}
        self.watches: dict[int, GuildWatch] = {}
        self._evening = evening
        self._beats: dict[int, Instant] = {}
        self._written = 0

    def write(self) -> None:
        """Write what the evening's engine has asked for since the last time."""
        effects = self._evening.effects
        self.take(effects[self._written :])
        self._written = len(effects)

    def take(self, effects: Iterable[Effect]) -> None:
        """Write what these ask for."""
        for effect in effects:
            if isinstance(effect, SessionChanged) and effect.session.is_live:
                self.sessions[effect.session.id] = copy.deepcopy(effect.session)
            elif isinstance(effect, RecordEnded):
                self.sessions.pop(effect.record.id, None)
            elif isinstance(effect, WatchChanged):
                self.watches[effect.watch.guild_id] = copy.deepcopy(effect.watch)
                self._beats.pop(effect.watch.guild_id, None)
            elif isinstance(effect, WatchKept):
                self._beats.update(effect.observed_until)

    def write_anew(self) -> None:
        """Write everything as it is by now, as a health check does in the end."""
        self.write()
        state = copy.deepcopy(self._evening.engine.live_state(self._evening.now()))
        self.sessions = {each.id: each for each in state.sessions}
        self.watches = {each.guild_id: each for each in state.guilds}

    def state(self) -> LiveState:
        """Return what a process that begins now finds."""
        watches = copy.deepcopy(list(self.watches.values()))
        for watch in watches:
            beat = self._beats.get(watch.guild_id)
            if beat is not None and beat > (watch.observed_until or 0):
                watch.observed_until = beat
        return LiveState(sessions=copy.deepcopy(list(self.sessions.values())), guilds=watches)

    def restart(self, back_at: float) -> None:
        """Kill the engine once all is written; another one is there at ``back_at``."""
        self.write()
        self._evening.take_up(self.state(), back_at)
        self.write()
