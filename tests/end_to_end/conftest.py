"""A scene, and the program; nothing that any of them logs may be a traceback."""

from __future__ import annotations

import logging
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

import pytest

from integrations.loopback import LoopbackDiscord
from tests.end_to_end.program import Program
from tests.end_to_end.scene import Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path


class Run(Protocol):
    """Runs ``latido`` with arguments (``run`` without any) and more environment."""

    def __call__(
        self, *arguments: str, **environment: str
    ) -> AbstractAsyncContextManager[Program]: ...


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Plaza, with its people, and a data folder of its own."""
    async with LoopbackDiscord() as discord:
        plaza = discord.add_guild("Plaza", shard=(0, 2))
        yield Scene(
            discord=discord,
            data_dir=tmp_path / "data",
            plaza=plaza,
            general=plaza.add_voice_channel("General"),
            sala=plaza.add_voice_channel("Sala"),
            chat=plaza.add_text_channel("chat"),
            pino=discord.add_user("Pino", plaza),
            agu=discord.add_user("agu", plaza),
            zeta=discord.add_user("Zeta", plaza),
        )


@pytest.fixture(autouse=True)
def no_traceback(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Fail a test in which anything was logged with an exception."""
    for variable in os.environ:
        if variable.startswith(("LATIDO_", "DISCORD_", "DATA_DIR")):
            monkeypatch.delenv(variable)
    caplog.set_level(logging.DEBUG, logger="latido")
    yield
    reconnecting = {"discord.client", "discord.shard"}
    told = [r for r in caplog.get_records("call") if r.exc_info and r.name not in reconnecting]
    assert not told, [r.getMessage() for r in told]


@pytest.fixture
def program(scene: Scene, tmp_path: Path) -> Run:
    """Run ``latido`` as a process of its own, which is gone at the end."""

    @asynccontextmanager
    async def run(*arguments: str, **environment: str) -> AsyncIterator[Program]:
        running = await Program.start(scene, tmp_path, arguments or ("run",), environment)
        try:
            yield running
        finally:
            await running.is_gone()

    return run
