"""The parts of discord.py without a public face: what is relied on, and life without it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from integrations.clocks import Clocks
from integrations.gateway import internals
from integrations.gateway.internals import LastFrames, hold_frames

if TYPE_CHECKING:
    import discord


@pytest.mark.parametrize(
    "connection",
    [
        SimpleNamespace(),
        SimpleNamespace(_get_websocket=lambda **_: None),
        SimpleNamespace(_get_websocket=lambda **_: SimpleNamespace()),
        SimpleNamespace(_get_websocket=lambda **_: SimpleNamespace(_keep_alive=None)),
    ],
)
async def test_without_a_keep_alive_handler_the_last_frame_is_not_known(
    connection: object,
) -> None:
    frames = LastFrames(cast("discord.Client", SimpleNamespace(_connection=connection)), Clocks())
    assert not frames.remember(None)
    await frames.refresh(None, 0.01)
    assert frames.at(None) is None


async def test_a_handler_that_notes_no_frames_tells_nothing() -> None:
    handler = SimpleNamespace()
    connection = SimpleNamespace(_get_websocket=lambda **_: SimpleNamespace(_keep_alive=handler))
    frames = LastFrames(cast("discord.Client", SimpleNamespace(_connection=connection)), Clocks())
    assert frames.remember(None)
    assert frames.at(None) is None


class Connection:
    """Has so many frames to be read."""

    def __init__(self) -> None:
        self.read = 0

    async def poll_event(self) -> None:
        self.read += 1


def bot_of(**parts: object) -> discord.Client:
    return cast("discord.Client", SimpleNamespace(_connection=SimpleNamespace(**parts)))


async def test_no_frame_is_read_until_what_it_waits_for_is_done() -> None:
    connection, until = Connection(), asyncio.Event()
    poll = connection.poll_event
    hold_frames(bot_of(_get_websocket=lambda _guild_id: connection), 1, until)
    reading = asyncio.create_task(connection.poll_event())
    await asyncio.sleep(0)
    assert connection.read == 0
    until.set()
    await reading
    await connection.poll_event()
    assert connection.read == 2
    assert connection.poll_event == poll


async def test_a_frame_waits_no_longer_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internals, "_HELD_AT_MOST", 0.0)
    connection = Connection()
    hold_frames(bot_of(_get_websocket=lambda _guild_id: connection), 1, asyncio.Event())
    await connection.poll_event()
    assert connection.read == 1


async def test_whoever_wraps_a_connection_later_stays_in_place() -> None:
    connection, until = Connection(), asyncio.Event()
    hold_frames(bot_of(_get_websocket=lambda _guild_id: connection), 1, until)
    held = connection.poll_event

    async def counted() -> None:
        connection.read += 10
        await held()

    connection.poll_event = counted  # type: ignore[method-assign]
    until.set()
    await connection.poll_event()
    assert connection.read == 11
    assert connection.poll_event is counted


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"_get_websocket": lambda _guild_id: None},
        {"_get_websocket": lambda _guild_id: {}[_guild_id]},
    ],
)
async def test_where_there_is_no_connection_to_hold_on_to_no_frame_waits(
    parts: dict[str, object],
) -> None:
    hold_frames(bot_of(**parts), 1, asyncio.Event())
