"""What must survive a restart: the live sessions, and what was being watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from machines.instant import Instant
from machines.session import AnySession, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Cooldown",
    "CooldownEnds",
    "GuildWatch",
    "LiveState",
    "LiveView",
    "let_go_of_ends",
]

_AT_ONCE = 5_000
"""Cooldowns that are let go of in one piece: a millisecond at most."""

CooldownEnds = dict[Kind, dict[int, dict[int | str, Instant]]]
"""When each cooldown is over, by kind, guild and subject."""


class GuildWatch(msgspec.Struct, eq=False, kw_only=True, gc=False):
    """How far one guild has been watched.

    Attributes:
        observed_until: the last instant at which its gateway connection was known to be alive.
        gap_since: nobody has watched since this instant; None while it is watched.
        cut_since: its connection is cut since this instant, and whether anything will have been
            missed is not known yet; None while it stands. A gap may be open as well.
        looked_at: the latest look that saw everybody in voice.
        looked_at_games: the latest look that saw everybody's games.
    """

    guild_id: int
    observed_until: Instant | None = None
    gap_since: Instant | None = None
    cut_since: Instant | None = None
    looked_at: Instant | None = None
    looked_at_games: Instant | None = None


class Cooldown(msgspec.Struct, frozen=True, gc=False):
    """No entry notice of this kind for this subject before ``until``.

    ``subject`` is the person's id, or the game's name for parties.
    """

    guild_id: int
    kind: Kind
    subject: int | str
    until: Instant


class LiveState(msgspec.Struct, eq=False, kw_only=True):
    """Everything a restart needs. ``saved_at`` is when it was last written."""

    sessions: list[AnySession] = msgspec.field(default_factory=list)
    guilds: list[GuildWatch] = msgspec.field(default_factory=list)
    cooldowns: list[Cooldown] = msgspec.field(default_factory=list)
    saved_at: Instant | None = None


class LiveView(NamedTuple):
    """What :class:`LiveState` holds, to be gone through while it changes.

    Each comes as it is by then; what begins meanwhile, and what ends, may come or not. For each
    cooldown that is over None comes: there may be very many, and others are to have their turn.
    """

    sessions: Iterable[AnySession]
    guilds: Iterable[GuildWatch]
    cooldowns: Iterable[Cooldown | None]


def let_go_of_ends(ends: CooldownEnds) -> None:
    """Hold fewer of them, all of which are over: some in one piece."""
    room = _AT_ONCE
    for of_kind in ends.values():
        for running in of_kind.values():
            while running and room:
                running.popitem()
                room -= 1
        if not any(of_kind.values()):
            of_kind.clear()
