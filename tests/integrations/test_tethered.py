"""Whoever was started by a process that is gone ends by itself."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import IO, TYPE_CHECKING

import pytest

from integrations.demo.processes import environment_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 60.0

STARTS_ONE = """
import asyncio, os, sys
from integrations.demo.processes import _Process

async def main():
    environment = os.environ | {"PYTHONPATH": f"{sys.argv[1]}:{os.environ.get('PYTHONPATH', '')}"}
    await _Process.start(
        "that_stays", sys.argv[2], environment=environment, folder=sys.argv[1], heard=print
    )
    await asyncio.Event().wait()

asyncio.run(main())
"""

STAYS = """
import signal, socket, sys

said = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
signal.signal(signal.SIGTERM, lambda number, frame: (said.send(b"asked to end"), sys.exit()))
said.send(b"here\\n")
while True:
    signal.pause()
"""

OBSTINATE = """
import signal
from integrations.tethered import end_with_the_pipe

signal.signal(signal.SIGTERM, signal.SIG_IGN)
end_with_the_pipe(0, patience=0.0)
"""


@pytest.fixture
def starter(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """A process that has started another, and what that one says for as long as it lives."""
    (tmp_path / "that_stays.py").write_text(STAYS, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        port = str(server.getsockname()[1])
        command = [sys.executable, "-c", STARTS_ONE, str(tmp_path), port]
        environment = environment_for({})
        with subprocess.Popen(command, env=environment) as process:  # noqa: S603 - our own text
            connection, _ = server.accept()
            connection.settimeout(PATIENCE)
            with connection, connection.makefile("rb") as said:
                yield process, said
            process.kill()


def test_whoever_was_started_by_one_that_is_killed_ends_as_when_it_is_asked_to(
    starter: tuple[subprocess.Popen[bytes], IO[bytes]],
) -> None:
    process, said = starter
    assert said.readline() == b"here\n"
    process.kill()
    assert said.read() == b"asked to end", "and it has ended"


def test_one_that_does_not_do_so_ends_all_the_same() -> None:
    ended = subprocess.run(  # noqa: S603 - our own interpreter and text
        [sys.executable, "-c", OBSTINATE], input=b"", env=environment_for({}), check=False
    )
    assert ended.returncode == 1


def test_what_is_run_is_told_its_arguments_and_no_more() -> None:
    running = [sys.executable, "-m", "integrations.tethered", "integrations.cli", "history", "x"]
    with subprocess.Popen(  # noqa: S603 - this Python, this module
        running,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment_for({}), text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        told = process.stderr.read()
        assert process.wait() == 2
    assert "unexpected extra argument" in told
