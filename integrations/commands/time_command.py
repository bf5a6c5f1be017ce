"""``/tiempo``: how long one person was in voice, in games and in parties."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from integrations import charts
from integrations.charts.orders import BarsOrder, HeatMapOrder
from integrations.commands.display import channel_shown, shown, shown_plainly
from integrations.commands.drawing import drawn
from integrations.commands.reply import Answer, Picture, card, plain
from integrations.statistics.charted import Bars, HeatMap, bars_of, heat_map
from integrations.statistics.period import buckets
from integrations.statistics.sums import GameTotal, Total, by_channel, by_game, by_person
from integrations.words.catalogue import say
from integrations.words.sureness import how_sure
from integrations.words.wording import duration
from machines import KINDS, Kind
from persistence.beside_the_loop import beside_the_loop, let_go_of

if TYPE_CHECKING:
    import discord

    from integrations.charts import Look
    from integrations.charts.orders import Order
    from integrations.commands.desk import Question
    from integrations.words.wording import Language

__all__ = ["time_answer"]

SIGNS: dict[Kind, str] = {"voice": "🔊", "game": "🎮", "party": "🎉"}
_LISTED = 5


class _Time(NamedTuple):
    totals: dict[Kind, Total]
    games: list[GameTotal]
    channels: list[tuple[int, str, float]]
    bars: Bars
    hours: HeatMap


async def time_answer(
    question: Question,
    guild: discord.Guild,
    person: discord.Member | discord.User,
    kind: Kind | None,
    look: Look,
) -> Answer:
    """Return what ``/tiempo`` shows of a person, of one kind or of all."""
    language = question.language
    found = await question.worked_out(_work_out, person.id, kind)
    name = shown(language, person.display_name)
    if not found.totals:
        return plain(say(language, "time.nothing", username=name))
    embed = card(
        say(language, "time.title", username=name),
        f"**{say(language, f'period.{question.period}')}**",
        say(language, "time.footer", zone=question.zone.key),
    )
    embed.set_author(name=guild.name)
    for one, total in found.totals.items():
        title = f"{SIGNS[one]} {say(language, f'kind.{one}')}"
        embed.add_field(name=title, value=_total(language, total))
    _add_lists(embed, found, language, guild)
    return await _with_charts(embed, found, person, look, question.log_language)


def _work_out(question: Question, user_id: int, kind: Kind | None) -> _Time:
    records = list(beside_the_loop(question.records(kind, user_id)))
    totals = by_person(records, question.window, only=user_id)
    kinds = [one for one in KINDS if (user_id, one) in totals]
    grain, bars = buckets(question.period, question.now, question.zone)
    found = _Time(
        {one: totals[user_id, one] for one in kinds},
        by_game((one for one in records if one.kind == "game"), question.window),
        by_channel(records, question.window),
        bars_of(records, user_id, grain, bars, kinds),
        heat_map(
            (one for one in records if one.user_id == user_id), question.window, question.zone
        ),
    )
    let_go_of(records)
    return found


def _total(language: Language, total: Total) -> str:
    lines = [f"**{duration(total.seconds)}**{' 🟢' if total.running else ''}"]
    lines += how_sure(language, total.uncertain_seconds, total.unbounded)
    lines.append(say(language, "word.sessions", count=total.sessions))
    return "\n".join(lines)


def _add_lists(
    embed: discord.Embed, found: _Time, language: Language, guild: discord.Guild
) -> None:
    games = [
        f"{shown(language, game.name)} · {duration(game.seconds)}" for game in found.games[:_LISTED]
    ]
    channels = [
        f"{channel_shown(language, guild, channel_id, name)} · {duration(seconds)}"
        for channel_id, name, seconds in found.channels[:_LISTED]
    ]
    for key, lines, total in (
        ("time.channels", channels, len(found.channels)),
        ("time.top", games, len(found.games)),
    ):
        if total > _LISTED:
            lines.append(say(language, "word.others", count=total - _LISTED))
        if lines:
            embed.add_field(name=say(language, key), value="\n".join(lines), inline=True)


async def _with_charts(
    embed: discord.Embed,
    found: _Time,
    person: discord.Member | discord.User,
    look: Look,
    log_language: Language,
) -> Answer:
    name = shown_plainly(look.language, person.display_name)
    title = say(look.language, "chart.bars", username=name)
    orders: list[Order] = [BarsOrder(found.bars, title)]
    if found.bars.grain != "hour":
        whose = say(look.language, "chart.heat_map.of", username=name)
        orders.append(HeatMapOrder(found.hours, whose))
    drawings = await drawn(orders, look, log_language)
    if drawings is None:
        embed.add_field(
            name=say(look.language, f"chart.bars.{found.bars.grain}"),
            value=charts.bars_as_text(found.bars, look),
            inline=False,
        )
        return Answer(embeds=[embed])
    names = ("tiempo.png", "horas.png")
    pictures = [Picture(name, png) for name, png in zip(names, drawings, strict=False)]
    embed.set_image(url="attachment://tiempo.png")
    embeds = [embed]
    if len(pictures) > 1:
        hours = card("")
        hours.set_image(url="attachment://horas.png")
        embeds.append(hours)
    return Answer(embeds=embeds, pictures=pictures)
