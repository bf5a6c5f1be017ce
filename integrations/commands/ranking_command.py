"""``/ranking``: who spent the most time, in pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from integrations.commands.display import person_shown
from integrations.commands.pages import PAGE, Shown, buttons, page_of
from integrations.commands.reply import Answer, card, plain
from integrations.statistics.ranking import Place, rank
from integrations.words.catalogue import say
from integrations.words.sureness import doubt
from persistence.beside_the_loop import beside_the_loop, let_go_of

if TYPE_CHECKING:
    import discord

    from integrations.commands.desk import Question

__all__ = ["ranking_answer"]

_MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}


class _Standing(NamedTuple):
    """A page of a ranking, and the place of whoever asks."""

    page: int
    pages: int
    places: list[Place]
    own: Place | None


async def ranking_answer(
    question: Question, guild: discord.Guild, asker_id: int, shown: Shown
) -> Answer:
    """Return a page of the ranking of one kind, and where the asker stands in it."""
    language = question.language
    found = await question.worked_out(_work_out, shown, asker_id)
    title = say(language, "ranking.title", kind=say(language, f"kind.{shown.kind}"))
    if not found.places:
        return plain(f"**{title}**\n{say(language, 'ranking.nothing')}")
    lines = [_line(question, guild, place) for place in found.places]
    if found.own is not None:
        own, seconds = found.own.place, found.own.total.seconds
        lines += ["", say(language, "ranking.you", place=own, seconds=seconds)]
    heading = f"**{say(language, f'period.{question.period}')}**"
    footer = say(language, "time.footer", zone=question.zone.key)
    if found.pages > 1:
        footer = f"{say(language, 'word.page', page=found.page + 1, pages=found.pages)} · {footer}"
    embed = card(title, "\n".join([heading, "", *lines]), footer)
    embed.set_author(name=guild.name)
    return Answer(embeds=[embed], view=buttons(shown._replace(page=found.page), found.pages))


def _work_out(question: Question, shown: Shown, asker_id: int) -> _Standing:
    places = rank(question.records(shown.kind), shown.kind, question.window)
    page, pages = page_of(shown.page, len(places))
    own = next((place for place in beside_the_loop(places) if place.user_id == asker_id), None)
    found = _Standing(page, pages, places[page * PAGE : (page + 1) * PAGE], own)
    let_go_of(places)
    return found


def _line(question: Question, guild: discord.Guild, place: Place) -> str:
    language, total = question.language, place.total
    line = say(
        language,
        "ranking.line",
        place=_MEDALS.get(place.place, f"`{place.place:>3}.`"),
        username=person_shown(language, guild, place.user_id, total.username),
        seconds=total.seconds,
    )
    line += doubt(language, total.uncertain_seconds, total.unbounded)
    return f"{line} 🟢" if total.running else line
