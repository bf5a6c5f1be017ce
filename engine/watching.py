"""What was watched, and when: the proofs of absence that bound an unseen start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.ends import End, Ends
from engine.games import GameName, name_of
from engine.left_guilds import LeftGuilds
from engine.observation import ActivitySeen
from engine.shifting import UNNOTICED, hold_watch
from engine.untracked import Counting, Untracked
from machines import (
    GameSession,
    GuildWatch,
    Instant,
    PartySession,
    Reason,
    Record,
    Stretch,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from machines import AnySession, Source

__all__ = ["Watching", "lose_sight"]

_FOUND_GONE: Final = frozenset[Reason | None]({"gap", "leave_missed", "channel_deleted"})
"""Over since some instant up to the one of which their absence is proven: the last unknown one."""


class Watching:
    """Per guild how far it was watched; per person when they were last known to be absent.

    But for the watches, instants are held as the clock first was, so that nothing has to be gone
    through when it is set.

    Attributes:
        seen: the guilds in which everybody in voice was looked at since the last gap, in this
            process.
        untracked: who was not tracked, and until when: nobody has looked at where they were, and
            nothing was heard of it since.
    """

    def __init__(self) -> None:
        """Start with no guild known."""
        self.seen: set[int] = set()
        self.untracked = Untracked()
        self._guilds: dict[int, GuildWatch] = {}
        self._looked_voice: set[int] = set()
        self._looked_games: set[int] = set()
        self._looked_first: dict[tuple[int, bool], dict[int, Instant]] = {}
        self._ends = Ends()
        self._shifted = 0
        self._were_cut: dict[int, Instant] = {}
        self._told_at: dict[int, Instant] = {}
        self._moved_unheard: dict[int, dict[int, None]] = {}
        self._left = LeftGuilds()

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
                self._were_cut[watch.guild_id] = cut_since - self._shifted
                watch.gap_since = cut_since if watch.gap_since is None else watch.gap_since
            watch.gap_since = watch.observed_until if watch.gap_since is None else watch.gap_since
            self._guilds[watch.guild_id] = watch

    def was_cut_since(self, session: AnySession) -> Instant | None:
        """Return since when a session was unwatched, if an earlier process ended in a cut."""
        since = self._were_cut.get(session.guild_id)
        if since is None:
            return None
        since += self._shifted
        gap_since = self.of(session.guild_id).gap_since
        if gap_since is None or session.last_seen > gap_since:
            return since
        return min(since, gap_since)  # it was cut in a gap, since when nobody has seen them

    def shift_ends(self, by: int) -> None:
        """Move the ends of all sessions by ``by`` microseconds: the clock was set."""
        self._shifted += by

    def forget(self, guild_id: int, at: Instant) -> None:
        """The bot is no longer in the guild since ``at``, as the clock first was.

        When people's sessions ended there, and that a look saw no others, is known for a day more:
        should the bot be back by then, the next ones began no earlier, for what was before that is
        written down.
        """
        watch = self._guilds.pop(guild_id, None)
        looks = (None, None) if watch is None else (watch.looked_at, watch.looked_at_games)
        self._were_cut.pop(guild_id, None)
        self._told_at.pop(guild_id, None)
        self.forget_moves(guild_id)
        self.seen.discard(guild_id)
        self.untracked.forget(guild_id)
        self._looked_voice.discard(guild_id)
        self._looked_games.discard(guild_id)
        self._forget_first(guild_id, games=False)
        self._forget_first(guild_id, games=True)
        voice, games = (None if look is None else self.by_first_clock(look) for look in looks)
        self._left.leave(guild_id, at, voice, games)
        self._forget_long_left(at)

    def was_untracked(self, guild_id: int, user_id: int, since: Counting, *, voice: bool) -> None:
        """A person was not tracked until then, or what was known of them is forgotten.

        They may be in voice, or play, already: when they are heard of next they have not come
        just then.
        """
        self.untracked.put(guild_id, user_id, self._as_first(since), voice=voice)

    def was_untracked_anywhere(self, user_id: int, since: Counting) -> None:
        """A person was tracked in no guild until then, in whichever they may be."""
        self.untracked.put_everywhere(user_id, self._as_first(since))

    def untracked_until(self, guild_id: int, user_id: int, *, voice: bool) -> Instant | None:
        """Return until when at least a person was not tracked, if no more is known of them since.

        Whoever looked at everybody once they had come to count has seen whether they were there.
        """
        counting = self.untracked.until(guild_id, user_id, voice=voice)
        if counting is None:
            return None
        watch = self.of(guild_id)
        looks = (
            watch.looked_at if voice else watch.looked_at_games,
            self._first_look_at(guild_id, user_id, games=not voice),
        )
        latest = counting.latest + self._shifted
        if any(looked is not None and looked >= latest for looked in looks):
            return None
        return counting.earliest + self._shifted

    def _as_first(self, since: Counting) -> Counting:
        return Counting(since.earliest - self._shifted, since.latest - self._shifted)

    def is_heard(self, guild_id: int, user_id: int, *, voice: bool) -> None:
        """What a person does was heard: nothing that follows was so before they were tracked."""
        self.untracked.remove(guild_id, user_id, voice=voice)

    def is_seen(self, guild_id: int, user_id: int, at: Instant, *, voice: bool) -> None:
        """A look says what a person did then; from before they were tracked that says nothing."""
        counting = self.untracked.until(guild_id, user_id, voice=voice)
        if counting is not None and counting.latest + self._shifted <= at:
            self.is_heard(guild_id, user_id, voice=voice)

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
            of_guild[user_id] = at - self._shifted

    def by_first_clock(self, instant: Instant) -> Instant:
        """Return an instant as the clock first was, by which no setting of it moves it any more."""
        return instant - self._shifted

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
        return told_at is not None and asked < told_at + self._shifted - UNNOTICED

    def is_over_a_gap(self, guild_id: int, user_id: int, *, games: bool) -> bool:
        """Return whether nobody has seen a person, or everybody, since the last gap."""
        if self._first_look_at(guild_id, user_id, games=games) is not None:
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

    def forget_ends(self, guild_id: int) -> Iterator[None]:
        """Forget the ends that looks at everybody have superseded, yielding after a few people."""
        watch = self.of(guild_id)
        looks = (watch.looked_at, watch.looked_at_games)
        voice, games = (0 if at is None else self.by_first_clock(at) for at in looks)
        return self._ends.forgetting(guild_id, voice, games)

    def is_watched(self, guild_id: int, user_id: int) -> bool:
        """Return whether a person, or everybody in voice, was looked at since the last gap."""
        if self._first_look_at(guild_id, user_id, games=False) is not None:
            return True
        return guild_id in self.seen

    def ended(self, session: AnySession | Record, clock_lag: int = 0) -> None:
        """The person of ``session`` was known to be absent after its end, or when found gone.

        Its instants lack ``clock_lag`` microseconds by which the clock has been set.
        """
        user_id = None if type(session) is PartySession else session.user_id
        if user_id is None or session.ended_at is None:
            return
        proof = session.ended_at
        if session.reason == "gap_not_bridged":
            unknown = (part.start for part in session.stretches if part.value == "unknown")
            proof = min(proof, max(unknown, default=proof))
        elif session.reason in _FOUND_GONE:
            unknown = (part.end for part in session.stretches if part.value == "unknown")
            proof = max([proof, *unknown])
        if not isinstance(session, Record) and session.absent_since is not None:
            proof = max(proof, session.last_seen)  # a look has seen since that they were gone
        self._remember(session, user_id, session.ended_at, proof, clock_lag)

    def never_began(self, session: AnySession, clock_lag: int = 0) -> None:
        """Nothing is written of a session, and its person may be there still: since it began.

        Its instants lack ``clock_lag`` microseconds by which the clock has been set.
        """
        if type(session) is not PartySession and not session.unbounded:
            came = session.earliest_start
            self._remember(session, session.user_id, came, came, clock_lag)

    def is_stale(
        self, guild_id: int, user_id: int, activity: ActivitySeen | None, at: Instant
    ) -> bool:
        """Return whether a sighting at ``at`` is older than what is known already.

        That is where they were known to be gone later, or not tracked, or a later look saw
        everybody. Where such a session of theirs was closed over a gap, for they were there again,
        nothing says that they had gone.
        """
        name = None if activity is None else name_of(activity)
        looked = self._looked_at(guild_id, name)
        end = self._end_of(guild_id, user_id, name)
        gone = at if end is None else end.proof + self._shifted
        untracked = self.untracked_until(guild_id, user_id, voice=activity is None)
        return max(gone, looked or at, untracked or at) > at

    def last_end(
        self, guild_id: int, user_id: int, activity: ActivitySeen | None
    ) -> Instant | None:
        """Return when the person's last such session ended: the next one begins no earlier."""
        end = self._end_of(guild_id, user_id, None if activity is None else name_of(activity))
        return None if end is None else end.at + self._shifted

    def begins_no_earlier(
        self, guild_id: int, user_id: int, activity: ActivitySeen | None
    ) -> Instant | None:
        """Return before what nobody who is found is credited with anything.

        It is their last end, or the look at everybody for which that is forgotten.
        """
        looked = self._looked_at(guild_id, None if activity is None else name_of(activity))
        bounds = self.last_end(guild_id, user_id, activity), looked
        return max((each for each in bounds if each is not None), default=None)

    def floor(self, guild_id: int, user_id: int, activity: ActivitySeen | None) -> Instant | None:
        """Return the last proof that the person was absent; None where there never was one.

        Whoever was not tracked until some instant counts as absent: time before is not theirs. A
        look in the time in which they came to count proves nothing: it may be older than it was
        read, as that news is.

        That nothing was heard of them since proves nothing: their coming may never have been
        sent.

        Args:
            guild_id: the guild.
            user_id: the person.
            activity: the game, or None for voice.
        """
        name = None if activity is None else name_of(activity)
        end = self._end_of(guild_id, user_id, name)
        looked = self._looked_at(guild_id, name)
        untracked = self.untracked_until(guild_id, user_id, voice=activity is None)
        first_look = self._first_look_at(guild_id, user_id, games=activity is not None)
        seen = (looked, first_look) if untracked is None else (untracked,)
        gone = None if end is None else end.proof + self._shifted
        return max((each for each in (gone, *seen) if each is not None), default=None)

    def _remember(
        self,
        session: AnySession | Record,
        user_id: int,
        ended_at: Instant,
        proof: Instant,
        clock_lag: int,
    ) -> None:
        since_then = self._shifted - clock_lag
        end = End(ended_at - since_then, proof - since_then)
        self._ends.put(session.guild_id, user_id, _game_of(session), end)
        if self._left.by_id:
            self._forget_long_left(end.at)

    def _end_of(self, guild_id: int, user_id: int, name: GameName | None) -> End | None:
        """Return somebody's last end; that the last look before the bot left saw none, if need be.

        Their end may have been forgotten for that look, and the look itself is with the guild.
        """
        end = self._ends.find(guild_id, user_id, name)
        if end is not None or not self._left.by_id:
            return end
        looked = self._left.last_look(guild_id, games=name is not None)
        return None if looked is None else End(looked, looked)

    def _forget_long_left(self, at: Instant) -> None:
        """Forget the ends in guilds that were left a day before ``at``, and not joined again."""
        for guild_id in self._left.forgetting(at):
            if guild_id not in self._guilds:
                self._ends.forget(guild_id)

    def _first_look_at(self, guild_id: int, user_id: int, *, games: bool) -> Instant | None:
        at = self._looked_first.get((guild_id, games), {}).get(user_id)
        return None if at is None else at + self._shifted

    def _forget_first(self, guild_id: int, *, games: bool) -> None:
        self._looked_first.pop((guild_id, games), None)

    def _looked_at(self, guild_id: int, name: GameName | None) -> Instant | None:
        watch = self.of(guild_id)
        return watch.looked_at if name is None else watch.looked_at_games


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


def _game_of(session: AnySession | Record) -> GameName | None:
    """Return the game that a session is of; None for voice."""
    if type(session) is GameSession:
        return name_of(session)
    if type(session) is Record and session.kind == "game":
        kind = session.activity_type or "playing"
        return name_of(ActivitySeen(session.game_name or "", None, kind))
    return None
