"""Upheavals: what befalls whole guilds, and what it means for each of their sessions."""

from __future__ import annotations

from functools import partial
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from engine.observation import ChannelUncounted
from engine.shifting import shift_session, shift_watch
from engine.sweeps import Sweep
from engine.watching import lose_sight
from machines import (
    CooldownStarted,
    Evidence,
    PartySession,
    SessionChanged,
    Stretch,
    VoiceSession,
    WatchChanged,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from engine.absences import Absences
    from engine.firing import Firing
    from engine.hearing import Hearing
    from engine.observation import (
        ChannelDeleted,
        GuildRemoved,
        WatchLost,
        WatchPaused,
    )
    from engine.parties import Parties
    from engine.people import People
    from engine.sweeps import Sweeps
    from engine.validation import Validation
    from machines import AnySession, Effect, GuildWatch, Instant, Reason

__all__ = ["Upheavals"]


class Upheavals:
    """Begins the sweep of each.

    A cut connection may turn out to be a gap. Then the cut of its guild is *ending*: it stays
    written down until each session there says itself since when nobody has watched it. Meanwhile
    the connection may be cut anew, and since when is held by guild; None where it stands.
    """

    def __init__(
        self,
        firing: Firing,
        absences: Absences,
        hearing: Hearing,
        people: People,
        parties: Parties,
        sweeps: Sweeps,
        validation: Validation,
        event_delay: int,
    ) -> None:
        """Work on the sessions that ``firing`` holds; events may be ``event_delay`` late."""
        self._firing = firing
        self._absences = absences
        self._watching = absences.watching
        self._hearing = hearing
        self._people = people
        self._parties = parties
        self._sweeps = sweeps
        self._validation = validation
        self._event_delay = event_delay
        self._ending_cuts: dict[int, Instant | None] = {}

    def lose_watch(self, lost: WatchLost, now: Instant) -> None:
        """Nobody has watched some guilds for a while: what came of it has yet to be seen.

        What came due before that is done. What came due since did so unwatched, and waits.
        """
        if not lost.slept:  # else what is held is so for a cut that goes on
            self._firing.deadlines.release(lost.guild_ids)
        self._validation.overtake(lost.guild_ids)
        # It comes to each guild later, and the clock may have been set by then.
        since: dict[int, Instant] = {}
        open_gap = partial(self._open_gap, lost, self._watching.by_first_clock(now), since)
        out_of_sight = partial(self._lose_sight, since)
        self._begin(lost.guild_ids, open_gap, out_of_sight, at=lost.since, until=now)

    def pause_watch(self, paused: WatchPaused) -> None:
        """Nobody watches some guilds, and whether anything is lost is seen later.

        What is written down says so at once: should the process end meanwhile, nobody will ever
        have watched since. So it does of a process that stood still, by how far it had watched.
        """
        self._firing.deadlines.hold(paused.guild_ids)
        if paused.since is not None and not paused.stood_still:
            self._begin(paused.guild_ids, partial(self._pause, paused.since), _nothing_of)

    def resume_watch(self, guild_ids: Iterable[int], now: Instant) -> None:
        """Some guilds were watched all the time: what came due meanwhile is due now."""
        guild_ids = tuple(guild_ids)
        self._firing.deadlines.release(guild_ids)
        self._begin(guild_ids, self._resume, self._schedule, until=now)

    def step_clock(self, by: int) -> None:
        """Move every instant by ``by`` microseconds: the clock was set.

        What is written down of a guild meanwhile is watched by the clock as it was, as if the
        process had ended before it noticed.
        """
        self._validation.overtake()
        self._hearing.shift(by)
        self._watching.shift(by)
        self._parties.shift(by)
        registry, cooldowns = self._firing.registry, self._firing.cooldowns
        cooldowns.shift(by)
        guild_ids = (
            *registry.guild_ids(),
            *self._watching.guild_ids(),
            *cooldowns.guild_ids(),
        )
        of_guild, of_session = partial(self._shift_guild, by), partial(self._shift, by)
        # What a party holds of a player is taken from the player's session: they move together.
        sweep = Sweep(dict.fromkeys(guild_ids), of_guild, of_session, takes_party=True, clock_by=by)
        self._sweeps.begin(sweep)

    def remove_guild(self, removed: GuildRemoved, now: Instant) -> None:
        """The bot is no longer in a guild: its sessions are over."""
        self._validation.overtake((removed.guild_id,))
        self._firing.deadlines.release((removed.guild_id,))  # no list will ever name it again
        close = partial(self._close, "guild_removed", removed.since, now)
        forget = partial(self._forget, self._watching.by_first_clock(now))
        guild_ids = {removed.guild_id: None}
        self._sweeps.begin(Sweep(guild_ids, forget, close, now, ends_parties=True, ends_guild=True))

    def delete_channel(self, deleted: ChannelDeleted, now: Instant) -> None:
        """A voice channel is gone, and so are the sessions in it.

        Whoever a look has found elsewhere since then may have been in no channel in between.
        """
        close = partial(self._close_in, deleted, now)
        self._befall_channel(deleted, close, now)

    def count_no_longer(self, uncounted: ChannelUncounted, now: Instant) -> None:
        """Whoever is in a voice channel is in none that counts."""
        leave = partial(self._leave, uncounted, now)
        self._befall_channel(uncounted, leave, now)

    def end_absences(self, sessions: Iterable[AnySession], at: Instant, now: Instant) -> None:
        """The stays of these, who are away, are over: they count again where they are since ``at``.

        They are of one guild.
        """
        away = [*sessions]
        if away:
            end = partial(self._end_absence, {session.id for session in away}, at, now)
            guild_ids = {away[0].guild_id: None}
            whom = partial(_these, away)
            self._sweeps.begin(Sweep(guild_ids, _nothing, end, now, whom=whom))

    def _end_absence(
        self,
        of_these: AbstractSet[str],
        at: Instant,
        now: Instant,
        session: AnySession,
        effects: list[Effect],
    ) -> None:
        """End the stay of somebody who counts again; others of the guild come by as well."""
        if session.id in of_these:
            self._people.end_absence(at, now, session, effects)

    def _befall_channel(
        self,
        befalls: ChannelDeleted | ChannelUncounted,
        of_session: Callable[[AnySession, list[Effect]], None],
        now: Instant,
    ) -> None:
        """What looks that are under way say of somebody in voice comes before it.

        They may find that somebody is in the channel whose session is in another one. Where there
        are none, it is about those who are in it, or were until a look found them elsewhere, and
        about nobody else.
        """
        guild_id = befalls.guild_id
        take = self._validation.befall(guild_id, of_session, now)
        moved = () if befalls.since is None else self._watching.moved_unheard(guild_id)
        whom = None if take else partial(self._in_channel_or_moved, befalls.channel_id, moved)
        sweep = Sweep({guild_id: None}, _nothing, of_session, now, comes_first=take, whom=whom)
        self._sweeps.begin(sweep)

    def _in_channel_or_moved(
        self, channel_id: int, moved: Iterable[int], guild_id: int
    ) -> Iterator[AnySession | None]:
        """Yield the sessions in a channel, and those in voice of some people."""
        yield from self._firing.in_channel(guild_id, channel_id)
        for user_id in moved:
            yield self._firing.registry.voice_of(guild_id, user_id)

    def _begin(
        self,
        guild_ids: Iterable[int],
        of_guild: Callable[[int, list[Effect]], Iterator[Effect | None]],
        of_session: Callable[[AnySession, list[Effect]], None],
        at: Instant | None = None,
        until: Instant | None = None,
    ) -> None:
        self._sweeps.begin(Sweep(dict.fromkeys(guild_ids), of_guild, of_session, at, until))

    def _open_gap(
        self,
        lost: WatchLost,
        told_at: Instant,
        since: dict[int, Instant],
        guild_id: int,
        effects: list[Effect],
    ) -> Iterator[Effect | None]:
        """Let a guild be unwatched, and note ``since`` when its sessions are.

        They are told one by one, and by then the connection may have been cut anew.
        """
        watch = self._watching.lose(guild_id, lost.since, told_at)
        effects.append(WatchChanged(watch))
        cut_since = self._ending_cuts.get(guild_id, watch.cut_since)
        since[guild_id] = lost.since if cut_since is None else min(lost.since, cut_since)
        if cut_since is None or lost.slept:
            return _nothing()
        self._ending_cuts[guild_id] = None
        return self._end_cut(watch)

    def _end_cut(self, watch: GuildWatch) -> Iterator[Effect]:
        """Yield that a cut is over, once each session of its guild says itself what came of it.

        Should the process end before that, the cut is all that says so.
        """
        is_its_guild = self._watching.find(watch.guild_id) is watch  # else that is gone meanwhile
        if is_its_guild and watch.guild_id in self._ending_cuts:
            watch.cut_since = self._ending_cuts.pop(watch.guild_id)
            yield WatchChanged(watch)

    def _pause(
        self, since: Instant, guild_id: int, effects: list[Effect]
    ) -> Iterator[Effect | None]:
        """Note since when the connection of a guild is cut; the first cut counts."""
        watch = self._watching.of(guild_id)
        if guild_id in self._ending_cuts:
            self._ending_cuts[guild_id] = self._ending_cuts[guild_id] or since
        elif watch.cut_since is None:  # a gap may go on although the connection stood again
            watch.cut_since = since
            effects.append(WatchChanged(watch))
        return _nothing()

    def _resume(self, guild_id: int, effects: list[Effect]) -> Iterator[Effect | None]:
        """Note that the connection of a guild stands again, and nothing was missed."""
        self._watching.forget_moves(guild_id)
        watch = self._watching.find(guild_id)
        if guild_id in self._ending_cuts:
            self._ending_cuts[guild_id] = None
        elif watch is not None and watch.cut_since is not None:
            watch.cut_since = None
            effects.append(WatchChanged(watch))
        return _nothing()

    def _lose_sight(
        self, since: dict[int, Instant], session: AnySession, effects: list[Effect]
    ) -> None:
        self._firing.unheard.lose_sight(session)
        if session.unwatched_since is None:
            if lose_sight(session, since[session.guild_id], self._event_delay):
                effects.append(SessionChanged(session))
            self._parties.lose_sight(session)
        self._schedule(session, effects)

    def _schedule(self, session: AnySession, _effects: list[Effect]) -> None:
        self._firing.deadlines.schedule(session)

    def _shift_guild(
        self, by: int, guild_id: int, _effects: list[Effect]
    ) -> Iterator[Effect | None]:
        """Move what is known of a guild itself, and of the players who are gone."""
        cooldowns = map(CooldownStarted, self._firing.cooldowns.in_guild(guild_id))
        later = chain(self._parties.shifting(guild_id, by), cooldowns)
        watch = self._watching.find(guild_id)
        if watch is None:
            return later
        shift_watch(watch, by)
        cut_anew = self._ending_cuts.get(guild_id)
        if cut_anew is not None:
            self._ending_cuts[guild_id] = cut_anew + by
        # Whoever reads of a watch that has come takes it that its sessions have.
        return chain(later, (WatchChanged(watch),))

    def _shift(self, by: int, session: AnySession, effects: list[Effect]) -> None:
        shift_session(session, by)
        self._parties.shifted(session)
        self._schedule(session, effects)
        if session.is_live and type(session) is not PartySession:
            effects.append(SessionChanged(session))

    def _forget(
        self, at: Instant, guild_id: int, _effects: list[Effect]
    ) -> Iterator[Effect | None]:
        self._absences.forget(guild_id, at)
        self._watching.forget(guild_id)
        self._ending_cuts.pop(guild_id, None)
        return _nothing()

    def _close_in(
        self, deleted: ChannelDeleted, now: Instant, session: AnySession, effects: list[Effect]
    ) -> None:
        if type(session) is not VoiceSession:
            return
        if session.channel_id == deleted.channel_id:
            self._close("channel_deleted", deleted.since, now, session, effects)
        else:
            self._doubt_move(deleted, session, effects)

    def _leave(
        self,
        uncounted: ChannelUncounted,
        now: Instant,
        session: AnySession,
        effects: list[Effect],
    ) -> None:
        """Let somebody leave who is in a channel that counts no longer."""
        if type(session) is not VoiceSession:
            return
        if session.channel_id != uncounted.channel_id:
            self._doubt_move(uncounted, session, effects)
        elif session.unwatched_since is None:  # else the next look says where they are
            heard_at = now + self._sweeps.clock_lag(session)
            self._hearing.heard(session.guild_id, session.user_id, heard_at, voice=True)
            if not self._people.is_too_late(session, now, effects):
                self._people.leaves(session, now, effects, uncounted.since)

    def _doubt_move(
        self,
        befell: ChannelDeleted | ChannelUncounted,
        session: VoiceSession,
        effects: list[Effect],
    ) -> None:
        """They were in a channel until a look found them elsewhere, and it befell the former late.

        Discord sends no leaving with it, so they may have been in no channel in between. Not so
        where they were heard of in between: then they had moved before.
        """
        for left, found in pairwise(session.moved):
            if befell.since is None or left.channel_id != befell.channel_id:
                continue
            # What is seen of a channel says that there is one, and not that it counts.
            in_it = left.since if type(befell) is ChannelUncounted else found.floor
            since, until = max(befell.since, in_it), found.since
            before = until - 1 + self._sweeps.clock_lag(session)
            is_heard = self._hearing.has_heard(
                session.guild_id, session.user_id, before, voice=True
            )
            if since < until and not is_heard:
                session.stretches += (Stretch(since, until, "unknown"),)
                if session.is_live:
                    effects.append(SessionChanged(session))

    def _close(
        self,
        reason: Reason,
        since: Instant | None,
        now: Instant,
        session: AnySession,
        effects: list[Effect],
    ) -> None:
        """Close a session; it is over at ``now``, or has been since some instant from ``since``.

        A pending one that may have come to count is written down, also where that was unwatched.
        """
        until = Evidence("absent", now, "event")
        if session.state == "pending":
            if session.unwatched_since is None:
                self._people.confirm_if_it_may_count(session, now, effects)
            elif self._firing.fire(
                "validate", session, now, effects, reason=reason, evidence=until
            ):
                return
        counted = self._parties.attendance_of(session) if type(session) is PartySession else None
        self._firing.fire(
            "close",
            session,
            now,
            effects,
            since=since,
            reason=reason,
            evidence=until,
            attendance=counted,
        )


def _nothing_of(_session: AnySession, _effects: list[Effect]) -> None:
    """It means nothing for a session."""


def _these(sessions: Iterable[AnySession], _guild_id: int) -> Iterator[AnySession]:
    return iter(sessions)


def _nothing(*_guild: object) -> Iterator[Effect | None]:
    """It means nothing (more) for the guild itself."""
    return iter(())
