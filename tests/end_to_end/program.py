"""``latido`` as a process of its own, told when to stop and read from its standard error."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import integrations
from integrations.loopback.server import PATIENCE

if TYPE_CHECKING:
    from tests.end_to_end.scene import Scene

_ROOT = Path(integrations.__file__).parents[1]
_numbers = count(1)

QUICK_ENVIRONMENT = {
    "LATIDO_ANNOUNCE_AFTER": "0.05",
    "LATIDO_CONFIRM_AFTER": "0.15",
    "LATIDO_VOICE_GRACE": "0",
    "LATIDO_GAME_GRACE": "0",
    "LATIDO_PARTY_GRACE": "0",
    "LATIDO_EVENT_DELAY": "0.1",
    "LATIDO_HEARTBEAT_EVERY": "0.1",
    "LATIDO_CHANNEL_INFO": "false",
    "LATIDO_AUDIT_EVERY": "0",
}


@dataclass
class Program:
    """A running ``latido``.

    Attributes:
        scene: the stand-in it talks to.
        out, err: files with what it prints.
    """

    process: asyncio.subprocess.Process
    scene: Scene
    out: Path
    err: Path

    @classmethod
    async def start(
        cls,
        scene: Scene,
        folder: Path,
        arguments: tuple[str, ...],
        environment: dict[str, str],
        module: str = "integrations.cli",
    ) -> Program:
        """Start it in ``folder``, pointed at the scene's stand-in and data folder."""
        number = next(_numbers)
        out, err = folder / f"out-{number}.txt", folder / f"err-{number}.txt"
        merged = {
            **os.environ,
            "PYTHONPATH": str(_ROOT),
            "PYTHONUNBUFFERED": "1",
            "DISCORD_TOKEN": scene.discord.token,
            "DISCORD_API_URL": scene.discord.api_url,
            "DATA_DIR": str(scene.data_dir),
            **QUICK_ENVIRONMENT,
            **environment,
        }
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                module,
                *arguments,
                cwd=folder,
                env={name: value for name, value in merged.items() if value != _UNSET},
                stdout=stdout,
                stderr=stderr,
            )
        return cls(process, scene, out, err)

    @property
    def said(self) -> str:
        """Everything on standard error so far."""
        return self.err.read_text(encoding="utf-8")

    @property
    def lines(self) -> list[str]:
        """The messages on standard error, without time, logger and level."""
        return [line.split(" - ", 3)[-1] for line in self.said.splitlines()]

    async def says(self, text: str, times: int = 1) -> None:
        """Wait until ``text`` stands on standard error so many times."""
        await self.scene.until(
            lambda: self.said.count(text) >= times or self.process.returncode is not None
        )
        assert self.said.count(text) >= times, self.said

    async def watches(self) -> None:
        """Wait until it is connected and has heard of every guild."""
        await self.scene.discord.connected()
        await self.scene.heard()

    async def status(self) -> int:
        """Wait for its end; return the exit status, having seen no traceback."""
        async with asyncio.timeout(PATIENCE):
            status = await self.process.wait()
        assert "Traceback" not in self.said, self.said
        return status

    async def stops(self, signal_number: int) -> int:
        """Send it a signal; return its exit status."""
        self.process.send_signal(signal_number)
        return await self.status()

    async def is_gone(self) -> None:
        """Kill it where it still runs."""
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        assert "Traceback" not in self.said, self.said


_UNSET = "-unset-"
UNSET = _UNSET
"""Set a variable to this and the process does not have it."""
