"""The kinds of worlds: who lives there, by which settings the bot goes, and what goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from engine import Settings
from tests.integrations.worlds.deaths import DEATHS, is_killed_within_a_second
from tests.integrations.worlds.disturbances import CONNECTION, GUILDS
from tests.integrations.worlds.machine import DISK, has_a_ledger_that_refuses, is_set
from tests.integrations.worlds.plaza import PEOPLE, WIDE
from tests.integrations.worlds.privacy import PRIVACY
from tests.integrations.worlds.roles import QUIET_ROLES, SIDE_ROOMS
from tests.integrations.worlds.upkeep import UPKEEP, is_reloaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.simulation.chance import Chance
    from tests.benchmarks.population import Population
    from tests.integrations.worlds.stage import Disturbance

__all__ = ["KINDS", "PLAIN", "Kind"]

_QUIET = Settings(
    voice_grace=30,
    game_grace=40,
    party_grace=50,
    audit_every=0,
    channel_info=False,
    deep_check_budget=0,
    health_check_every=86_400,
)
"""Short graces, so that much ends in minutes; nothing looks, for there is nobody to ask."""

_GAPS = ("bridge", "bridge", "end", 10)


class Kind(NamedTuple):
    """A kind of worlds.

    Attributes:
        name: what to call it.
        people: the guilds, and who is in them.
        settings: draws what the bot goes by.
        disturbances: what goes wrong.
        is_restless: whether people leave guilds and join them again, talk on stages, and whether
            some things are told twice.
        is_sharded: whether the bot has two shards.
        is_hurried: whether people do something nearly each second, of which the bot reads at once.
        has_roles: whether there are roles and channels that do not count, as these come and go.
    """

    name: str
    people: Population
    settings: Callable[[Chance], Settings]
    disturbances: tuple[Disturbance, ...]
    is_restless: bool = False
    is_sharded: bool = False
    is_hurried: bool = False
    has_roles: bool = False

    @property
    def late(self) -> float:
        """How late news may be, in seconds.

        Frames are two on their way, and who stands still for four does not notice. Where all is
        read at once there is no more than what reading takes.
        """
        return 0.1 if self.is_hurried else 6.0


def _quiet(_chance: Chance) -> Settings:
    return _QUIET


def _drawn(chance: Chance) -> Settings:
    """Draw settings by which the bot asks about people, or does not."""
    return msgspec.structs.replace(
        _QUIET,
        voice_grace=chance.choice((0, 30, 30, 60)),
        game_grace=chance.choice((0, 40, 40)),
        party_grace=chance.choice((0, 50, 50)),
        deep_check_budget=chance.choice((0, 50)),
        health_check_every=chance.choice((86_400, 20, 60)),
        voice_gap=chance.choice(_GAPS),
        game_gap=chance.choice(_GAPS),
        party_gap=chance.choice(_GAPS),
        orphan_credit=chance.choice(("watched", "midpoint", "detected")),
        heartbeat_every=chance.choice((5, 30)),
        party_chapter=chance.choice((86_400, 86_400, 60)),
        confirm_after=chance.choice((10, 10, 1, 30)),
        party_min_players=chance.choice((2, 2, 3)),
    )


def _hasty(chance: Chance) -> Settings:
    """Draw settings by which people count, and heartbeats come, as soon as they do anything."""
    return msgspec.structs.replace(
        _drawn(chance), confirm_after=1, heartbeat_every=chance.choice((1, 2))
    )


def _audited(chance: Chance) -> Settings:
    """Draw settings by which it looks at whole guilds, and hears of calls, or does not."""
    return msgspec.structs.replace(
        _drawn(chance),
        audit_every=chance.choice((0, 60, 300)),
        audit_identifies_per_day=900,
        channel_info=chance.choice((False, True)),
    )


def _roled(chance: Chance) -> Settings:
    """Draw settings by which some roles and channels do not count."""
    return msgspec.structs.replace(
        _audited(chance), ignored_roles=QUIET_ROLES, ignored_channels=SIDE_ROOMS
    )


PLAIN = Kind("plain", PEOPLE, _quiet, (*CONNECTION, is_reloaded))
_ROUGH = (*CONNECTION, is_reloaded, *GUILDS, *DEATHS, *DISK, *UPKEEP)
_REFUSED = (*CONNECTION, is_reloaded, *DEATHS, *12 * (has_a_ledger_that_refuses,))
_HURRIED = (*CONNECTION, is_reloaded, *GUILDS, *DEATHS, *2 * (is_killed_within_a_second,), is_set)

KINDS = {
    kind.name: kind
    for kind in (
        PLAIN,
        Kind("rough", PEOPLE, _drawn, _ROUGH, is_restless=True),
        Kind("set", PEOPLE, _drawn, (*CONNECTION, is_reloaded, is_set)),
        Kind("wide", WIDE, _audited, _ROUGH, is_restless=True),
        Kind("sharded", WIDE, _audited, _ROUGH, is_restless=True, is_sharded=True),
        Kind("hurried", PEOPLE, _hasty, _HURRIED, is_hurried=True),
        Kind("private", PEOPLE, _drawn, (*_ROUGH, *3 * PRIVACY), is_restless=True),
        Kind("refused", PEOPLE, _drawn, _REFUSED, is_restless=True),
        Kind("roled", WIDE, _roled, (*_ROUGH, *PRIVACY), is_restless=True, has_roles=True),
    )
}
"""By their names; what each number of a kind draws is the same each time."""
