"""The plan of audits: which guilds are due, over which shards, and what may be spent on them.

No input or output and no clock, so that the simulation goes by the same plan.

Identifying is what an audit costs, and Discord counts it for the bot as a whole
(``session_start_limit`` of Get Gateway Bot). The day's number of one's own, a reserve for the
bot, and a rest after failures keep audits from ever taking what the bot itself needs.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from integrations.gateway.sharding import shard_of
from machines import seconds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from machines import Instant

__all__ = ["AuditPlan", "StartLimit", "Target", "targets"]

_DAY = seconds(86_400)
_SHORTEST_REST = seconds(60)
_LONGEST_REST = seconds(3600)

_RESERVED_PART = 10
"""One in so many of the day's IDENTIFYs is left to the bot."""

_RESERVED_PER_SHARD = 5
"""So many IDENTIFYs a shard are left to the bot, where that is more."""

_NEIGHBOURS = 8
"""Guilds that an audit of one guild may take in besides."""

_MOST_SHARDS = 4096
"""No audit divides the bot's guilds by more."""


class StartLimit(msgspec.Struct, frozen=True):
    """Discord's session start limit object: how many IDENTIFYs there are, and how fast.

    ``reset_after`` is in milliseconds; ``max_concurrency`` IDENTIFYs may come every 5 seconds,
    one for each ``shard_id % max_concurrency``.
    """

    total: int = 1000
    remaining: int = 1000
    reset_after: int = 0
    max_concurrency: int = 1


class Target(NamedTuple):
    """One IDENTIFY: a shard as Discord divides guilds, and the guilds it is about."""

    shard_id: int
    num_shards: int
    guild_ids: frozenset[int]


class AuditPlan:
    """Says when an audit is due, and whether it may be paid for.

    On-demand audits may use up half of the day's number, so that a Discord that keeps losing
    events leaves enough for those that come every ``audit_every``.
    """

    def __init__(self, every: float, per_day: int) -> None:
        """Take over ``audit_every`` (seconds; 0: never) and ``audit_identifies_per_day``."""
        self._every = seconds(every)
        self._per_day = per_day if every > 0 else 0
        self._spent: deque[Instant] = deque(maxlen=max(1, per_day))
        self._demanded: deque[Instant] = deque(maxlen=max(1, per_day))
        self._tried: dict[int, Instant] = {}
        self._failures = 0
        self._rests_until: Instant | None = None

    @property
    def is_on(self) -> bool:
        """Whether there are audits at all."""
        return self._per_day > 0

    @property
    def spent(self) -> tuple[Instant, ...]:
        """The IDENTIFYs of the last day, so that they can be remembered over a restart."""
        return tuple(self._spent)

    def remember(self, spent: Iterable[Instant]) -> None:
        """Take up what an earlier process has spent."""
        self._spent.extend(sorted(spent))

    def due(self, now: Instant, looked_at: Mapping[int, Instant | None]) -> list[int]:
        """Return the guilds that are due, of those of which it is told when they were looked at."""
        return [guild_id for guild_id, at in looked_at.items() if self.is_due(now, guild_id, at)]

    def is_due(self, now: Instant, guild_id: int, looked_at: Instant | None) -> bool:
        """Return whether nobody has looked at a guild that could be audited for ``audit_every``.

        Args:
            now: the present.
            guild_id: which guild it is.
            looked_at: when everybody in voice was last seen there; None where never.
        """
        if not self.is_on:
            return False
        tried = self._tried.get(guild_id)
        last = max((at for at in (looked_at, tried) if at is not None), default=None)
        # A clock that was set back must not put audits off until it has caught up.
        return last is None or now - last >= self._every or last > now

    def may_spend(
        self,
        now: Instant,
        limit: StartLimit | None = None,
        *,
        num_shards: int = 1,
        demanded: bool = False,
    ) -> bool:
        """Return whether one IDENTIFY more may be spent.

        Args:
            now: the present.
            limit: what Discord says is left; None where it was not asked.
            num_shards: how many shards the bot itself has.
            demanded: whether it is for one guild, at once, rather than periodic.
        """
        self._forget(now)
        if self._rests_until is not None and now < self._rests_until:
            return False
        if len(self._spent) >= self._per_day:
            return False
        if demanded and len(self._demanded) >= max(1, self._per_day // 2):
            return False
        if limit is None:
            return True
        reserve = max(limit.total // _RESERVED_PART, _RESERVED_PER_SHARD * num_shards)
        return limit.remaining > reserve

    def spend(
        self, now: Instant, guild_ids: Collection[int] = (), *, demanded: bool = False
    ) -> None:
        """An IDENTIFY is sent; these guilds are not due again for ``audit_every``."""
        self._spent.append(now)
        if demanded:
            self._demanded.append(now)
        self._tried.update(dict.fromkeys(guild_ids, now))

    def succeeded(self) -> None:
        """The audit came to its end."""
        self._failures = 0
        self._rests_until = None

    def failed(self, now: Instant, guild_ids: Collection[int] = ()) -> None:
        """The audit was refused or broke off: rest, each time twice as long, an hour at most."""
        rest = min(_LONGEST_REST, _SHORTEST_REST * 2**self._failures)
        self._failures = min(self._failures + 1, 10)
        self._rests_until = now + rest
        for guild_id in guild_ids:
            self._tried.pop(guild_id, None)

    def _forget(self, now: Instant) -> None:
        for instants in (self._spent, self._demanded):
            while instants and not now - _DAY < instants[0] <= now:
                instants.popleft()


def targets(guild_ids: Collection[int], of_bot: Collection[int], num_shards: int) -> list[Target]:
    """Return the IDENTIFYs that take in these guilds, as few as can be.

    Several guilds of one shard take the whole shard. A single one takes a finer division
    ("Sharding" in Discord's gateway documentation allows any ``num_shards``), in which few
    others come along.

    Args:
        guild_ids: the guilds to be audited.
        of_bot: all guilds that the bot is in.
        num_shards: how many shards the bot has.
    """
    by_shard: defaultdict[int, list[int]] = defaultdict(list)
    for guild_id in guild_ids:  # thousands of them
        by_shard[shard_of(guild_id, num_shards)].append(guild_id)
    chosen: list[Target] = []
    for shard_id, wanted in sorted(by_shard.items()):
        if len(wanted) == 1:
            [guild_id] = wanted
            chosen.append(_neighbourhood(guild_id, of_bot, num_shards))
        else:
            chosen.append(Target(shard_id, num_shards, frozenset(wanted)))
    return chosen


def _neighbourhood(guild_id: int, of_bot: Collection[int], num_shards: int) -> Target:
    """Double the number of shards until few guilds share the guild's."""
    near = [other for other in of_bot if other != guild_id]
    while True:
        shard_id = shard_of(guild_id, num_shards)
        near = [other for other in near if shard_of(other, num_shards) == shard_id]
        if len(near) <= _NEIGHBOURS or 2 * num_shards > _MOST_SHARDS:
            return Target(shard_id, num_shards, frozenset({guild_id}))
        num_shards *= 2
