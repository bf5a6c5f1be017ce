"""``latido sessions --watch``: in place on a terminal, a line a change for programs."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from engine.settings import Settings
from integrations.cli import watching
from integrations.cli.watching import Glance, Looks, watch, watch_as_json
from integrations.loopback.server import PATIENCE
from persistence import DataDir
from tests.integrations.cli.examples import HALF_PAST_TEN, live_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from integrations.words.wording import Language
    from tests.integrations.cli.conftest import Outcome

    Latido = Callable[..., Outcome]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "EVERY", 0.0)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_terminal_shows_the_sessions_in_place(data_dir: Path) -> None:
    stream = Terminal()
    watch(Looks(data_dir, Settings(), times=2), "UTC", stream, "en")
    assert "Pino" in stream.getvalue()
    assert "3 sessions. Ctrl-C ends." in stream.getvalue()
    assert "\x1b[?1049h" in stream.getvalue()  # the other screen, left again at the end
    assert "\x1b[?1049l" in stream.getvalue()


def test_whoever_reads_no_further_ends_it_even_where_nothing_changes(data_dir: Path) -> None:
    reading, writing = os.pipe()

    class Read(Looks):
        """Two looks between which whoever read the pipe goes away, and none after them."""

        def __iter__(self) -> Iterator[Glance]:
            first, second = super().__iter__()
            yield first
            os.close(reading)
            yield second
            raise AssertionError("it goes on")

    looks = Read(data_dir, Settings(), times=2)
    with os.fdopen(writing, "w") as stream, pytest.raises(BrokenPipeError):
        watch_as_json(looks, stream, io.StringIO(), "en")


def test_no_sessions_is_said_and_waited_on(tmp_path: Path) -> None:
    with DataDir(tmp_path / "data"):
        pass
    stream = Terminal()
    watch(Looks(tmp_path / "data", Settings(), times=1), "UTC", stream, "en")
    assert "No sessions at the moment" in stream.getvalue()


def test_each_look_sees_whether_the_bot_has_been_closed(data_dir: Path) -> None:
    looks = iter(Looks(data_dir, Settings(heartbeat_every=3e9), times=2))
    with DataDir(data_dir, now=lambda: HALF_PAST_TEN):
        look = next(looks)
        assert (look.rows[0].seconds > 1_000_000, look.is_closed) == (True, False)
    look = next(looks)
    assert (look.rows[0].seconds, look.is_closed) == (1800.0, True)


def test_that_no_bot_runs_is_said_for_as_long_as_none_does(data_dir: Path) -> None:
    not_running = "No bot is running here: nothing will change until one starts."
    stream = Terminal()
    watch(Looks(data_dir, Settings(), times=1), "UTC", stream, "en")
    assert not_running in stream.getvalue()
    stream = Terminal()
    with DataDir(data_dir):
        watch(Looks(data_dir, Settings(), times=1), "UTC", stream, "en")
    assert not_running not in stream.getvalue()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "es",
            [
                *("tipo", "quién", "hasta ahora", "confirmada", "3 sesiones. Ctrl-C termina."),
                "Las horas están en America/Bogota (el ajuste timezone).",
            ],
        ),
        (
            "en",
            [
                *("kind", "who", "so far", "confirmed", "3 sessions. Ctrl-C ends."),
                "Times are in America/Bogota (the setting timezone).",
            ],
        ),
    ],
)
def test_it_speaks_both_languages(data_dir: Path, language: Language, words: list[str]) -> None:
    stream = Terminal()
    watch(Looks(data_dir, Settings(), times=1), "America/Bogota", stream, language)
    assert [word for word in words if word not in stream.getvalue()] == []


def test_whom_nobody_watches_is_said_for_as_long_as_nobody_does(data_dir: Path) -> None:
    said = "Nobody watches 3 now"
    stream = Terminal()
    with DataDir(data_dir):  # it runs, and was last known to watch long ago
        watch(Looks(data_dir, Settings(), times=1), "UTC", stream, "en")
    assert said in stream.getvalue()
    stream = Terminal()
    with DataDir(data_dir, now=lambda: HALF_PAST_TEN):
        watch(Looks(data_dir, Settings(heartbeat_every=3e9), times=1), "UTC", stream, "en")
    assert said not in stream.getvalue()


@pytest.mark.usefixtures("data_dir")
def test_without_a_terminal_one_is_told_what_to_do(latido: Latido) -> None:
    outcome = latido("sessions", "--watch")
    assert (outcome.status, outcome.out) == (2, "")
    assert "add --json" in outcome.err


def test_as_json_only_changes_are_told(data_dir: Path) -> None:
    stream = io.StringIO()
    looks = iter(Looks(data_dir, Settings(), times=4))

    def change(held: list[Any]) -> None:
        state = live_state()
        state.sessions = held

        async def write(opened: DataDir) -> None:
            opened.live.replace(state)
            await opened.live.flush()

        with DataDir(data_dir) as opened:
            asyncio.run(write(opened))

    class Story(Looks):
        def __iter__(self) -> Any:  # noqa: ANN401 - an iterator of rows
            yield next(looks)
            yield next(looks)
            party, game, voice = live_state().sessions
            voice.state = "recovered"
            change([party, game, voice])
            yield next(looks)
            change([party, game])
            yield next(looks)

    watch_as_json(Story(data_dir, Settings()), stream, io.StringIO(), "en")
    told = [(row["id"], row["state"]) for row in lines(stream.getvalue())]
    assert told == [
        ("lv", "confirmed"),
        ("lg", "recovered"),
        ("lp", "confirmed"),
        ("lv", "recovered"),
        ("lv", "gone"),
    ]


def test_as_json_that_no_bot_runs_is_said_beside_the_lines_each_time_it_is_found(
    data_dir: Path,
) -> None:
    looks = iter(Looks(data_dir, Settings(), times=5))

    class Story(Looks):
        def __iter__(self) -> Any:  # noqa: ANN401 - an iterator of glances
            yield next(looks)
            yield next(looks)
            with DataDir(data_dir):
                yield next(looks)
            yield next(looks)
            yield next(looks)

    stream, beside = io.StringIO(), io.StringIO()
    watch_as_json(Story(data_dir, Settings()), stream, beside, "en")
    said = "No bot is running here: nothing will change until one starts.\n"
    assert beside.getvalue() == said * 2
    assert said not in stream.getvalue()


def test_ctrl_c_ends_it_with_0_and_gives_the_screen_back(data_dir: Path) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "integrations.cli", "sessions", "--watch"],
        cwd=data_dir.parent,
        env={"TERM": "xterm", "COLUMNS": "80", "LINES": "24", "LATIDO_LOG_LANGUAGE": "en"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    shown = b""
    with suppress(OSError):  # the end of a terminal is an error to whoever reads it
        while chunk := os.read(leader, 4096):
            shown += chunk
            if b"Ctrl-C ends" in shown and process.poll() is None:
                process.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(PATIENCE)
                process.kill()  # else it would be waited for without end
    os.close(leader)
    assert process.wait(PATIENCE) == 0
    assert b"Pino" in shown
    assert b"Traceback" not in shown
    assert shown.rindex(b"\x1b[?1049l") > shown.rindex(b"\x1b[?1049h")
