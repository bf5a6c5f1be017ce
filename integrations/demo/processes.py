"""The two bots as processes: started, listened to, killed, and never left behind.

Should this process be killed itself, they end by themselves: see :mod:`integrations.tethered`.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from integrations.demo.sentences import tell
from integrations.errors import LatidoError
from integrations.words import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from integrations.loopback import LoopbackDiscord
    from integrations.words.wording import Language, Value

__all__ = ["DATA_DIR", "Bots", "DemoError", "environment_for"]

DATA_DIR = "data"
"""What Latido's DATA_DIR is called, in the folder of the evening."""

_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - \S+ - (?P<level>[A-Z]+) - (?P<text>.*)")
_PATIENCE = 30.0
_PATIENCE_AT_THE_END = 10.0
_LONGEST_LINE = 2**20
_PACKAGES = Path(__file__).resolve().parent.parent.parent


class DemoError(LatidoError):
    """The demo could not be played to its end; the message says why."""


def environment_for(settings: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with ``settings`` in place of any of Latido's in it."""
    own = ("LATIDO_", "DISCORD_", "DATA_DIR")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    path = [
        str(Path(part).resolve())
        for part in os.environ.get("PYTHONPATH", "").split(os.pathsep)
        if part
    ]
    if str(_PACKAGES) != sysconfig.get_path("purelib"):
        path.append(str(_PACKAGES))
    if path:
        environment["PYTHONPATH"] = os.pathsep.join(path)
    return environment | dict(settings)


class _Process:
    """One process, and the lines it writes to its standard error."""

    def __init__(self, process: asyncio.subprocess.Process, heard: Callable[[str], None]) -> None:
        self._process = process
        self._listening = asyncio.create_task(self._listen(heard))

    @classmethod
    async def start(
        cls, module: str, *arguments: str, environment: dict[str, str], folder: Path,
        heard: Callable[[str], None],
    ) -> Self:  # fmt: skip
        # Ctrl-C at a terminal goes to a whole group: the bots are ended by the demo alone.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "integrations.tethered", module, *arguments, env=environment,
            cwd=folder, process_group=0, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, limit=_LONGEST_LINE,
        )  # fmt: skip
        return cls(process, heard)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def status(self) -> int | None:
        return self._process.returncode

    def signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            self._process.send_signal(number)

    async def ended(self) -> int:
        """Wait until it has ended and all it wrote was heard."""
        try:
            async with asyncio.timeout(_PATIENCE_AT_THE_END):
                status = await self._process.wait()
        except TimeoutError:
            self.signal(signal.SIGKILL)
            status = await self._process.wait()
        await self._listening
        return status

    async def _listen(self, heard: Callable[[str], None]) -> None:
        stream = self._process.stderr
        if stream is None:
            return
        async for line in stream:
            heard(line.decode(errors="replace").rstrip("\n"))


def _free_port() -> int:
    """Return a port that is free, so that the page finds the bot again after its restart."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Bots:
    """Latido and the bot that only hears events, started and killed together.

    Use it as an async context manager: whatever happens, both processes are gone after it.

    Attributes:
        data_dir: Latido's DATA_DIR.
        records: the file in which the other bot writes.
    """

    def __init__(
        self,
        discord: LoopbackDiscord,
        folder: Path,
        settings: Mapping[str, str],
        language: Language,
        log: Callable[[str, str], None],
    ) -> None:
        """Keep both bots' files in ``folder``; ``log`` is given the level and text of each line.

        Args:
            discord: where the bots connect.
            folder: a folder for nothing else.
            settings: Latido's settings, as environment variables.
            language: what Latido and the error messages are written in.
            log: told each line that Latido logs.
        """
        self.data_dir = folder / DATA_DIR
        self.records = folder / "events_only.jsonl"
        self._discord = discord
        self._folder = folder
        self._language = language
        self._log = log
        self._environment = environment_for(
            {
                "DISCORD_TOKEN": discord.token,
                "DISCORD_API_URL": discord.api_url,
                "DATA_DIR": str(self.data_dir),
                "LATIDO_LOG_LANGUAGE": language,
                "LATIDO_INSPECTOR": f"127.0.0.1:{_free_port()}",
                **settings,
            }
        )
        self._lines: list[str] = []
        self._latido: _Process | None = None
        self._rival: _Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        left = [process for process in (self._latido, self._rival) if process is not None]
        for process in left:
            process.signal(signal.SIGKILL)
        for process in left:
            await process.ended()

    @property
    def pids(self) -> tuple[int, int]:
        """The process ids of Latido and of the other bot."""
        latido, rival = self._both()
        return latido.pid, rival.pid

    async def start(self) -> None:
        """Start both and wait until both are connected.

        Raises:
            DemoError: one of them did not come up.
        """
        self._lines.clear()
        self._latido = await _Process.start(
            "integrations.cli", "run",
            environment=self._environment, folder=self._folder, heard=self._hear,
        )  # fmt: skip
        self._rival = await _Process.start(
            "integrations.baselines.events_only", str(self.records),
            environment=self._environment, folder=self._folder, heard=self._hear_trouble,
        )  # fmt: skip
        try:
            await self._discord.until(
                lambda: self._connected() == len(self._both()) or self._one_has_ended(),
                within=_PATIENCE,
            )
        except TimeoutError as error:
            raise DemoError(
                tell(self._language, "trouble.not_connected", seconds=int(_PATIENCE))
            ) from error
        self._check()

    async def kill(self) -> None:
        """Kill both with SIGKILL, at the same instant."""
        for process in self._both():
            process.signal(signal.SIGKILL)
        for process in self._both():
            await process.ended()
        await self._discord.until(lambda: self._connected() == 0)

    async def stop(self) -> tuple[int, float]:
        """Ask both to end; return Latido's exit status and how many seconds it took."""
        asked = time.monotonic()
        latido, rival = self._both()
        latido.signal(signal.SIGTERM)
        rival.signal(signal.SIGTERM)
        status = await latido.ended()
        took = time.monotonic() - asked
        await rival.ended()
        return status, took

    async def hear(self, key: str, /, **values: Value) -> None:
        """Wait until Latido has logged a sentence since its start.

        Raises:
            DemoError: it did not.
        """
        text = catalogue.say(self._language, key, **values)
        try:
            await self._discord.until(
                lambda: text in self._lines or self._one_has_ended(), within=_PATIENCE
            )
        except TimeoutError as error:
            raise DemoError(
                tell(self._language, "trouble.never", what=text, seconds=int(_PATIENCE))
            ) from error
        self._check()

    def _hear(self, line: str) -> None:
        parts = _LINE.fullmatch(line)
        level, text = ("", line) if parts is None else (parts["level"], parts["text"])
        self._lines.append(text)
        self._log(level, text)

    def _hear_trouble(self, line: str) -> None:
        self._log("ERROR", f"events_only: {line}")

    def _connected(self) -> int:
        return sum(session.connection is not None for session in self._discord.gateway.sessions)

    def _both(self) -> tuple[_Process, _Process]:
        if self._latido is None or self._rival is None:
            raise RuntimeError("The bots have not been started: call start() first.")
        return self._latido, self._rival

    def _one_has_ended(self) -> bool:
        return any(process.status is not None for process in self._both())

    def _check(self) -> None:
        for name, process in zip(("Latido", "events_only"), self._both(), strict=True):
            if process.status is not None:
                raise DemoError(
                    tell(self._language, "trouble.bot_ended", name=name, status=process.status)
                )
