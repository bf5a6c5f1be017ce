"""The parts of discord.py without a public face: what is relied on, and life without it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from integrations.clocks import Clocks
from integrations.gateway.internals import LastFrames

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
