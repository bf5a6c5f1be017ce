"""Channel info: since when the call in each voice channel has been going on.

Discord's gateway answers op 43 ("Request Channel Info") with CHANNEL_INFO, and says by
VOICE_CHANNEL_START_TIME_UPDATE when a call begins or is over. discord.py 2.7 knows neither, so
this module stands beside it: it adds two parsers to ``ConnectionState.parsers`` (looked up for
every frame; one that raises would end ``Client.connect``, so these catch everything) and sends
over the connection that ``ConnectionState._get_websocket`` returns, with the ``send_as_json``
that keeps discord.py's own limit of sends. Tests pin all of that; where it is missing, the bot
works without.

A gateway that does not know op 43 closes with 4001. That costs one RESUME, is noted in
DATA_DIR, and is not tried again.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import discord
import msgspec

from integrations.gateway.sharding import shard_of
from integrations.words.catalogue import say
from machines import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.words.wording import Language
    from machines import Instant

__all__ = ["CallUpdate", "ChannelInfo"]

_REQUEST = 43
_UNKNOWN_OPCODE = 4001
_INFO, _UPDATE = "CHANNEL_INFO", "VOICE_CHANNEL_START_TIME_UPDATE"

_PATIENCE = 2.0
"""Seconds that a verdict waits for CHANNEL_INFO."""

_SILENCES = 3
"""So many requests in a row without an answer, and it is not asked for a while."""

_REST = 3600.0
"""Seconds for which a gateway that does not answer is not asked."""

_log = logging.getLogger("latido")


class CallUpdate(msgspec.Struct):
    """The payload of VOICE_CHANNEL_START_TIME_UPDATE: a call began, or is over (None)."""

    id: int
    guild_id: int
    voice_start_time: int | None = None

    @property
    def goes_on(self) -> bool:
        """Whether it began; otherwise it is over."""
        return self.voice_start_time is not None

    @property
    def started_at(self) -> Instant | None:
        """The whole second in which the call began."""
        return None if self.voice_start_time is None else self.voice_start_time * SECOND


class _ChannelPart(msgspec.Struct):
    id: int
    voice_start_time: int | None = None


class _Info(msgspec.Struct):
    guild_id: int
    channels: list[_ChannelPart]


class ChannelInfo:
    """Asks for the starts of calls, and hands on what comes unasked.

    Attributes:
        is_refused: the gateway closed the connection over op 43: it is not asked any more.
    """

    def __init__(
        self,
        bot: discord.Client,
        language: Language,
        changed: Callable[[CallUpdate], None],
        refused: Callable[[], None],
    ) -> None:
        """Ask over ``bot``'s connection.

        ``changed`` is told of each call that begins or is over; ``refused`` is told once
        where the gateway cannot be asked.
        """
        self._bot = bot
        self._language = language
        self._call_changed = changed
        self._refused = refused
        self._attached = False
        self._waiting: dict[int, asyncio.Future[dict[int, Instant] | None]] = {}
        self._asked_on: dict[int | None, Any] = {}
        self._silences = 0
        self._rests_until = 0.0
        self.is_refused = False

    @property
    def is_asked(self) -> bool:
        """Whether the gateway is asked at the moment."""
        rests = asyncio.get_running_loop().time() < self._rests_until
        return self._attached and not self.is_refused and not rests

    def attach(self) -> bool:
        """Hear the two events; return whether discord.py lets us."""
        parsers: Any = getattr(self._bot._connection, "parsers", None)  # noqa: SLF001 - as above
        sockets: Any = getattr(self._bot._connection, "_get_websocket", None)  # noqa: SLF001 - as above
        if not isinstance(parsers, dict) or not callable(sockets):
            what = "ConnectionState.parsers"
            self._say(logging.WARNING, "internals.changed", what=what, lost=_INFO)
            return False
        if _INFO in parsers or _UPDATE in parsers:
            # A newer discord.py, or somebody else, reads them: they are left alone.
            self._say(logging.WARNING, "channel_info.taken")
            return False
        parsers[_INFO] = partial(self._caught, _INFO, self._answered)
        parsers[_UPDATE] = partial(self._caught, _UPDATE, self._changed)
        self._attached = True
        return True

    def detach(self) -> None:
        """Hear them no more."""
        if self._attached:
            parsers: Any = self._bot._connection.parsers  # noqa: SLF001 - as above
            parsers.pop(_INFO, None)
            parsers.pop(_UPDATE, None)
            self._attached = False
        self._give_up(list(self._waiting))

    async def calls_of(self, guild_id: int) -> dict[int, Instant] | None:
        """Return when the call in each channel began, by channel id.

        The true instant lies within a second after that. None where the gateway cannot be
        asked, is cut off, or does not answer within two seconds.
        """
        if not self.is_asked:
            return None
        answer = self._waiting.get(guild_id)
        try:
            async with asyncio.timeout(_PATIENCE):
                if answer is None:
                    answer = self._waiting[guild_id] = asyncio.get_running_loop().create_future()
                    await self._ask(guild_id)
                return await asyncio.shield(answer)
        except TimeoutError:
            self._note_silence(guild_id)
        except (discord.DiscordException, OSError, RuntimeError, AttributeError, KeyError) as error:
            self._give_up([guild_id])
            _log.debug("Guild %s: channel info cannot be asked for: %r", guild_id, error)
        return None

    def is_cut(self, shard_id: int | None) -> None:
        """A connection is gone: nobody answers on it any more; 4001 means that nobody will."""
        socket = getattr(self._asked_on.pop(shard_id, None), "socket", None)
        if getattr(socket, "close_code", None) == _UNKNOWN_OPCODE and not self.is_refused:
            self.is_refused = True
            self._say(logging.WARNING, "channel_info.refused")
            self._refused()
        self._give_up([guild for guild in self._waiting if self._shard_of(guild) == shard_id])

    async def _ask(self, guild_id: int) -> None:
        connection: Any = self._bot._connection._get_websocket(guild_id)  # noqa: SLF001 - as above
        self._asked_on[self._shard_of(guild_id)] = connection
        asked = {"guild_id": str(guild_id), "fields": ["voice_start_time"]}
        await connection.send_as_json({"op": _REQUEST, "d": asked})

    def _answered(self, data: Any) -> None:  # noqa: ANN401 - discord.py hands over plain JSON
        info = msgspec.convert(data, _Info, strict=False)
        self._silences = 0
        answer = self._waiting.pop(info.guild_id, None)
        if answer is not None and not answer.done():
            answer.set_result(
                {
                    channel.id: channel.voice_start_time * SECOND
                    for channel in info.channels
                    if channel.voice_start_time is not None
                }
            )

    def _changed(self, data: Any) -> None:  # noqa: ANN401 - as above
        self._call_changed(msgspec.convert(data, CallUpdate, strict=False))

    def _caught(self, event: str, parse: Callable[[Any], None], data: Any) -> None:  # noqa: ANN401 - as above
        try:
            parse(data)
        except (msgspec.MsgspecError, TypeError, ValueError) as error:
            _log.warning("%s is not as Discord documents it: %s", event, error)

    def _note_silence(self, guild_id: int) -> None:
        self._give_up([guild_id])
        self._silences += 1
        if self._silences >= _SILENCES:
            self._silences = 0
            self._rests_until = asyncio.get_running_loop().time() + _REST
            self._say(logging.WARNING, "channel_info.silent")

    def _give_up(self, guild_ids: list[int]) -> None:
        for guild_id in guild_ids:
            answer = self._waiting.pop(guild_id, None)
            if answer is not None and not answer.done():
                answer.set_result(None)

    def _shard_of(self, guild_id: int) -> int | None:
        if not isinstance(self._bot, discord.AutoShardedClient):
            return None
        return shard_of(guild_id, self._bot.shard_count or 1)

    def _say(self, level: int, key: str, **values: str) -> None:
        _log.log(level, "%s", say(self._language, key, **values))
