"""``/sesiones``: who is in voice and playing now, for how long, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.commands.display import channel_shown, moment, person_shown, shown, sure
from integrations.commands.pages import PAGE, Shown, buttons, page_of
from integrations.commands.reply import Answer, card, plain
from integrations.statistics.records import so_far
from integrations.words.catalogue import say
from machines import KINDS, GameSession, PartySession, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import discord

    from integrations.words.wording import Language
    from machines import AnySession, Instant, Record

__all__ = ["sessions_answer"]

_NAMES = 8
"""So many players of a party are named; the others are counted."""


def sessions_answer(
    sessions: Iterable[AnySession],
    now: Instant,
    guild: discord.Guild,
    hidden: Collection[int],
    shown_page: Shown,
) -> Answer:
    """Return a page of the live sessions, voice first, the longest first."""
    language = shown_page.language
    live = [one for one in sessions if one.is_live and not _is_hidden(one, hidden)]
    live.sort(key=lambda one: (KINDS.index(one.kind), one.started_at, one.id))
    title = say(language, "sessions.title")
    if not live:
        return plain(f"**{title}**\n{say(language, 'sessions.nothing')}")
    page, pages = page_of(shown_page.page, len(live))
    lines = [
        _line(one, so_far(one, now), guild, language, hidden)
        for one in live[page * PAGE : (page + 1) * PAGE]
    ]
    footer = say(language, "sessions.footer")
    if pages > 1:
        footer = f"{say(language, 'word.page', page=page + 1, pages=pages)} · {footer}"
    embed = card(title, "\n".join(lines), footer)
    embed.set_author(name=guild.name)
    return Answer(embeds=[embed], view=buttons(shown_page._replace(page=page), pages))


def _is_hidden(session: AnySession, hidden: Collection[int]) -> bool:
    if isinstance(session, PartySession):
        return all(player.user_id in hidden for player in session.players)
    return session.user_id in hidden


def _line(
    session: AnySession,
    record: Record,
    guild: discord.Guild,
    language: Language,
    hidden: Collection[int],
) -> str:
    notes = [_what(session, record, guild, language, hidden)]
    notes.append(sure(language, record.uncertain_seconds))
    if session.absent_since is not None:
        notes.append(say(language, "sessions.away", at=moment(session.absent_since, "R")))
    elif session.unwatched_since is not None:
        notes.append(say(language, "sessions.unwatched", at=moment(session.unwatched_since, "R")))
    return " · ".join(notes)


def _what(
    session: AnySession,
    record: Record,
    guild: discord.Guild,
    language: Language,
    hidden: Collection[int],
) -> str:
    match session:
        case VoiceSession():
            return say(
                language,
                "sessions.voice",
                username=person_shown(language, guild, session.user_id, session.username),
                channel=channel_shown(language, guild, session.channel_id, session.channel_name),
                seconds=record.seconds,
            )
        case GameSession():
            form = "game" if session.activity_type == "playing" else session.activity_type
            return say(
                language,
                f"sessions.{form}",
                username=person_shown(language, guild, session.user_id, session.username),
                game=shown(language, session.game_name),
                seconds=record.seconds,
            )
        case PartySession():
            there = {
                player.user_id: person_shown(language, guild, player.user_id, player.username)
                for player in session.players
                if player.ended_at is None and player.user_id not in hidden
            }
            names = list(there.values())
            if len(names) > _NAMES:
                others = say(language, "word.others", count=len(names) - _NAMES + 1)
                names = [", ".join(names[: _NAMES - 1]) + f" {others}"]
            return say(
                language,
                "sessions.party",
                game=shown(language, session.game_name),
                seconds=record.seconds,
                players=names,
            )
