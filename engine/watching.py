"""Watching: how far each guild was watched, and when everybody, or one person, was looked at.

What follows for people of whom nothing was seen is for :mod:`engine.absences` to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.shifting import UNNOTICED, hold_watch
from machines import GuildWatch, Instant, PartySession, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import AnySession, Source

__all__ = ["Watching", "lose_sight"]


class Watching:
    """Per guild how far it was watched, and when everybody in it was looked at.

    But for the watches, instants are held as the clock first was, so that nothing has to be gone
    through when it is set.

    Attributes:
        seen: the guilds in which everybody in voice was looked at since the last gap, in this
            process.
        shifted: by how many microseconds the clock has been set so far.
    """

    def __init__(self) -> None:
        """Start with no guild known."""
        self.seen: set[int] = set()
        self.shifted = 0
        self._guilds: dict[int, GuildWatch] = {}
        self._looked_voice: set[int] = set()
        self._looked_games: set[int] = set()
        self._looked_first: dict[tuple[int, bool], dict[int, Instant]] = {}
        self._were_cut: dict[int, Instant] = {}
        self._told_at: dict[int, Instant] = {}
        self._moved_unheard: dict[int, dict[int, None]] = {}

    def of(self, guild_id: int) -> GuildWatch:
        """Return the watch of a guild, made where it is new."""
        watch = self._guilds.get(guild_id)
        if watch is None:
            watch = self._guilds[guild_id] = GuildWatch(guild_id=guild_id)
        return watch

    def find(self, guild_id: int) -> GuildWatch | None:
        """Return the watch of a guild, if there is one."""
        return self._guilds.get(guild_id)

    def guild_ids(self) -> list[int]:
        """Return the guilds of which there is a watch."""
        return list(self._guilds)

    def all(self) -> list[GuildWatch]:
        """Return the watches of all guilds."""
        return list(self._guilds.values())

    def restore(self, watches: Iterable[GuildWatch], now: Instant) -> None:
        """Take up what was known before a restart: since then nobody has watched.

        What a clock that ran ahead has written is of no later than now, or no look would end
        a gap for as long.
        """
        for watch in watches:
            hold_watch(watch, now)
            cut_since, watch.cut_since = watch.cut_since, None
            if cut_since is not None:
                self._were_cut[watch.guild_id] = cut_since - self.shifted
                watch.gap_since = cut_since if watch.gap_since is None else watch.gap_since
            watch.gap_since = watch.observed_until if watch.gap_since is None else watch.gap_since
            self._guilds[watch.guild_id] = watch

    def was_cut_since(self, session: AnySession) -> Instant | None:
        """Return since when a session was unwatched, if an earlier process ended in a cut."""
        since = self._were_cut.get(session.guild_id)
        if since is None:
            return None
        since += self.shifted
        gap_since = self.of(session.guild_id).gap_since
        if gap_since is None or session.last_seen > gap_since:
            return since
        return min(since, gap_since)  # it was cut in a gap, since when nobody has seen them

    def shift(self, by: int) -> None:
        """Move every instant but those of the watches by ``by`` microseconds: the clock was set."""
        self.shifted += by

    def by_first_clock(self, instant: Instant) -> Instant:
        """Return an instant as the clock first was, by which no setting of it moves it any more."""
        return instant - self.shifted

    def forget(self, guild_id: int) -> None:
        """The bot is no longer in the guild."""
        self._guilds.pop(guild_id, None)
        self._were_cut.pop(guild_id, None)
        self._told_at.pop(guild_id, None)
        self.forget_moves(guild_id)
        self.seen.discard(guild_id)
        self._looked_voice.discard(guild_id)
        self._looked_games.discard(guild_id)
        self._forget_first(guild_id, games=False)
        self._forget_first(guild_id, games=True)

    def trusts(self, source: Source, guild_id: int, *, games: bool) -> bool:
        """Return whether a source may be believed: the cache only while nobody has looked afresh.

        Once somebody has in this process, the events say all that the cache can, and a leaving
        that was missed stays in the cache for ever.
        """
        return source != "cache" or guild_id not in (
            self._looked_games if games else self._looked_voice
        )

    def looked_first(self, guild_id: int, user_id: int, at: Instant, *, games: bool) -> None:
        """A look that is under way has come to one person: of them all is known since then.

        It ends the gap for them, where it is not from before it.
        """
        gap_since = self.of(guild_id).gap_since
        if gap_since is None or at >= gap_since:
            of_guild = self._looked_first.setdefault((guild_id, games), {})
            of_guild[user_id] = at - self.shifted

    def lose(self, guild_id: int, since: Instant, told_at: Instant) -> GuildWatch:
        """Nobody has watched a guild since.

        That was found out at ``told_at``, as the clock first was: see :meth:`by_first_clock`.
        """
        watch = self.of(guild_id)
        self._told_at[guild_id] = told_at
        self.forget_moves(guild_id)
        if watch.gap_since is None:
            watch.gap_since = since if watch.cut_since is None else min(since, watch.cut_since)
            self.seen.discard(guild_id)
        self._forget_first(guild_id, games=False)
        self._forget_first(guild_id, games=True)
        return watch

    def moves_unheard(self, guild_id: int, user_id: int) -> None:
        """A look has found somebody in another channel while nothing could be heard of it."""
        self._moved_unheard.setdefault(guild_id, {})[user_id] = None

    def moved_unheard(self, guild_id: int) -> tuple[int, ...]:
        """Return whom looks have found in another channel, of whom news may still come late."""
        return tuple(self._moved_unheard.get(guild_id, ()))

    def forget_moves(self, guild_id: int) -> None:
        """All has been heard that may have come late, or nothing will be."""
        self._moved_unheard.pop(guild_id, None)

    def is_before_news_of_gap(self, guild_id: int, asked: Instant) -> bool:
        """Return whether the latest gap of a guild was found out after this instant.

        What was asked for before says nothing of the rest of what nobody watched.
        """
        told_at = self._told_at.get(guild_id)
        return told_at is not None and asked < told_at + self.shifted - UNNOTICED

    def is_over_a_gap(self, guild_id: int, user_id: int, *, games: bool) -> bool:
        """Return whether nobody has seen a person, or everybody, since the last gap."""
        if self.first_look_at(guild_id, user_id, games=games) is not None:
            return False
        watch = self.of(guild_id)
        if watch.gap_since is not None or not games:
            return watch.gap_since is not None
        return not _sees_games(watch)

    def looked(
        self, guild_id: int, at: Instant, *, voice: bool, games: bool, hears_no_voice: bool = False
    ) -> GuildWatch:
        """Somebody saw everybody in voice, or everybody's games; the former ends a gap.

        So does the latter where nothing of voice is heard. A look from before a gap ends nothing.
        """
        watch = self.of(guild_id)
        if watch.gap_since is not None and at < watch.gap_since:
            return watch
        if voice:
            self._looked_voice.add(guild_id)
            self.seen.add(guild_id)
            self._forget_first(guild_id, games=False)
            watch.looked_at = max(at, watch.looked_at or at)
        if games:
            self._looked_games.add(guild_id)
            self._forget_first(guild_id, games=True)
            watch.looked_at_games = max(at, watch.looked_at_games or at)
        if voice or (games and hears_no_voice):
            watch.gap_since = None
        watch.observed_until = max(at, watch.observed_until or at)
        return watch

    def is_watched(self, guild_id: int, user_id: int) -> bool:
        """Return whether a person, or everybody in voice, was looked at since the last gap."""
        if self.first_look_at(guild_id, user_id, games=False) is not None:
            return True
        return guild_id in self.seen

    def looked_at(self, guild_id: int, *, games: bool) -> Instant | None:
        """Return when everybody in voice, or everybody's games, were last looked at."""
        watch = self._guilds.get(guild_id)
        if watch is None:
            return None
        return watch.looked_at_games if games else watch.looked_at

    def first_look_at(self, guild_id: int, user_id: int, *, games: bool) -> Instant | None:
        """Return when a person was looked at, where a look has come to them out of turn."""
        at = self._looked_first.get((guild_id, games), {}).get(user_id)
        return None if at is None else at + self.shifted

    def _forget_first(self, guild_id: int, *, games: bool) -> None:
        self._looked_first.pop((guild_id, games), None)


def lose_sight(session: AnySession, since: Instant, event_delay: int) -> bool:
    """Nobody has watched a session since; what a look saw meanwhile was but that instant.

    Events may be ``event_delay`` microseconds late: those of just before it may not have come.

    Returns:
        Whether what is written of the session takes for certain what is not.
    """
    since = max(since, session.started_at)
    session.unwatched_since = since
    if session.last_seen <= since or type(session) is PartySession:
        return False
    heard = max(session.started_at, since - event_delay)
    session.stretches += (Stretch(heard, session.last_seen, "unknown"),)
    return session.is_live


def _sees_games(watch: GuildWatch) -> bool:
    """A gap that ended with a look at voice alone goes on for games."""
    looked = watch.looked_at_games
    return looked is None or watch.looked_at is None or looked >= watch.looked_at
