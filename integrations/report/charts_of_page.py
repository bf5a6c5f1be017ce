"""The charts of a report as SVG, each with what it shows in words; empty where nothing draws."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from integrations import charts
from integrations.commands.display import shown_plainly
from integrations.words.catalogue import say

if TYPE_CHECKING:
    from integrations.charts import Look
    from integrations.report.figures import PersonBars
    from integrations.statistics.charted import HeatMap, PartyTimeline
    from integrations.statistics.sums import GameTotal

__all__ = ["bars_svg", "games_svg", "heat_map_svg", "party_svg"]


def heat_map_svg(hours: HeatMap, look: Look) -> str:
    """Return the hours of the week."""
    if not charts.can_draw():
        return ""
    from integrations.charts import canvas, draw_heat_map  # noqa: PLC0415 - matplotlib only where drawn

    drawn = canvas.svg(draw_heat_map.draw(hours, look), look, "heat")
    return _labelled(drawn, say(look.language, "chart.heat_map"))


def games_svg(games: list[GameTotal], look: Look) -> str:
    """Return the most played games."""
    if not charts.can_draw():
        return ""
    from integrations.charts import canvas, draw_games  # noqa: PLC0415 - as above

    drawn = canvas.svg(draw_games.draw(games, look), look, "games")
    return _labelled(drawn, say(look.language, "chart.games"))


def bars_svg(person: PersonBars, number: int, look: Look, most: float) -> str:
    """Return one person's time in bars; ``most`` is the longest bar of everybody's, in seconds."""
    if not charts.can_draw():
        return ""
    from integrations.charts import canvas, draw_bars  # noqa: PLC0415 - as above

    name = shown_plainly(look.language, person.username)
    title = say(look.language, "chart.bars", username=name)
    drawn = canvas.svg(draw_bars.draw(person.bars, title, look, most), look, f"bars{number}")
    return _labelled(drawn, title)


def party_svg(party: PartyTimeline, number: int, look: Look, server: int | None) -> str:
    """Return the timeline of a party; ``server``: of which it is, where that is to be said."""
    if not charts.can_draw():
        return ""
    from integrations.charts import canvas, draw_party  # noqa: PLC0415 - as above

    where = "" if server is None else say(look.language, "report.guild", guild_id=server)
    drawn = canvas.svg(draw_party.draw(party, look, where), look, f"party{number}")
    label = say(look.language, "chart.party", game=party.game_name)
    return _labelled(drawn, f"{label} · {where}" if where else label)


def _labelled(svg: str, label: str) -> str:
    return svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(label)}" ', 1)
