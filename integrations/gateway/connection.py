"""The connection: which guilds are being watched, since when not, and the heartbeat.

A cut connection may be resumed, and Discord then replays what was missed; or a new session
begins, and what happened meanwhile is never told.
"""

from __future__ import annotations

import asyncio
import logging
from itertools import chain, islice
from typing import TYPE_CHECKING

from engine import Watched, WatchLost, WatchPaused, WatchResumed
from integrations.gateway.beats import Beats
from integrations.gateway.internals import LastFrames
from integrations.gateway.lateness import Lateness
from integrations.gateway.pulse import Pulse
from integrations.gateway.shards import Shards
from integrations.gateway.unread import Unread
from integrations.turns import in_turns
from integrations.words.catalogue import say
from machines import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import discord

    from engine import Settings
    from integrations.tracker import Tracker
    from integrations.words.wording import Value
    from machines import Instant

__all__ = ["Connections"]

_log = logging.getLogger("latido")
_faults = logging.getLogger("latido.integrations")

_ANSWER = 1.0
"""Seconds that the gateway may take to answer a heartbeat."""

_AT_ONCE = 100
"""Guilds of which it is said in one piece until when they have been watched."""

_SILENCE = SECOND
"""A connection without a frame for longer says too little of somebody who counts from now on."""


