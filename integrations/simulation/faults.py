"""Faults: what goes wrong and when, drawn before anything begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from integrations.simulation.chance import Chance
from integrations.simulation.intervals import contains
from integrations.simulation.units import HOUR, MINUTE, SECOND, START

if TYPE_CHECKING:
    from integrations.simulation.history import History
    from integrations.simulation.intervals import Interval
    from integrations.simulation.options import Options

__all__ = ["Break", "BreakKind", "Faults", "Outage"]

BreakKind = Literal["stop", "kill", "resume", "reidentify", "sleep"]

_CUTS_PER_HOUR = 0.25
_REIDENTIFIES_PER_HOUR = 0.03
_SLEEPS_PER_HOUR = 0.004
_TROUBLES_PER_HOUR = 0.05
_DROUGHTS_PER_HOUR = 0.02
_OLD_GATEWAYS = 0.1
_APART = 15 * SECOND

_DOWN = ((2 * SECOND, MINUTE), (MINUTE, 30 * MINUTE), (30 * MINUTE, 4 * HOUR))
_DOWN_WEIGHTS = (80, 15, 5)
"""How long a restart takes: a deploy, a repair, a night."""


@dataclass(frozen=True, slots=True)
class Break:
    """A time in which the bot's connection is no use.

    ``stop`` and ``kill``: the process is down; ``resume``: what was missed is replayed;
    ``reidentify``: it is not; ``sleep``: the machine is suspended. ``noticed`` is when the
    bot learns of it, at the earliest.
    """

    kind: BreakKind
    start: int
    end: int
    noticed: int


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which Discord's servers for a guild are down."""

    guild_id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Faults:
    """Everything that will go wrong, apart from what each single event has to fear.

    Attributes:
        breaks: of the connection or the process, one after the other.
        outages: of guilds.
        knows_calls: whether the gateway answers op 43 and says when calls begin.
        troubles: when REST and member queries mostly fail.
        droughts: when no IDENTIFY is left for audits.
        never_sent: events that are lost for certain, as instant and person.
    """

    breaks: tuple[Break, ...] = ()
    outages: tuple[Outage, ...] = ()
    knows_calls: bool = True
    troubles: tuple[Interval, ...] = ()
    droughts: tuple[Interval, ...] = ()
    never_sent: frozenset[tuple[int, int]] = frozenset()

    @classmethod
    def drawn(cls, options: Options, history: History) -> Faults:
        """Draw them by lot.

        They begin while the world is watched, so that every session comes to rest afterwards.
        """
        chance = Chance.of(options.seed, "faults")
        end = START + round(options.hours * HOUR)
        guild_ids = sorted(history.guilds)
        return cls(
            breaks=_apart(_breaks(options, end, chance), end),
            outages=tuple(_outage(guild_ids, end, chance) for _ in range(options.outages)),
            knows_calls=not chance.happens(_OLD_GATEWAYS),
            troubles=_troubles(options.hours * _TROUBLES_PER_HOUR, end, chance),
            droughts=_troubles(options.hours * _DROUGHTS_PER_HOUR, end, chance),
        )

    def rest_fails(self, at: int) -> bool:
        """Return whether Discord's REST interface is in trouble at an instant."""
        return contains(self.troubles, at)

    def identifies_run_out(self, at: int) -> bool:
        """Return whether no IDENTIFY is to be had at an instant."""
        return contains(self.droughts, at)


def _breaks(options: Options, end: int, chance: Chance) -> list[Break]:
    breaks = [_restart(end, chance) for _ in range(options.restarts)]
    breaks += [
        _cut("resume", end, chance, longest=MINUTE)
        for _ in range(_count(options.hours * _CUTS_PER_HOUR, chance))
    ]
    breaks += [
        _cut("reidentify", end, chance, longest=MINUTE)
        for _ in range(_count(options.hours * _REIDENTIFIES_PER_HOUR, chance))
    ]
    for _ in range(_count(options.hours * _SLEEPS_PER_HOUR, chance)):
        start = _instant(end, chance)
        woken = start + chance.randint(20 * SECOND, 30 * MINUTE)
        back = woken + chance.randint(SECOND, 20 * SECOND)
        breaks.append(Break("sleep", start, back, woken))
    return breaks


def _restart(end: int, chance: Chance) -> Break:
    kind: BreakKind = "kill" if chance.happens(0.5) else "stop"
    shortest, longest = chance.choices(_DOWN, _DOWN_WEIGHTS)[0]
    start = _instant(end, chance)
    return Break(kind, start, start + chance.randint(shortest, longest), start)


def _cut(kind: BreakKind, end: int, chance: Chance, *, longest: int) -> Break:
    start = _instant(end, chance)
    silent = chance.randint(0, 40 * SECOND) if chance.happens(0.3) else 0
    noticed = start + silent
    return Break(kind, start, noticed + chance.randint(SECOND, longest), noticed)


def _outage(guild_ids: list[int], end: int, chance: Chance) -> Outage:
    start = _instant(end, chance)
    longest = chance.choice((MINUTE, 10 * MINUTE, HOUR))
    return Outage(chance.choice(guild_ids), start, start + chance.randint(5 * SECOND, longest))


def _troubles(expected: float, end: int, chance: Chance) -> tuple[Interval, ...]:
    found: list[Interval] = []
    for _ in range(_count(expected, chance)):
        start = _instant(end, chance)
        found.append((start, start + chance.randint(5 * MINUTE, 2 * HOUR)))
    return tuple(sorted(found))


def _apart(breaks: list[Break], end: int) -> tuple[Break, ...]:
    """Return them one after the other; one that would begin during another waits for it."""
    placed: list[Break] = []
    free = START + MINUTE
    for one in sorted(breaks, key=lambda one: one.start):
        shift = max(0, free - one.start)
        if one.start + shift >= end:
            continue
        placed.append(Break(one.kind, one.start + shift, one.end + shift, one.noticed + shift))
        free = one.end + shift + _APART
    return tuple(placed)


def _instant(end: int, chance: Chance) -> int:
    return chance.randint(START + MINUTE, max(START + 2 * MINUTE, end - MINUTE))


def _count(expected: float, chance: Chance) -> int:
    whole = int(expected)
    return whole + chance.happens(expected - whole)
