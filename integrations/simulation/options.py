"""What a simulation may be asked for."""

from __future__ import annotations

import msgspec

from integrations.simulation.units import HOUR, START
from machines import to_datetime

__all__ = ["Options", "last_day"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a run; with the same ones it writes the same records, to the byte.

    Attributes:
        hours: how long the world is watched.
        people: how many live in it.
        guilds: how many servers they meet in.
        loss: the probability that an event is never sent.
        restarts: how often the bot stops, cleanly or not, and comes back.
        outages: how often Discord's servers for a guild are down.
        seed: what chance begins with.
    """

    hours: float = 168.0
    people: int = 30
    guilds: int = 2
    loss: float = 0.01
    restarts: int = 2
    outages: int = 2
    seed: int = 1


def last_day(options: Options) -> str:
    """Return the last day that is watched, such as 2026-01-07, in UTC."""
    return to_datetime(START + round(options.hours * HOUR) - 1).date().isoformat()
