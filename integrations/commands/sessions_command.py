"""``/sesiones``: who is in voice and playing now, for how long, and how sure that is."""

from __future__ import annotations

from bisect import insort
from itertools import islice
from typing import TYPE_CHECKING

from integrations.commands.display import channel_shown, moment, person_shown, shown
from integrations.commands.pages import PAGE, Shown, buttons, page_of
from integrations.commands.reply import Answer, card, plain
from integrations.statistics.records import taken_down
from integrations.turns import in_turns
from integrations.words.catalogue import say
from integrations.words.sureness import sure
from machines import KINDS, GameSession, PartySession, VoiceSession

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterable

    import discord

    from integrations.words.wording import Language
    from machines import AnySession, Instant, Record

__all__ = ["sessions_answer"]

_NAMES = 8
"""So many players of a party are named; the others are counted."""


async def sessions_answer(
    sessions: Callable[[], Iterable[AnySession]],
    now: Instant,
    guild: discord.Guild,
    hidden: Collection[int],
    shown_page: Shown,
) -> Answer:
    """Return a page of the live sessions, voice first, the longest first.

    They are gone through in turns, twice: to be counted, and for those of the page.
    """
    language = shown_page.language

    async def shown_sessions() -> AsyncIterator[AnySession]:
        async for one in in_turns(sessions()):
            if one.is_live and not _is_hidden(one, hidden):
                yield one

    count = 0
    async for _one in shown_sessions():
        count += 1
    title = say(language, "sessions.title")
    if not count:
        return plain(f"**{title}**\n{say(language, 'sessions.nothing')}")
    page, pages = page_of(shown_page.page, count)
    first = await _first((page + 1) * PAGE, shown_sessions())
    lines: list[str] = []
    async for one in in_turns(first[page * PAGE :]):
        [record] = await taken_down(one, now)
        lines.append(_line(one, record, guild, language, hidden))
    footer = say(language, "sessions.footer")
    if pages > 1:
        footer = f"{say(language, 'word.page', page=page + 1, pages=pages)} · {footer}"
    embed = card(title, "\n".join(lines), footer)
    embed.set_author(name=guild.name)
    return Answer(embeds=[embed], view=buttons(shown_page._replace(page=page), pages))


async def _first(count: int, sessions: AsyncIterator[AnySession]) -> list[AnySession]:
    """Return those that come first, in order; there is never a list of all to be sorted."""
    first: list[AnySession] = []
    async for one in sessions:
        if len(first) < count or _place(one) < _place(first[-1]):
            insort(first, one, key=_place)
            del first[count:]
    return first


def _place(session: AnySession) -> tuple[int, Instant, str]:
    return KINDS.index(session.kind), session.started_at, session.id


def _is_hidden(session: AnySession, hidden: Collection[int]) -> bool:
    if isinstance(session, PartySession):
        return all(player.user_id in hidden for player in session.named)
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
            return say(
                language,
                "sessions.game",
                activity=session.activity_type,
                username=person_shown(language, guild, session.user_id, session.username),
                game=shown(language, session.game_name),
                seconds=record.seconds,
            )
        case PartySession():
            there = {
                player.user_id: player.username
                for player in session.named
                if player.ended_at is None and player.user_id not in hidden
            }
            named = islice(there.items(), _NAMES if len(there) <= _NAMES else _NAMES - 1)
            names = [person_shown(language, guild, *player) for player in named]
            if len(there) > _NAMES:
                others = say(language, "word.others", count=len(there) - _NAMES + 1)
                names = [", ".join(names) + f" {others}"]
            return say(
                language,
                "sessions.party",
                game=shown(language, session.game_name),
                seconds=record.seconds,
                players=names,
            )