class Connections:
    """Follows each shard's connection. A bot without shards has one, under None.

    Attributes:
        late: the shards over which something may come late: see :meth:`late_since`.
    """

    def __init__(self, bot: discord.Client, tracker: Tracker, settings: Settings) -> None:
        """Tell ``tracker`` what is watched."""
        self._bot = bot
        self._tracker = tracker
        self._language = settings.log_language
        self._pulse = Pulse(tracker)
        self._frames = LastFrames(bot, tracker.clocks, self._pulse.beats)
        self._shards = Shards(bot)
        self._lateness = Lateness(tracker)
        self.late: Mapping[int | None, Instant] = self._lateness.since
        self._up: set[int | None] = set()
        self._unavailable: dict[int, Instant] = {}  # since when, by the clock as it first was
        self._unread = Unread(self._frames, tracker.monotonic)
        self._named: set[int] = set()
        self._beats = Beats(self.watched, settings, tracker.has_sessions)
        self._has_failed = False

    @property
    def is_sharded(self) -> bool:
        """Whether the bot has several connections."""
        return self._shards.are_several

    def cut_since(self, shard_id: int | None) -> Instant | None:
        """Return the last frame before a cut, until the connection stands; None without a cut."""
        return None if self.is_up(shard_id) else self.late_since(shard_id)

    def late_since(self, shard_id: int | None) -> Instant | None:
        """Return since when what comes in may have happened; None where that is now.

        The last frame before a cut, while what was missed is being replayed; and a standstill in
        it, until all is read.
        """
        return self._lateness.at(self._shards.key(shard_id)) if self.late else None

    def is_late(self, guild_id: int) -> bool:
        """Return whether what comes in of a guild may be late, as :meth:`late_since` says.

        A shard that is cut concerns no guild of another one.
        """
        return self._shards.of(guild_id) in self.late

    def find(self) -> None:
        """Find the connections that were up before anybody followed them.

        One of a bot that was ready, and is not up, is cut; since when nobody knows, so that there
        is a gap, whether it is resumed or not.
        """
        is_ready = self._bot.is_ready()
        for shard_id in self._shards.ids():
            is_cut = is_ready and self._frames.is_gone(shard_id)
            if is_cut or self._frames.remember(shard_id):
                self._up.add(shard_id)
            if is_cut:
                self._lose(self._guilds_of(shard_id), self._tracker.heard_at())
                self.is_cut(shard_id)  # behind that, or its deadlines would be let go of again
        self._named.update(guild.id for guild in self._bot.guilds)

    @property
    def all_up(self) -> bool:
        """Whether every connection stands, and none is about to be made anew."""
        return self.are_up and self._bot.is_ready()

    @property
    def are_up(self) -> bool:
        """Whether there are connections, and none of them is cut."""
        return bool(self._up) and self._up.issuperset(self.late)

    def is_up(self, shard_id: int | None) -> bool:
        """Return whether a shard's connection stands."""
        return self._shards.key(shard_id) in self._up

    def begins(self, shard_id: int | None, named: Iterable[int] | None = None) -> None:
        """A new session of the gateway: nobody watched since the last frame of the old one.

        Args:
            shard_id: of which shard.
            named: the guilds that READY names, each of which is out until it comes; where that is
                not heard, those that are out in discord.py's cache.
        """
        if not self._shards.concerns(shard_id):
            return
        if shard_id in self._up:  # its cut was not heard of: a cog was just being loaded
            self.is_cut(shard_id)
            stalled_since = self._tracker.stalled_since()
            if stalled_since is not None:
                self._lateness.stood_still((shard_id,), stalled_since)
        self._frames.remember(shard_id)
        self._named.difference_update(self._shards.served(self._named, shard_id))
        if named is None:
            out = (guild.id for guild in self._bot.guilds if guild.unavailable)
            named = self._shards.served(out, shard_id)
        self._named.update(named)
        for guild_id in self._shards.served(self._unavailable, shard_id):
            if guild_id not in self._named:  # it has been left
                del self._unavailable[guild_id]
        since = self._stands(shard_id)
        guild_ids = self._guilds_of(shard_id)
        if since is not None:
            self._lose(guild_ids, since)
        if shard_id in self.late:
            self._tracker.observe(WatchPaused(guild_ids=guild_ids, stood_still=True))

    def is_cut(self, shard_id: int | None) -> None:
        """The connection is gone; the first cut counts, until it is up again."""
        if not self._shards.concerns(shard_id) or shard_id not in self._up:
            return
        self._tracker.catch_up()
        now = self._tracker.heard_at()
        since = self._heard_until(shard_id) or self._late_by_now(shard_id) or now
        self._up.discard(shard_id)
        self._pulse.stops(shard_id)
        self._unread.leave(shard_id)
        self._lateness.is_cut(shard_id, since)
        self._say("connection.lost", shard=shard_id or 0)
        self._tracker.observe(WatchPaused(guild_ids=self._guilds_of(shard_id), since=since))

    def resumes(self, shard_id: int | None) -> None:
        """Everything that was missed has been replayed: there is no gap."""
        if not self._shards.concerns(shard_id):
            return
        self._frames.remember(shard_id)
        if shard_id in self._up or self._stands(shard_id) is None:
            return
        self._say("connection.resumed", shard=shard_id or 0)
        if shard_id not in self.late:  # else what comes due waits until all is read
            self._tracker.observe(WatchResumed(guild_ids=self._guilds_of(shard_id)))

    def _stands(self, shard_id: int | None) -> Instant | None:
        """Take it that a connection stands; return since when it was cut, if it was.

        It is asked where what lies behind its RESUMED or READY may have waited for a standstill.
        """
        since = self._lateness.stands(shard_id)
        self._up.add(shard_id)
        if shard_id in self.late:
            self._unread.ask(shard_id)
            self._tracker.clock_watch.look_until_all_is_read()
        return since

    def stood_still(self, since: Instant) -> bool:
        """The process stood still: what came due since waits until all that came has been read.

        By then a connection may turn out to be gone. Else it is asked for a heartbeat, whose
        answer comes behind all that was sent before; one that is being made anew is once it stands.

        Returns:
            Whether all has been read that had waited for another standstill before.
        """
        read = self._unread.answered()
        is_read = len(read) == len(self._unread)
        if read:
            self._lateness.are_read(read)
            self._tracker.let_come_due(self._guilds_of(*read), since)
        down = [shard_id for shard_id in self._shards.ids() if shard_id not in self._up]
        self._lateness.stood_still(down, since)
        for shard_id in self._up:
            self._unread.ask(shard_id)
        guild_ids = self._guilds_of(*self._up)
        paused = WatchPaused(guild_ids=guild_ids, since=since, stood_still=True)
        self._tracker.observe(paused)  # of all at once: what came due is done in all others
        return is_read

    def has_read_all(self) -> bool:
        """Return whether all is read that may have come while the process stood still.

        What came due in the guilds of a connection waits no longer once it is.
        """
        read = self._unread.take_read()
        if read:
            self._lateness.are_read(read)
            self._tracker.observe(WatchResumed(guild_ids=self._guilds_of(*read)))
        return not self._unread

    def is_unavailable(self, guild_id: int, shard_id: int | None = None) -> None:
        """Discord's servers for a guild are down; since the cut at most, where it is replayed."""
        since = self._late_by_now(shard_id) or self._tracker.now()
        self._unavailable.setdefault(guild_id, since - self._tracker.clock_watch.set_by)
        self._lose((guild_id,), since)

    def is_available(self, guild_id: int) -> None:
        """A guild is there, or there again: then the log says for how long it was not."""
        out_since = self._unavailable.pop(guild_id, None)
        if out_since is not None and (guild := self._bot.get_guild(guild_id)) is not None:
            now = self._tracker.heard_at() - self._tracker.clock_watch.set_by
            self._say("guild.available", guild=guild.name, seconds=(now - out_since) / SECOND)
        self._named.discard(guild_id)  # READY has given it a number of its own
        self._named.add(guild_id)

    def is_left(self, guild_id: int) -> None:
        """The bot is no longer in a guild: nothing is kept of it."""
        self._unavailable.pop(guild_id, None)
        self._named.discard(guild_id)

    def lists(self, guild_id: int) -> bool:
        """Return whether Discord has named a guild since the session of its shard began.

        A sharded bot keeps its cache when one shard begins anew
        (``AutoShardedConnectionState.parse_ready``), guilds it was removed from included: those
        that were out as well.
        """
        return guild_id in self._named and self._bot.get_guild(guild_id) is not None

    def serves(self, guild_id: int, shard_id: int | None) -> bool:
        """Return whether a guild belongs to a shard."""
        return self._shards.of(guild_id) == shard_id

    def keep_in_step(self) -> None:
        """Find out now and then how far all is :meth:`watched`, while there are sessions."""
        self._beats.keep_in_step()

    def watched_until(self, guild_id: int) -> Instant | None:
        """Return when the last frame of a guild's connection came, for somebody who counts now.

        Nobody is asked, for a busy connection tells by itself; one that has been silent is asked
        as soon as may be, not with the next heartbeat. None while the guild is not watched.
        """
        is_here = self._bot.get_guild(guild_id) is not None and guild_id not in self._unavailable
        shards = [shard_id for shard_id in self._up if self.serves(guild_id, shard_id)]
        until = self._heard_until(shards[0]) if shards and is_here else None
        if until is not None and self._tracker.now() - until > _SILENCE:
            self._beats.sooner()
        return until

    def close(self) -> None:
        """Beat no more, and leave the connections as they were found."""
        self._beats.stop()
        self._unread.close()
        self._frames.leave()
        self._pulse.close()

    async def watched(self, *, is_last: bool = False) -> None:
        """Find out until when each guild has been watched, and say so.

        The last time, all that was sent until then is heard, even by a bot that has been
        cancelled and reads no more. Whatever fails is said in the log, and stops nobody: where a
        connection cannot be asked, its last frame counts.
        """
        asked = (self._frames.refresh(shard, _ANSWER, is_last=is_last) for shard in self._up)
        errors: list[object] = [*await asyncio.gather(*asked, return_exceptions=True)]
        try:
            await self._keep_watches()
        except Exception as error:  # noqa: BLE001 - the next heartbeat must come, whatever this met
            errors.append(error)
        self._report(next((each for each in errors if isinstance(each, Exception)), None))

    async def _keep_watches(self) -> None:
        of_shard: dict[int | None, dict[int, None]] = {shard_id: {} for shard_id in self._up}
        known = chain(self._tracker.engine.guild_ids(), (guild.id for guild in self._bot.guilds))
        async for guild_id in in_turns(known):
            if (guilds := of_shard.get(self._shards.of(guild_id))) is not None:
                guilds[guild_id] = None
        async for shard_id, guild_ids in in_turns(_in_pieces(of_shard)):
            self._keep_watch(shard_id, guild_ids)

    def _keep_watch(self, shard_id: int | None, guild_ids: tuple[int, ...]) -> None:
        """Say until when some guilds have been watched, as things are by now.

        Since they were listed the connection may have been cut, guilds may have gone, and the
        clock may have been set.
        """
        until = self._heard_until(shard_id) if shard_id in self._up else None
        unwatched = {each for each in guild_ids if self._bot.get_guild(each) is None}
        if unwatched:
            unwatched.difference_update(self._tracker.engine.guild_ids())
        unwatched |= self._unavailable.keys() & guild_ids
        there = tuple([each for each in guild_ids if each not in unwatched])
        if there and until is not None:
            self._tracker.observe(Watched(guild_ids=there, until=until))

    def _heard_until(self, shard_id: int | None) -> Instant | None:
        """Return until when all that was sent has been heard; None if unknown.

        A frame that is read after a standstill may have come long before. Where the clock has
        been set, all that is known is moved first: it is read by the new one, and not moved again.
        So is what has come taken in, until the last of which that is.
        """
        self._tracker.catch_up()
        self._tracker.heard_at()
        until = self._frames.at(shard_id)
        since = self._late_by_now(shard_id) if shard_id in self._unread else None
        return until if until is None or since is None else min(until, since)

    def _late_by_now(self, shard_id: int | None) -> Instant | None:
        """Return since when something may have waited; of two reasons the earlier counts."""
        return self.late_since(shard_id) or self._tracker.stalled_since()

    def _report(self, error: Exception | None) -> None:
        """Say why a heartbeat failed, unless the one before has failed as well."""
        if error is not None and not self._has_failed:
            _faults.error("A heartbeat failed; the last frame counts", exc_info=error)
        self._has_failed = error is not None

    def _lose(self, guild_ids: tuple[int, ...], since: Instant) -> None:
        if guild_ids:
            self._tracker.observe(WatchLost(guild_ids=guild_ids, since=since))

    def _guilds_of(self, *shard_ids: int | None) -> tuple[int, ...]:
        """Return the guilds of some shards, gone through once however many those are."""
        known = {guild.id for guild in self._bot.guilds}
        known.update(self._tracker.engine.guild_ids())
        return self._shards.served(known, *shard_ids)

    def _say(self, key: str, **values: Value) -> None:
        _log.info("%s", say(self._language, key, **values))


def _in_pieces(
    of_shard: dict[int | None, dict[int, None]],
) -> Iterator[tuple[int | None, tuple[int, ...]]]:
    """Yield the guilds of each shard, some at a time."""
    for shard_id, guilds in of_shard.items():
        rest = iter(guilds)
        while some := tuple(islice(rest, _AT_ONCE)):
            yield shard_id, some
