"""Charts: when people are there, what is played, one person's time, one party's timeline.

Drawn with matplotlib, which is the extra ``charts``; without it the same figures are
text (the functions that end in ``_as_text``). Colours can be told apart by the colour-blind
and are chosen for a dark and for a light background; labels are in the language of the look.
Drawing takes a while and holds Python's lock: a bot has it done by a process of its own, with
``python -m integrations.charts`` (:mod:`integrations.charts.orders`).
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from integrations.charts.as_text import (
    bars_as_text,
    games_as_text,
    heat_map_as_text,
    party_as_text,
)
from integrations.charts.look import DARK, LIGHT, Look, Theme
from integrations.charts.words import weekday, weekday_short

if TYPE_CHECKING:
    from integrations.statistics.charted import Bars, HeatMap, PartyTimeline
    from integrations.statistics.sums import GameTotal

__all__ = [
    "DARK",
    "LIGHT",
    "Look",
    "Theme",
    "bars_as_text",
    "bars_png",
    "can_draw",
    "games_as_text",
    "heat_map_as_text",
    "heat_map_png",
    "party_as_text",
    "party_png",
    "top_games_png",
    "weekday",
    "weekday_short",
]


def can_draw() -> bool:
    """Return whether matplotlib is there."""
    return importlib.util.find_spec("matplotlib") is not None


def bars_png(bars: Bars, title: str, look: Look) -> bytes:
    """Return one person's time in bars, as a PNG."""
    from integrations.charts import canvas, draw_bars  # noqa: PLC0415 - matplotlib only where drawn

    return canvas.png(draw_bars.draw(bars, title, look))


def heat_map_png(hours: HeatMap, look: Look, title: str | None = None) -> bytes:
    """Return the hours of the week, as a PNG; without a ``title`` they are everybody's."""
    from integrations.charts import canvas, draw_heat_map  # noqa: PLC0415 - as above

    return canvas.png(draw_heat_map.draw(hours, look, title))


def top_games_png(games: list[GameTotal], look: Look) -> bytes:
    """Return the most played games, as a PNG."""
    from integrations.charts import canvas, draw_games  # noqa: PLC0415 - as above

    return canvas.png(draw_games.draw(games, look))


def party_png(party: PartyTimeline, look: Look) -> bytes:
    """Return who was in a party when, as a PNG."""
    from integrations.charts import canvas, draw_party  # noqa: PLC0415 - as above

    return canvas.png(draw_party.draw(party, look))
