"""Asking a connection for a sign of life, as the real discord.py does it."""

from __future__ import annotations

import contextlib
import logging
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from unittest import mock

import discord as discord_py
import pytest

from integrations.clocks import Clocks
from integrations.gateway.internals import LastFrames
from integrations.loopback import LoopbackDiscord
from tests.integrations.loopback.bots import Bot, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def beating(every: float | None = None) -> AsyncIterator[tuple[LoopbackDiscord, Bot, Any]]:
    """Yield a bot that is connected, and what beats for it."""
    async with LoopbackDiscord() as discord:
        discord.gateway.heartbeat_interval = every or discord.gateway.heartbeat_interval
        discord.add_guild("Plaza")
        bot = Bot()
        async with running(discord, bot):
            handler = bot.ws._keep_alive  # noqa: SLF001 - no public name
            assert handler is not None
            yield discord, bot, handler


async def test_a_heartbeat_sent_between_two_of_discord_py_leaves_its_latency_true(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with beating() as (discord, bot, handler):
        handler._last_send = time.perf_counter() - 3600  # noqa: SLF001 - no public name
        frames = LastFrames(bot, Clocks())
        assert frames.remember(None)
        answers = len(discord.journal.received_ops(1))
        with caplog.at_level(logging.WARNING, "discord.gateway"):
            await frames.refresh(None, 5)
        assert len(discord.journal.received_ops(1)) == answers + 1
        assert bot.latency < 3600
    assert "Can't keep up" not in caplog.text


async def test_each_heartbeat_of_discord_py_is_told_of_and_so_is_its_answer() -> None:
    told: list[tuple[int | None, float]] = []
    async with beating(every=0.4) as (discord, bot, handler):
        frames = LastFrames(bot, Clocks(), lambda *beat: told.append(beat))
        assert frames.remember(None)
        assert told == [(None, 0.4)]  # that it is there shows as much
        before = len(discord.journal.received_ops(1))
        await discord.until(lambda: len(discord.journal.received_ops(1)) > before)
        await discord.until(lambda: len(told) > 3)
        assert set(told) == {(None, 0.4)}
        frames.leave()
        assert "ack" not in vars(handler)


class _Unread:
    """A connection that nobody reads; the answer to an earlier heartbeat lies in it first."""

    def __init__(self, frames: list[str]) -> None:
        self._keep_alive = self
        self._last_recv = 0.0
        self.ws = self
        self.frames = frames
        self.read: list[str] = []

    def beat(self) -> dict[str, int]:
        return {"op": 1}

    def ack(self) -> None:
        """Hear that a heartbeat was answered."""

    async def send_heartbeat(self, _payload: object) -> None:
        self.frames.append("answer")

    send_as_json = send_heartbeat

    async def poll_event(self) -> None:
        self.read.append(self.frames.pop(0))
        self._last_recv += 1
        if self.read[-1] == "answer":
            self.ack()


def _frames_of(connection: object) -> LastFrames:
    state = SimpleNamespace(_get_websocket=lambda **_: connection)
    return LastFrames(cast("discord_py.Client", SimpleNamespace(_connection=state)), Clocks())


async def test_where_nobody_reads_all_is_read_that_came_before_the_last_answer() -> None:
    connection = _Unread([])
    frames = _frames_of(connection)
    assert frames.remember(None)
    await connection.send_heartbeat(connection.beat())  # whoever read it was cancelled
    await connection.send_as_json(connection.beat())  # as when Discord asks for one
    connection.frames.append("a leave")
    assert frames.remember(None)
    await frames.refresh(None, 5, is_last=True)
    assert connection.read == ["answer", "answer", "a leave", "answer"]


async def test_a_heartbeat_that_a_closed_connection_does_not_take_harms_nobody() -> None:
    async with beating() as (_discord, bot, _handler):
        frames = LastFrames(bot, Clocks())
        assert frames.remember(None)
        closed = discord_py.ConnectionClosed(bot.ws.socket, shard_id=None, code=4014)
        bot.ws.send_heartbeat = mock.AsyncMock(side_effect=closed)  # type: ignore[method-assign]
        await frames.refresh(None, 5, is_last=True)
        assert frames.at(None) is not None


@pytest.mark.parametrize("missing", ["ws", "beat", "send_heartbeat"])
async def test_where_discord_py_has_none_the_last_frame_is_known_all_the_same(missing: str) -> None:
    connection = SimpleNamespace(_last_recv=1.0, beat=dict, send_heartbeat=mock.AsyncMock())
    connection.ws = connection
    connection._keep_alive = connection  # noqa: SLF001 - a fake one
    delattr(connection, missing)
    frames = _frames_of(connection)
    assert frames.remember(None)
    await frames.refresh(None, 5, is_last=True)
    assert frames.at(None) is not None


async def test_where_no_frame_is_noted_none_is_asked_for() -> None:
    connection = _Unread([])
    del connection._last_recv  # noqa: SLF001 - the fake's own
    frames = _frames_of(connection)
    assert frames.remember(None)
    await frames.refresh(None, 5)
    assert frames.at(None) is None


@pytest.mark.parametrize("missing", ["send_heartbeat", "send_as_json", "ack"])
async def test_where_heartbeats_cannot_be_counted_all_count_as_answered(missing: str) -> None:
    names = {"send_heartbeat", "send_as_json", "ack"} - {missing}
    whole = _Unread([])
    parts = {name: getattr(whole, name) for name in names}
    connection = SimpleNamespace(_last_recv=0.0, beat=whole.beat, **parts)
    connection.ws = connection
    connection._keep_alive = connection  # noqa: SLF001 - a fake one
    frames = _frames_of(connection)
    assert frames.remember(None)
    assert {name: getattr(connection, name) for name in names} == parts
    assert frames._beats[None].is_answered  # noqa: SLF001 - nobody else is to be asked


async def test_a_connection_is_left_as_it_was_however_often_somebody_counted() -> None:
    async with beating() as (_discord, bot, handler):
        before = {*vars(bot.ws)}, {*vars(handler)}
        for frames in (LastFrames(bot, Clocks()), LastFrames(bot, Clocks())):
            assert frames.remember(None)
            assert "ack" in vars(handler)
            frames.leave()
            assert ({*vars(bot.ws)}, {*vars(handler)}) == before
            assert frames.at(None) is not None


async def test_whoever_wrapped_a_connection_meanwhile_stays_in_place() -> None:
    connection = _Unread([])
    frames = _frames_of(connection)
    assert frames.remember(None)
    inner, heard = connection.ack, []

    def wrapped() -> None:
        heard.append("an answer")
        inner()

    connection.ack = wrapped  # type: ignore[method-assign]
    frames.leave()
    connection.ack()
    assert heard == ["an answer"]
    assert {"send_heartbeat", "send_as_json", "ack"} & {*vars(connection)} == {"ack"}
