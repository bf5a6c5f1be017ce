"""Shifting: the wall clock was set, and every instant that is held moves with it.

What happened ten minutes ago is still ten minutes ago; only its name on the clock changed.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from machines import SECOND, Deadline, PartySession, Stay, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import AnySession, GuildWatch, Instant, LiveState, Player

__all__ = [
    "UNNOTICED",
    "GoesThrough",
    "hold_to_present",
    "hold_watch",
    "shift_session",
    "shift_state",
    "shift_watch",
    "shift_whole",
]

UNNOTICED = SECOND // 2
"""A clock that is set back by less is not noticed: what came since may seem to be from before."""

_Item = TypeVar("_Item")


class GoesThrough(Protocol):
    """Hands on many things one by one, as whoever works beside an event loop is to take them."""

    def __call__(self, items: Iterable[_Item], /) -> Iterable[_Item]:
        """Return the same items."""


def _at_once(items: Iterable[_Item], /) -> Iterable[_Item]:
    return items


def shift_state(state: LiveState, by: int) -> None:
    """Move every instant of what was read, and is not taken up yet, by ``by`` microseconds."""
    for session in state.sessions:
        shift_whole(session, by)
    for watch in state.guilds:
        shift_watch(watch, by)
    state.cooldowns = [
        msgspec.structs.replace(each, until=each.until + by) for each in state.cooldowns
    ]
    state.saved_at = _moved(state.saved_at, by)


def shift_whole(session: AnySession, by: int) -> None:
    """Move every instant of a session by ``by`` microseconds, players included.

    Nobody has taken it up yet; it is changed.
    """
    shift_session(session, by)
    if type(session) is PartySession:
        session.players = [each.shifted(by) for each in session.players]


def hold_to_present(state: LiveState, now: Instant, through: GoesThrough = _at_once) -> bool:
    """Let nothing that was read of a file be later than now.

    Some of it is where the clock was fast, or where local times are read in another time zone.
    One clock wrote all that is known of a guild, so all of it moves by as much, until its last
    instant is the present: how long everything took is kept, and when it was is not known. Nor is
    how long nobody has watched since, so nothing bounds how long those who move have been there.
    Where a guild was watched until a time that has come, the clock was right again by then, and
    only those sessions move whose own last instant has not come. Where a clock would not
    be noticed to be set back by so little, nothing is less certain for it.

    Args:
        state: nobody has taken it up yet; it is changed.
        now: the present.
        through: how to go through what there may be very much of.

    Returns:
        Whether anything was later.
    """
    watched = {each.guild_id: each.observed_until for each in state.guilds}
    latest = {each: at for each, at in watched.items() if at is not None and at > now}
    is_ahead = bool(latest)
    for session in through(state.sessions):
        guild_id, seen = session.guild_id, session.last_seen
        is_ahead = is_ahead or seen > now
        if guild_id in latest or watched.get(guild_id) is None:
            latest[guild_id] = max(latest.get(guild_id, now), seen)
    if is_ahead:
        _hold_guilds(state, now, latest, through)
    return is_ahead


def _hold_guilds(
    state: LiveState, now: Instant, latest: dict[int, Instant], through: GoesThrough
) -> None:
    """Let the latest instant of each of these guilds be now, and of others each session's."""
    for session in through(state.sessions):
        by = now - latest.get(session.guild_id, max(now, session.last_seen))
        if by:
            _hold_session(session, by, through)
    for watch in state.guilds:
        shift_watch(watch, now - latest.get(watch.guild_id, now))
    state.cooldowns = [
        msgspec.structs.replace(each, until=each.until + now - latest.get(each.guild_id, now))
        for each in state.cooldowns
    ]
    if state.saved_at is not None and state.saved_at > now:
        state.saved_at += now - max((state.saved_at, *latest.values()))


def _hold_session(session: AnySession, by: int, through: GoesThrough) -> None:
    shift_session(session, by)
    is_noticeable = -by >= UNNOTICED
    session.unbounded = session.unbounded or is_noticeable
    if type(session) is PartySession:
        held = partial(_held_player, by=by, is_noticeable=is_noticeable)
        session.players = [held(each) for each in through(session.players)]


def _held_player(player: Player, by: int, *, is_noticeable: bool) -> Player:
    player = player.shifted(by)
    is_doubtful = is_noticeable and player.ended_at is None
    return msgspec.structs.replace(player, unbounded=True) if is_doubtful else player


def shift_session(session: AnySession, by: int) -> None:
    """Move every instant of a session by ``by`` microseconds, but for a party's players."""
    session.started_at += by
    session.last_seen += by
    session.confirmed_at = _moved(session.confirmed_at, by)
    session.absent_since = _moved(session.absent_since, by)
    session.unwatched_since = _moved(session.unwatched_since, by)
    session.stretches = tuple(each.shifted(by) for each in session.stretches)
    if session.deadline is not None:
        session.deadline = Deadline(session.deadline.at + by, session.deadline.trigger)
    if type(session) is VoiceSession:
        session.moved = tuple(
            Stay(stay.channel_id, stay.channel_name, stay.since + by, stay.floor + by)
            for stay in session.moved
        )


def shift_watch(watch: GuildWatch, by: int) -> None:
    """Move every instant of a guild's watch by ``by`` microseconds."""
    watch.observed_until = _moved(watch.observed_until, by)
    watch.gap_since = _moved(watch.gap_since, by)
    watch.cut_since = _moved(watch.cut_since, by)
    watch.looked_at = _moved(watch.looked_at, by)
    watch.looked_at_games = _moved(watch.looked_at_games, by)


def hold_watch(watch: GuildWatch, now: Instant) -> None:
    """Let no instant of a guild's watch be later than ``now``."""
    watch.observed_until = _held(watch.observed_until, now)
    watch.gap_since = _held(watch.gap_since, now)
    watch.cut_since = _held(watch.cut_since, now)
    watch.looked_at = _held(watch.looked_at, now)
    watch.looked_at_games = _held(watch.looked_at_games, now)


def _held(instant: Instant | None, now: Instant) -> Instant | None:
    return None if instant is None else min(instant, now)


def _moved(instant: Instant | None, by: int) -> Instant | None:
    return None if instant is None else instant + by
