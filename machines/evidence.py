"""Evidence: what is known about one person at one instant, and where that comes from.

An answer has three values. *Unknown* is what an unavailable guild, an uncached member or a
missing intent gives; it never ends anything, or one outage would orphan a whole server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from machines.instant import Instant

if TYPE_CHECKING:
    from machines.session import AnySession

__all__ = ["Evidence", "Gap", "LiveGuild", "Presence", "Source"]

Presence = Literal["present", "absent", "unknown"]

Source = Literal["event", "replay", "guild_create", "audit", "rest", "members", "cache", "engine"]
"""Where an answer came from.

``event``: a gateway event; ``replay``: one that a RESUME replayed; ``guild_create``: the
payload of a GUILD_CREATE; ``audit``: a second gateway session; ``rest``: Get User Voice State;
``members``: the answer to Request Guild Members; ``cache``: what earlier events said; ``engine``:
what follows from other sessions (parties), or, at a deadline, from a guild that is watched and has
seen nobody leave.
"""


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """One answer about one session: the presence, the instant it was true, and its source.

    Attributes:
        at: the latest instant of which it can speak: when the answer was received.
        since: the earliest, where that differs: when the question was asked.
    """

    presence: Presence
    at: Instant
    source: Source
    since: Instant | None = None

    @property
    def earliest(self) -> Instant:
        """The earliest instant of which it can speak."""
        return self.at if self.since is None else self.since

    @property
    def fresh(self) -> bool:
        """Whether it says something new; the cache only repeats what the events said."""
        return self.source != "cache" and self.presence != "unknown"


class Gap(msgspec.Struct, frozen=True, gc=False):
    """A time in which nobody watched: from the last frame before it to the first look after."""

    since: Instant
    until: Instant


class LiveGuild(Protocol):
    """What guards consult: one guild as it is now, seen through one source."""

    @property
    def guild_id(self) -> int:
        """The guild it speaks of."""
        ...

    def about(self, session: AnySession) -> Evidence:
        """Say whether the person of ``session`` is still where the session has them."""
        ...
