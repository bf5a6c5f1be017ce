"""Absences: until when people are known not to have been there, which bounds an unseen start.

A proof is that a session of theirs ended, that a look would have seen them, or that they were not
tracked: then the time is not theirs. How far a guild was watched, and looked at, says
:class:`~engine.watching.Watching`; it is asked, and knows nothing of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.ends import End, Ends
from engine.games import GameName, name_of
from engine.left_guilds import LeftGuilds
from engine.observation import ActivitySeen
from engine.untracked import Counting, Untracked
from machines import GameSession, Instant, PartySession, Reason, Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from engine.watching import Watching
    from machines import AnySession

__all__ = ["Absences"]

_FOUND_GONE: Final = frozenset[Reason | None]({"gap", "leave_missed", "channel_deleted"})
"""Over since some instant up to the one of which their absence is proven: the last unknown one."""


class Absences:
    """Per person when their sessions ended, and until when they were not tracked.

    Instants are held as the clock first was, so that nothing has to be gone through when it is
    set; what is told, and returned, is by the clock as it is.

    Attributes:
        watching: how far each guild was watched, and when it was looked at.
        untracked: who was not tracked, and until when: nobody has looked at where they were, and
            nothing was heard of it since.
    """

    def __init__(self, watching: Watching) -> None:
        """Know of nobody yet."""
        self.watching = watching
        self.untracked = Untracked()
        self._counting_since: dict[int, Instant] = {}
        self._ends = Ends()
        self._left = LeftGuilds()

    # Who was not tracked

    def was_untracked(self, guild_id: int, user_id: int, since: Counting, *, voice: bool) -> None:
        """A person was not tracked until then, or what was known of them is forgotten.

        They may be in voice, or play, already: when they are heard of next they have not come
        just then.
        """
        self.untracked.put(guild_id, user_id, self._by_first_clock(since), voice=voice)

    def were_untracked(
        self, guild_id: int, user_ids: AbstractSet[int], since: Counting, *, voice: bool
    ) -> None:
        """So were all of these who have no such session there."""
        self.untracked.put_all(guild_id, user_ids, self._by_first_clock(since), voice=voice)

    def was_untracked_anywhere(self, user_id: int, since: Counting) -> None:
        """A person was tracked in no guild until then, in whichever they may be."""
        self.counts_since(user_id, since.earliest)
        self.untracked.put_everywhere(user_id, self._by_first_clock(since))

    def counts_since(self, user_id: int, since: Instant) -> None:
        """Nothing of a person is of before that, whatever is heard of them since."""
        self._counting_since[user_id] = self.watching.by_first_clock(since)

    def untracked_until(self, guild_id: int, user_id: int, *, voice: bool) -> Instant | None:
        """Return until when at least a person was not tracked, if no more is known of them since.

        Whoever looked at everybody once they had come to count has seen whether they were there.
        """
        counting = self.untracked.until(guild_id, user_id, voice=voice)
        if counting is None:
            return None
        shifted = self.watching.shifted
        looked = _latest(
            self.watching.looked_at(guild_id, games=not voice),
            self.watching.first_look_at(guild_id, user_id, games=not voice),
        )
        if looked is not None and looked >= counting.latest + shifted:
            return None
        return counting.earliest + shifted

    def is_heard(self, guild_id: int, user_id: int, *, voice: bool) -> None:
        """What a person does was heard: nothing that follows was so before they were tracked."""
        self.untracked.remove(guild_id, user_id, voice=voice)

    def is_seen(self, guild_id: int, user_id: int, at: Instant, *, voice: bool) -> None:
        """A look says what a person did then; from before they were tracked that says nothing."""
        counting = self.untracked.until(guild_id, user_id, voice=voice)
        if counting is not None and counting.latest + self.watching.shifted <= at:
            self.is_heard(guild_id, user_id, voice=voice)

    # Whose sessions ended

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

    def forget_ends(self, guild_id: int) -> Iterator[None]:
        """Forget the ends that looks at everybody have superseded, yielding after a few people."""
        voice, games = (0 if at is None else at for at in self._looks_by_first_clock(guild_id))
        return self._ends.forgetting(guild_id, voice, games)

    def let_go(self, now: Instant) -> None:
        """Remember fewer ends, where all are of long ago."""
        self._ends.let_go(self.watching.by_first_clock(now))

    def forget(self, guild_id: int, at: Instant) -> None:
        """The bot is no longer in the guild since ``at``, as the clock first was.

        When people's sessions ended there, and that a look saw no others, is known for a day more:
        should the bot be back by then, the next ones began no earlier, for what was before that is
        written down. So this is told before :meth:`Watching.forget` is, which knows of the look.
        """
        self.untracked.forget(guild_id)
        self._left.leave(guild_id, at, *self._looks_by_first_clock(guild_id))
        self._forget_long_left(at)

    # What follows

    def is_stale(
        self, guild_id: int, user_id: int, activity: ActivitySeen | None, at: Instant
    ) -> bool:
        """Return whether a sighting at ``at`` is older than what is known already.

        That is where they were known to be gone later, or not tracked, or a later look saw
        everybody. Where such a session of theirs was closed over a gap, for they were there again,
        nothing says that they had gone.
        """
        end = self._last_end(guild_id, user_id, activity)
        gone = at if end is None else end.proof
        looked = self.watching.looked_at(guild_id, games=activity is not None)
        untracked = self.untracked_until(guild_id, user_id, voice=activity is None)
        return max(gone, looked or at, untracked or at) > at

    def begins_no_earlier(
        self, guild_id: int, user_id: int, activity: ActivitySeen | None
    ) -> Instant | None:
        """Return before what nobody who is found is credited with anything.

        It is their last end, or the look at everybody for which that is forgotten.
        """
        end = self._last_end(guild_id, user_id, activity)
        looked = self.watching.looked_at(guild_id, games=activity is not None)
        return _latest(None if end is None else end.at, looked)

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
        games = activity is not None
        end = self._last_end(guild_id, user_id, activity)
        gone = None if end is None else end.proof
        untracked = self.untracked_until(guild_id, user_id, voice=not games)
        if untracked is not None:
            return _latest(gone, untracked)
        looked = self.watching.looked_at(guild_id, games=games)
        first_look = self.watching.first_look_at(guild_id, user_id, games=games)
        return _latest(gone, looked, first_look, self._counts_since(user_id))

    # How it works

    def _counts_since(self, user_id: int) -> Instant | None:
        since = self._counting_since.get(user_id)
        return None if since is None else since + self.watching.shifted

    def _by_first_clock(self, since: Counting) -> Counting:
        by_first_clock = self.watching.by_first_clock
        return Counting(by_first_clock(since.earliest), by_first_clock(since.latest))

    def _looks_by_first_clock(self, guild_id: int) -> tuple[Instant | None, Instant | None]:
        """Return when everybody in voice, and everybody's games, were last looked at."""
        watching = self.watching
        looks = (watching.looked_at(guild_id, games=games) for games in (False, True))
        voice, games = (None if at is None else watching.by_first_clock(at) for at in looks)
        return voice, games

    def _remember(
        self,
        session: AnySession | Record,
        user_id: int,
        ended_at: Instant,
        proof: Instant,
        clock_lag: int,
    ) -> None:
        since_then = self.watching.shifted - clock_lag
        end = End(ended_at - since_then, proof - since_then)
        self._ends.put(session.guild_id, user_id, _game_of(session), end)
        if self._left.by_id:
            self._forget_long_left(end.at)

    def _last_end(self, guild_id: int, user_id: int, activity: ActivitySeen | None) -> End | None:
        """Return somebody's last end; that the last look before the bot left saw none, if need be.

        Their end may have been forgotten for that look, and the look itself is with the guild.
        """
        name = None if activity is None else name_of(activity)
        end = self._ends.find(guild_id, user_id, name)
        if end is None and self._left.by_id:
            looked = self._left.last_look(guild_id, games=name is not None)
            end = None if looked is None else End(looked, looked)
        shifted = self.watching.shifted
        return None if end is None else End(end.at + shifted, end.proof + shifted)

    def _forget_long_left(self, at: Instant) -> None:
        """Forget the ends in guilds that were left a day before ``at``, and not joined again."""
        for guild_id in self._left.forgetting(at):
            if self.watching.find(guild_id) is None:
                self._ends.forget(guild_id)


def _latest(*instants: Instant | None) -> Instant | None:
    return max((each for each in instants if each is not None), default=None)


def _game_of(session: AnySession | Record) -> GameName | None:
    """Return the game that a session is of; None for voice."""
    if type(session) is GameSession:
        return name_of(session)
    if type(session) is Record and session.kind == "game":
        kind = session.activity_type or "playing"
        return name_of(ActivitySeen(session.game_name or "", None, kind))
    return None
