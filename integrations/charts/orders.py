"""What a process is asked to draw (``python -m integrations.charts``): JSON in, PNGs out."""

from __future__ import annotations

from typing import Final

import msgspec

from integrations.charts.look import Look, Theme
from integrations.statistics.charted import Bars, HeatMap, PartyTimeline
from integrations.statistics.sums import GameTotal
from integrations.words.wording import Language

__all__ = [
    "PATIENCE",
    "BarsOrder",
    "GamesOrder",
    "HeatMapOrder",
    "Order",
    "PartyOrder",
    "Sheet",
    "sheet_of",
]

PATIENCE: Final = 30.0
"""Seconds after which a process that draws is given up, and gives up by itself."""


class BarsOrder(msgspec.Struct, frozen=True, tag="bars"):
    """One person's time in bars."""

    bars: Bars
    title: str


class HeatMapOrder(msgspec.Struct, frozen=True, tag="heat_map"):
    """The hours of the week; without a ``title`` they are everybody's."""

    hours: HeatMap
    title: str | None = None


class GamesOrder(msgspec.Struct, frozen=True, tag="games"):
    """The most played games."""

    games: list[GameTotal]


class PartyOrder(msgspec.Struct, frozen=True, tag="party"):
    """Who was in a party when."""

    party: PartyTimeline


Order = BarsOrder | HeatMapOrder | GamesOrder | PartyOrder


class Sheet(msgspec.Struct, frozen=True):
    """The charts of one answer, all in one look."""

    orders: list[Order]
    theme: Theme
    language: Language
    zone: str


def sheet_of(orders: list[Order], look: Look) -> Sheet:
    """Return the sheet of these charts; the zone must have a key, as zones by name have."""
    return Sheet(orders, look.theme, look.language, look.zone.key)
