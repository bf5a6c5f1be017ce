"""What was watched, and when: the proofs of absence that bound an unseen start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.games import GameName, name_of
from machines import GameSession, GuildWatch, PartySession

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine.observation import ActivitySeen
    from machines import AnySession, Instant

__all__ = ["Watching"]

_Subject = tuple[int, int, GameName | None]


class Watching:
    """Per guild how far it was watched; per person when they were last known to be absent."""

    def __init__(self, event_delay: int) -> None:
        """Start with no guild known; ``event_delay`` in microseconds."""
        self._event_delay = event_delay
        self._guilds: dict[int, GuildWatch] = {}
        self._looked_voice: set[int] = set()
        self._looked_games: set[int] = set()
        self._ends: dict[_Subject, Instant] = {}

    def of(self, guild_id: int) -> GuildWatch:
        """Return the watch of a guild, made where it is new."""
        watch = self._guilds.get(guild_id)
        if watch is None:
            watch = self._guilds[guild_id] = GuildWatch(guild_id=guild_id)
        return watch

    def all(self) -> list[GuildWatch]:
        """Return the watches of all guilds."""
        return list(self._guilds.values())

    def restore(self, watches: Iterable[GuildWatch]) -> None:
        """Take up what was known before a restart: since then nobody has watched."""
        for watch in watches:
            watch.gap_since = watch.observed_until if watch.gap_since is None else watch.gap_since
            self._guilds[watch.guild_id] = watch

    def forget(self, guild_id: int) -> None:
        """The bot is no longer in the guild."""
        self._guilds.pop(guild_id, None)
        self._looked_voice.discard(guild_id)
        self._looked_games.discard(guild_id)
        self._prune(guild_id)

    def trusts_cache(self, guild_id: int, *, games: bool) -> bool:
        """Return whether the cache may be believed: nobody has looked afresh in this process.

        Afterwards the events say all that the cache can, and a leaving that was missed stays
        in the cache for ever.
        """
        return guild_id not in (self._looked_games if games else self._looked_voice)

    def looked(self, guild_id: int, at: Instant, *, voice: bool, games: bool) -> GuildWatch:
        """Somebody saw everybody in voice, or everybody's games: the gap is over."""
        watch = self.of(guild_id)
        if voice:
            self._looked_voice.add(guild_id)
            watch.looked_at, watch.gap_since = at, None
        if games:
            self._looked_games.add(guild_id)
            watch.looked_at_games = at
        if voice and games:
            self._prune(guild_id)
        watch.observed_until = max(at, watch.observed_until or at)
        return watch

    def ended(self, session: AnySession) -> None:
        """The person of ``session`` was known to be absent after its end."""
        if not isinstance(session, PartySession) and session.ended_at is not None:
            self._ends[_subject(session)] = session.ended_at

    def ended_after(
        self, guild_id: int, user_id: int, activity: ActivitySeen | None, at: Instant
    ) -> bool:
        """Return whether such a session ended later than ``at``: a sighting is then stale."""
        name = None if activity is None else name_of(activity)
        return self._ends.get((guild_id, user_id, name), at) > at

    def floor(
        self, guild_id: int, user_id: int, activity: ActivitySeen | None, gap: Instant | None
    ) -> Instant | None:
        """Return the last proof that the person was absent; None where there never was one.

        Args:
            guild_id: the guild.
            user_id: the person.
            activity: the game, or None for voice.
            gap: since when nobody had watched, where that has only just ended.
        """
        watch = self.of(guild_id)
        name = None if activity is None else name_of(activity)
        last_end = self._ends.get((guild_id, user_id, name))
        looked = watch.looked_at if activity is None else watch.looked_at_games
        if looked is not None and gap is not None:
            looked = max(looked, gap - self._event_delay)
        proofs = [proof for proof in (last_end, looked) if proof is not None]
        return max(proofs, default=None)

    def _prune(self, guild_id: int) -> None:
        """Forget the ends that a complete look has superseded."""
        self._ends = {key: at for key, at in self._ends.items() if key[0] != guild_id}


def _subject(session: AnySession) -> _Subject:
    if isinstance(session, GameSession):
        return session.guild_id, session.user_id, name_of(session)
    if isinstance(session, PartySession):
        msg = "A party has no person."
        raise TypeError(msg)
    return session.guild_id, session.user_id, None
