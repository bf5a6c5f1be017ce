"""``/ranking``: who spent the most time, in pages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from integrations.commands.display import person_shown, sure
from integrations.commands.pages import PAGE, Shown, buttons, page_of
from integrations.commands.reply import Answer, card, plain
from integrations.statistics.ranking import Place, rank
from integrations.turns import let_go
from integrations.words.catalogue import say

if TYPE_CHECKING:
    import discord

    from integrations.commands.desk import Question

__all__ = ["ranking_answer"]

_MEDALS = {1: "🥇", 2: "🥈", 3: "🥉"}


async def ranking_answer(
    question: Question, guild: discord.Guild, asker_id: int, shown: Shown
) -> Answer:
    """Return a page of the ranking of one kind, and where the asker stands in it."""
    language = question.language
    records = question.records(shown.kind)
    places = await asyncio.to_thread(rank, records, shown.kind, question.window)
    title = say(language, "ranking.title", kind=say(language, f"kind.{shown.kind}"))
    if not places:
        return plain(f"**{title}**\n{say(language, 'ranking.nothing')}")
    page, pages = page_of(shown.page, len(places))
    lines = [_line(question, guild, place) for place in places[page * PAGE : (page + 1) * PAGE]]
    own = next((place for place in places if place.user_id == asker_id), None)
    if own is not None:
        seconds = own.total.seconds
        lines += ["", say(language, "ranking.you", place=own.place, seconds=seconds)]
    heading = f"**{say(language, f'period.{question.period}')}**"
    footer = say(language, "time.footer", zone=question.zone.key)
    if pages > 1:
        footer = f"{say(language, 'word.page', page=page + 1, pages=pages)} · {footer}"
    embed = card(title, "\n".join([heading, "", *lines]), footer)
    embed.set_author(name=guild.name)
    await let_go(places)
    return Answer(embeds=[embed], view=buttons(shown._replace(page=page), pages))


def _line(question: Question, guild: discord.Guild, place: Place) -> str:
    language, total = question.language, place.total
    line = say(
        language,
        "ranking.line",
        place=_MEDALS.get(place.place, f"`{place.place:>3}.`"),
        username=person_shown(language, guild, place.user_id, total.username),
        seconds=total.seconds,
    )
    if total.unbounded:
        line += f" · {say(language, 'sure.unbounded_too', count=total.unbounded)}"
    elif total.uncertain_seconds >= 1:
        line += f" {sure(language, total.uncertain_seconds)}"
    return f"{line} 🟢" if total.running else line
