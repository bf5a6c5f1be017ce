"""Discord's answers to what the bot asks: late, or of a moment before, or wrong, or none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn
from unittest import mock

import discord
import msgspec

from integrations.evidence.audit.gateway_session import AuditError, GuildSeen
from integrations.gateway.guild_payload import GuildPayload
from tests.benchmarks.population import frame

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from discord.http import Route

    from integrations.evidence.audit.plan import Target
    from machines import Instant
    from tests.integrations.worlds.plaza import Square
    from tests.integrations.worlds.stage import Stage

__all__ = ["Answers"]

_UNKNOWN_VOICE_STATE = 10065
_REQUEST_MEMBERS = 8
_ASKED = {_REQUEST_MEMBERS: "GUILD_MEMBERS_CHUNK", 43: "CHANNEL_INFO"}
"""The operations that are answered, and by what."""

_TAKES = (0.1, 0.5, 2.0, 4.0)
"""Seconds until there is an answer."""

_TOO_LONG = 20.0
"""Seconds: longer than anybody waits for one."""


class Answers:
    """Answers by what is true in a world, as Discord does."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def voice_state(self, guild_id: int, user_id: int) -> dict[str, Any]:
        """Answer Get User Voice State.

        Raises:
            discord.NotFound: they are in no channel.
            discord.HTTPException: it is not known, or something is amiss.
        """
        stage, square = self._stage, self._stage.square(guild_id)
        is_of_before = stage.chance.happens(0.5)
        pause = stage.chance.choice(_TAKES)
        where = stage.plaza.place_of(user_id, square) if is_of_before else None
        is_known = not self._is_out(square)
        await asyncio.sleep(pause)
        if not is_of_before:
            where, is_known = stage.plaza.place_of(user_id, square), not self._is_out(square)
        if stage.chance.happens(0.1):
            await asyncio.sleep(_TOO_LONG)
        if not is_known or stage.chance.happens(0.1):
            _refuse(discord.HTTPException, 500, 0)
        if where is None:
            _refuse(discord.NotFound, 404, _UNKNOWN_VOICE_STATE)
        return {"channel_id": str(where), "user_id": str(user_id)}

    async def sent(self, data: dict[str, Any]) -> None:
        """Answer Request Guild Members or Channel Info over the same connection, or never."""
        if data["op"] not in _ASKED or self._stage.chance.happens(0.25):
            return
        asked = data["d"]
        square = self._stage.square(int(asked["guild_id"]))
        event, told = _ASKED[data["op"]], self._calls(square)
        if data["op"] == _REQUEST_MEMBERS:
            told = self._members(square, asked)
        self._stage.sends(square.id, frame(event, {"guild_id": str(square.id), **told}))

    def _calls(self, square: Square) -> dict[str, Any]:
        calls = square.calls.items()
        return {"channels": [{"id": str(each), "voice_start_time": at} for each, at in calls]}

    def _members(self, square: Square, asked: dict[str, Any]) -> dict[str, Any]:
        wanted = [int(each) for each in asked["user_ids"]]
        here = [each for each in wanted if each in square.members]
        shown = [self._stage.plaza.presence_of(each) for each in here]
        return {
            "nonce": asked["nonce"],
            "members": [square.members[each].member for each in here],
            "presences": shown,
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [str(each) for each in wanted if each not in square.members],
        }

    async def gateway(self, _route: Route, **_options: object) -> dict[str, Any]:
        """Answer Get Gateway Bot."""
        await asyncio.sleep(0.1)
        limit = {"total": 1_000, "remaining": 1_000, "reset_after": 0, "max_concurrency": 1}
        return {"url": "wss://localhost", "shards": 1, "session_start_limit": limit}

    async def guilds(
        self,
        _http: object,
        _identity: object,
        target: Target,
        now: Callable[[], Instant],
        take: Callable[[GuildSeen], Awaitable[None]],
        *,
        all_of_them: bool,
    ) -> None:
        """Tell an audit of its guilds, as ``read_guilds`` does.

        Raises:
            AuditError: the connection breaks off.
        """
        chance, asked_at = self._stage.chance, now()
        for square in self._stage.plaza.squares:
            if not (all_of_them or square.id in target.guild_ids) or self._is_out(square):
                continue
            told = msgspec.convert(self._stage.plaza.create(square), GuildPayload, strict=False)
            await asyncio.sleep(chance.choice(_TAKES))
            if chance.happens(0.1):
                raise AuditError("The connection of an audit broke off.")
            await take(GuildSeen(told, asked_at, now()))

    def _is_out(self, square: Square) -> bool:
        return square.id in self._stage.wire_of(square).out


def _refuse(error: type[discord.HTTPException], status: int, code: int) -> NoReturn:
    response = mock.Mock(status=status, reason="")
    raise error(response, {"code": code, "message": ""})
