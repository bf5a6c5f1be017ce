"""How the demo's lines look where there is no terminal, and the clock they carry."""

from __future__ import annotations

import asyncio
import io
import time

import pytest

from integrations.demo.narrator import Narrator, console_on
from integrations.demo.story_clock import StoryClock


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def narrator(stream: io.StringIO) -> Narrator:
    return Narrator(console_on(stream), "es")


def test_each_kind_of_line_is_told_by_how_it_begins(
    narrator: Narrator, stream: io.StringIO
) -> None:
    narrator.happens("20:01", "Pino entra a 👥 General")
    narrator.log("INFO", "✅ Conectado")
    narrator.chat("avisos", "🔊 **Pino** entró", deleted=False)
    narrator.chat("avisos", "🔊 **Pino** entró", deleted=True)
    narrator.means("Ya está.")
    assert stream.getvalue().splitlines() == [
        "20:01  Pino entra a 👥 General",
        "       │ Latido   ✅ Conectado",
        "       │ #avisos  🔊 Pino entró",
        "       │ #avisos  🗑 🔊 Pino entró",
        "       → Ya está.",
    ]


def test_a_long_line_goes_on_below_its_own_beginning(
    narrator: Narrator, stream: io.StringIO
) -> None:
    narrator.means("palabra " * 30)
    first, *further = stream.getvalue().splitlines()
    assert first.startswith("       → palabra")
    assert further
    assert all(line.startswith("         palabra") for line in further)
    assert all(len(line) <= 100 for line in [first, *further])


def test_without_a_terminal_there_are_no_colours(narrator: Narrator, stream: io.StringIO) -> None:
    narrator.log("WARNING", "🔧 Sesión huérfana detectada: [bold]Pino[/bold] en voz")
    narrator.scene("kill.title")
    assert "\x1b" not in stream.getvalue()
    assert "[bold]Pino[/bold]" in stream.getvalue()


def test_a_line_of_the_bot_cannot_command_the_terminal(
    narrator: Narrator, stream: io.StringIO
) -> None:
    narrator.log("INFO", "Pino\x1b[2J")
    assert "\x1b" not in stream.getvalue()


def test_a_minute_of_the_evening_takes_as_long_as_the_pace_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    clock = StoryClock(0.5)
    assert clock.label() == "20:00"
    now = 133.0
    assert clock.label() == "21:06"


async def test_lateness_does_not_shorten_what_comes_after(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = 0.0, list[float]()

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    clock = StoryClock(1.0)
    await clock.reach(5)
    now += 20
    await clock.reach(8)
    await clock.reach(12)
    assert slept == [5.0, 0.0, 4.0]
