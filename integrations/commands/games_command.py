"""``/juegos``: what the server plays, and when people are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from integrations import charts
from integrations.charts.orders import GamesOrder, HeatMapOrder
from integrations.commands.display import shown
from integrations.commands.drawing import drawn
from integrations.commands.pages import PAGE, Shown, buttons, page_of
from integrations.commands.reply import Answer, Picture, card, plain
from integrations.statistics.charted import HeatMap, heat_map
from integrations.statistics.sums import GameTotal, by_game
from integrations.words.catalogue import say
from integrations.words.sureness import doubt
from persistence.beside_the_loop import beside_the_loop, let_go_of

if TYPE_CHECKING:
    import discord

    from integrations.charts import Look
    from integrations.charts.orders import Order
    from integrations.commands.desk import Question
    from integrations.words.wording import Language

__all__ = ["games_answer"]


class _Played(NamedTuple):
    games: list[GameTotal]
    hours: HeatMap


async def games_answer(
    question: Question, guild: discord.Guild, look: Look, shown_page: Shown
) -> Answer:
    """Return a page of the games of a server, with the charts on the first."""
    language = question.language
    title = say(language, "games.title")
    played = await question.worked_out(_work_out)
    if not played.games:
        return plain(f"**{title}**\n{say(language, 'games.nothing')}")
    page, pages = page_of(shown_page.page, len(played.games))
    first = page * PAGE
    lines = [
        _line(question, number, game)
        for number, game in enumerate(played.games[first : first + PAGE], start=first + 1)
    ]
    footer = say(language, "time.footer", zone=question.zone.key)
    if pages > 1:
        footer = f"{say(language, 'word.page', page=page + 1, pages=pages)} · {footer}"
    heading = f"**{say(language, f'period.{question.period}')}**"
    embed = card(title, "\n".join([heading, "", *lines, *_busiest(played, language)]), footer)
    embed.set_author(name=guild.name)
    view = buttons(shown_page._replace(page=page), pages)
    if page:
        return Answer(embeds=[embed], view=view)
    orders: list[Order] = [GamesOrder(played.games), HeatMapOrder(played.hours)]
    drawings = await drawn(orders, look, question.log_language)
    if drawings is None:
        return Answer(embeds=[embed, _as_text(played, look)], view=view)
    games, hours = drawings
    embed.set_image(url="attachment://juegos.png")
    below = card("")
    below.set_image(url="attachment://horas.png")
    pictures = [Picture("juegos.png", games), Picture("horas.png", hours)]
    return Answer(embeds=[embed, below], pictures=pictures, view=view)


def _work_out(question: Question) -> _Played:
    records = list(beside_the_loop(question.records("game")))
    played = _Played(
        by_game(records, question.window), heat_map(records, question.window, question.zone)
    )
    let_go_of(records)
    return played


def _line(question: Question, number: int, game: GameTotal) -> str:
    language = question.language
    line = say(
        language,
        "games.line",
        place=f"{number}",
        game=shown(language, game.name),
        seconds=game.seconds,
    )
    line += doubt(language, game.uncertain_seconds, game.unbounded)
    line += f" · {say(language, 'word.people', count=game.people)}"
    return f"{line} 🟢" if game.running else line


def _busiest(played: _Played, language: Language) -> list[str]:
    """Return what to write of the busiest hour; of time that nobody knows of there is none."""
    place = played.hours.busiest()
    if place is None:
        return []
    day, hour = charts.weekday(language, place[0]), f"{place[1]}:00"
    return ["", say(language, "games.busiest", day=day, hour=hour)]


def _as_text(played: _Played, look: Look) -> discord.Embed:
    return card(
        say(look.language, "chart.heat_map"),
        charts.heat_map_as_text(played.hours, look),
    )
