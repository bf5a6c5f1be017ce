"""What was watched, and when: the proofs of absence that bound an unseen start."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.games import GameName, name_of
from engine.observation import ActivitySeen
from engine.shifting import shift_watch
from machines import GameSession, GuildWatch, PartySession, Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import AnySession, Instant

__all__ = ["Watching"]

_Subject = tuple[int, int, GameName | None]


class _End(NamedTuple):
    """When a session ended, and the last instant before at which its person was known.

    They differ where the session was closed over a gap although its person was there again:
    that proves no absence.
    """

    at: Instant
    proof: Instant


class Watching:
    """Per guild how far it was watched; per person when they were last known to be absent."""

    def __init__(self) -> None:
        """Start with no guild known."""
        self._guilds: dict[int, GuildWatch] = {}
        self._looked_voice: set[int] = set()
        self._looked_games: set[int] = set()
        self._ends: dict[_Subject, _End] = {}

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

    def shift(self, by: int) -> None:
        """Move every instant by ``by`` microseconds: the clock was set."""
        for watch in self._guilds.values():
            shift_watch(watch, by)
        self._ends = {
            subject: _End(end.at + by, end.proof + by) for subject, end in self._ends.items()
        }

    def forget(self, guild_id: int) -> None:
        """The bot is no longer in the guild."""
        self._guilds.pop(guild_id, None)
        self._looked_voice.discard(guild_id)
        self._looked_games.discard(guild_id)
        self._ends = {key: end for key, end in self._ends.items() if key[0] != guild_id}

    def trusts_cache(self, guild_id: int, *, games: bool) -> bool:
        """Return whether the cache may be believed: nobody has looked afresh in this process.

        Afterwards the events say all that the cache can, and a leaving that was missed stays
        in the cache for ever.
        """
        return guild_id not in (self._looked_games if games else self._looked_voice)

    def is_over_a_gap(self, guild_id: int, *, games: bool) -> bool:
        """Return whether nobody has seen everybody since the last gap."""
        watch = self.of(guild_id)
        if watch.gap_since is not None or not games:
            return watch.gap_since is not None
        return not _sees_games(watch)

    def looked(self, guild_id: int, at: Instant, *, voice: bool, games: bool) -> GuildWatch:
        """Somebody saw everybody in voice, or everybody's games; the former ends a gap.

        A look from before the gap ends nothing.
        """
        watch = self.of(guild_id)
        if watch.gap_since is not None and at < watch.gap_since:
            return watch
        if voice:
            self._looked_voice.add(guild_id)
            watch.looked_at, watch.gap_since = max(at, watch.looked_at or at), None
        if games:
            self._looked_games.add(guild_id)
            watch.looked_at_games = max(at, watch.looked_at_games or at)
        self._forget_ends(guild_id, until=at, voice=voice, games=games)
        watch.observed_until = max(at, watch.observed_until or at)
        return watch

    def is_watched(self, guild_id: int) -> bool:
        """Return whether everybody in voice was looked at, and no gap has opened since."""
        return guild_id in self._looked_voice and self.of(guild_id).gap_since is None

    def ended(self, session: AnySession | Record) -> None:
        """The person of ``session`` was known to be absent after its end."""
        subject = _subject(session)
        if subject is None or session.ended_at is None:
            return
        proof = session.ended_at
        if session.reason == "gap_not_bridged":
            unknown = (part.start for part in session.stretches if part.value == "unknown")
            proof = min(proof, max(unknown, default=proof))
        known = self._ends.get(subject)
        if known is None or known.at <= session.ended_at:
            self._ends[subject] = _End(session.ended_at, proof)

    def is_stale(
        self, guild_id: int, user_id: int, activity: ActivitySeen | None, at: Instant
    ) -> bool:
        """Return whether a sighting at ``at`` is older than what is known already.

        That is where such a session of theirs ended later, or a later look saw everybody.
        """
        name = None if activity is None else name_of(activity)
        looked = self._looked_at(guild_id, name)
        ended = self.last_end(guild_id, user_id, activity)
        return max(at if ended is None else ended, looked or at) > at

    def last_end(
        self, guild_id: int, user_id: int, activity: ActivitySeen | None
    ) -> Instant | None:
        """Return when the person's last such session ended: the next one begins no earlier."""
        name = None if activity is None else name_of(activity)
        end = self._ends.get((guild_id, user_id, name))
        return None if end is None else end.at

    def floor(self, guild_id: int, user_id: int, activity: ActivitySeen | None) -> Instant | None:
        """Return the last proof that the person was absent; None where there never was one.

        That nothing was heard of them since proves nothing: their coming may never have been
        sent.

        Args:
            guild_id: the guild.
            user_id: the person.
            activity: the game, or None for voice.
        """
        name = None if activity is None else name_of(activity)
        end = self._ends.get((guild_id, user_id, name))
        looked = self._looked_at(guild_id, name)
        proofs = [proof for proof in (end and end.proof, looked) if proof is not None]
        return max(proofs, default=None)

    def _looked_at(self, guild_id: int, name: GameName | None) -> Instant | None:
        watch = self.of(guild_id)
        return watch.looked_at if name is None else watch.looked_at_games

    def _forget_ends(self, guild_id: int, *, until: Instant, voice: bool, games: bool) -> None:
        """Forget the ends that a complete look at ``until`` has superseded."""
        self._ends = {
            (guild, user, name): end
            for (guild, user, name), end in self._ends.items()
            if guild != guild_id or end.at > until or not (voice if name is None else games)
        }


def _sees_games(watch: GuildWatch) -> bool:
    """A gap that ended with a look at voice alone goes on for games."""
    looked = watch.looked_at_games
    return looked is None or watch.looked_at is None or looked >= watch.looked_at


def _subject(session: AnySession | Record) -> _Subject | None:
    """Return whose session it is, and of what; None for a party, which has no person."""
    user_id = None if isinstance(session, PartySession) else session.user_id
    if user_id is None:
        return None
    if isinstance(session, GameSession):
        return session.guild_id, user_id, name_of(session)
    if isinstance(session, Record) and session.kind == "game":
        kind = session.activity_type or "playing"
        return session.guild_id, user_id, name_of(ActivitySeen(session.game_name or "", None, kind))
    return session.guild_id, user_id, None
