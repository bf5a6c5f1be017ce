"""``/salud``: how the bot is, for those who manage a server, and what they can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.commands.display import moment, shown
from integrations.commands.reply import Answer, card
from integrations.missing_intents import missing_intents
from integrations.permission_needs import needs_in
from integrations.words.catalogue import say
from integrations.words.wording import with_decimal_sign
from machines import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import discord

    from integrations.commands.desk import Desk
    from integrations.evidence.check_figures import CheckDone
    from integrations.permission_needs import Need
    from integrations.words.wording import Language

__all__ = ["health_answer"]

_STALE_AFTER = 2.5
"""Checks are overdue after so many times ``health_check_every``."""


async def health_answer(desk: Desk, guild: discord.Guild, language: Language) -> Answer:
    """Return figures of the checks, the state of the watch, and what there is to do."""
    needs = await needs_in(guild.channels, guild.me, desk.settings)
    embed = card(say(language, "health.title"))
    embed.set_author(name=guild.name)
    figures = desk.tracking.check_figures
    counts = desk.tracking.engine.counts()
    if figures.last_success_at is None:
        last = say(language, "health.check.begun" if figures.checks else "health.check.none")
    else:
        last = say(
            language,
            "health.check.last",
            at=moment(figures.last_success_at, "R"),
            seconds=with_decimal_sign(language, f"{figures.duration:.2f}"),
            lag=with_decimal_sign(language, f"{figures.lag:.1f}"),
        )
    embed.add_field(name=say(language, "health.check"), value=last, inline=False)
    live = say(
        language,
        "health.live.counts",
        voice=counts["voice"],
        games=counts["game"],
        parties=counts["party"],
    )
    embed.add_field(name=say(language, "health.live"), value=live, inline=False)
    found = say(
        language,
        "health.found.counts",
        checks=figures.checks,
        drift=figures.drift.total(),
        unknown=figures.unknown,
        exceptions=figures.exceptions,
    )
    embed.add_field(name=say(language, "health.found"), value=found, inline=False)
    if len(figures.latest) > 1:
        lines = [_check(done, language) for done in figures.latest]
        embed.add_field(name=say(language, "health.latest"), value="\n".join(lines), inline=False)
    watch = desk.tracking.engine.watch_of(guild.id)
    gap = watch.gap_since
    watched = (
        say(language, "health.watch.on")
        if gap is None
        else say(language, "health.watch.gap", at=moment(gap, "R"))
    )
    embed.add_field(name=say(language, "health.watch"), value=watched, inline=False)
    to_do = list(_to_do(desk, needs, language)) or [say(language, "health.nothing_to_do")]
    embed.add_field(name=say(language, "health.to_do"), value="\n".join(to_do)[:1024], inline=False)
    return Answer(embeds=[embed])


def _check(done: CheckDone, language: Language) -> str:
    sign = "🔧" if done.drift else "🌫️" if done.unknown else "✅"
    at = moment(done.at, "R")
    line = say(language, "health.latest.line", at=at, drift=done.drift, unknown=done.unknown)
    return f"{sign} {line}"


def _to_do(desk: Desk, needs: Iterable[Need], language: Language) -> Iterator[str]:
    bot, settings = desk.tracking.bot, desk.settings
    hears_everybody = desk.tracking.hears_everybody
    for key in missing_intents(bot.intents, settings, hears_everybody=hears_everybody):
        yield say(language, key)
    for need in needs:
        yield said(need, language)
    figures = desk.tracking.check_figures
    overdue = desk.now() - seconds(_STALE_AFTER * settings.health_check_every)
    if desk.tracking.engine.registry.count and 0 < (figures.last_success_at or 0) < overdue:
        yield say(language, "health.stale", at=moment(figures.last_success_at or 0, "R"))
    if getattr(desk.tracking.ledger, "pending", 0):  # those of the last try alone
        unwritten = sum(1 for _ in desk.tracking.records_waiting())
        if unwritten:
            yield say(language, "health.unwritten", count=unwritten)


def said(need: Need, language: Language) -> str:
    """Return what is missing, as a sentence."""
    names = [shown(language, name) for name in need.channels]
    return say(
        language,
        need.key,
        channels=names,
        channel=names[0] if names else "",
        count=len(names),
        channel_id=need.channel_id,
    )
