"""Notices: what people are told in a text channel, and taken back where it was too soon."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import discord

from integrations.words.catalogue import say
from machines import NoticeDue, NoticeWithdrawn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from engine import Settings
    from integrations.words.wording import Value

__all__ = ["Notices"]

_log = logging.getLogger("latido.integrations")

_FAILED = (discord.HTTPException, aiohttp.ClientError, OSError)

_Place = discord.TextChannel | discord.Thread | discord.VoiceChannel | discord.StageChannel

_KEPT = 1000
"""So many messages are remembered, in case one has to be deleted."""


class Notices:
    """Sends and deletes notices in the order in which they were asked for.

    A notice goes only to a channel of its own guild. A slow or failing Discord holds up
    nothing but the notices behind it.
    """

    def __init__(self, bot: discord.Client, settings: Settings) -> None:
        """Send as ``bot``, where ``notify_channel_id`` says."""
        self._bot = bot
        self._language = settings.log_language
        self._channel_id = settings.notify_channel_id
        self._queue: asyncio.Queue[NoticeDue | NoticeWithdrawn] = asyncio.Queue(_KEPT)
        self._sent: dict[str, discord.Message] = {}
        self._reported: set[tuple[str, int]] = set()
        self.dropped = 0
        """How many notices were not sent because too many waited."""
        self._task: asyncio.Task[None] | None = None

    def take(self, notice: NoticeDue | NoticeWithdrawn) -> None:
        """Take in a notice to send, or to take back."""
        if self._channel_id is None:
            return
        if self._queue.full():
            self.dropped += 1
            _log.warning("%s", say(self._language, "notify.dropped", count=_KEPT))
            return
        self._queue.put_nowait(notice)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="latido-notices")

    async def close(self) -> None:
        """Stop; what has not been sent is not sent any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while not self._queue.empty():
            notice = self._queue.get_nowait()
            if isinstance(notice, NoticeDue):
                await self._send(notice)
            else:
                await self._delete(notice)

    async def _send(self, notice: NoticeDue) -> None:
        channel = self._channel_of(notice.guild_id)
        if channel is None:
            return
        text = self._text(notice)
        try:
            message = await channel.send(text, allowed_mentions=discord.AllowedMentions.none())
        except discord.Forbidden:
            self._report("notify.no_permission", channel.id, guild_id=notice.guild_id)
        except _FAILED as error:
            _log.warning(
                "%s",
                say(
                    self._language, "notify.failed", channel_id=channel.id, error=_described(error)
                ),
            )
        else:
            if notice.notice == "entry":
                self._remember(notice.session_id, message)

    async def _delete(self, notice: NoticeWithdrawn) -> None:
        message = self._sent.pop(notice.session_id, None)
        if message is None:
            return
        try:
            await message.delete()
        except discord.NotFound:
            _log.debug("The notice of session %s was deleted already.", notice.session_id)
        except _FAILED as error:
            channel_id = message.channel.id
            _log.warning(
                "%s",
                say(
                    self._language, "notify.failed", channel_id=channel_id, error=_described(error)
                ),
            )

    def _remember(self, session_id: str, message: discord.Message) -> None:
        self._sent[session_id] = message
        while len(self._sent) > _KEPT:
            del self._sent[next(iter(self._sent))]

    def _channel_of(self, guild_id: int) -> _Place | None:
        named = self._channel_id
        channel_id = named.get(guild_id) if isinstance(named, dict) else named
        guild = self._bot.get_guild(guild_id)
        if channel_id is None or guild is None:
            return None
        channel = guild.get_channel_or_thread(channel_id)
        if isinstance(channel, _Place):
            return channel
        if isinstance(named, dict):
            self._report("notify.no_channel", channel_id, guild_id=guild_id)
        return None

    def _report(self, key: str, channel_id: int, **values: Value) -> None:
        if (key, channel_id) not in self._reported:
            self._reported.add((key, channel_id))
            text = say(self._language, key, channel_id=channel_id, **values)
            _log.warning("%s", text)

    def _text(self, notice: NoticeDue) -> str:
        values: dict[str, Value] = {
            "username": _plain(notice.username or ""),
            "channel": _plain(notice.channel_name or ""),
            "game": _plain(notice.game_name or ""),
            "activity": notice.activity_type,
            "players": _plain_as_far_as_sent(notice.player_names),
            "seconds": notice.seconds,
        }
        text = say(self._language, f"notice.{notice.kind}.{notice.notice}", **values)
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


_LONGEST = 2000
"""Characters in a message (Discord's documentation, "Create Message")."""


def _described(error: Exception) -> str:
    return str(error) or type(error).__name__


def _plain_as_far_as_sent(names: Iterable[str]) -> list[str]:
    """Return names without what would format them, as many as a message has room for, and one."""
    plain: list[str] = []
    room = _LONGEST
    for name in names:
        plain.append(_plain(name))
        room -= len(plain[-1])
        if room < 0:
            break
    return plain


def _plain(name: str) -> str:
    return discord.utils.escape_markdown(name)
