"""Logs: the format of ``latido run``, the levels of lines, and the token that never appears."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING

import pytest

from integrations.logs import LOGGER, HidingFormatter, set_up, write
from machines import LogLevel, LogLine

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "MTIzNDU2Nzg5.GabcDe.made-up_token"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, levels = list(root.handlers), (root.level, LOGGER.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    LOGGER.setLevel(levels[1])


def test_a_line_has_time_name_level_and_text() -> None:
    stream = io.StringIO()
    set_up(stream)
    write(LogLine("info", "check.started", {}), "es")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - latido - INFO - "
        r"🏥 Iniciando health check de sesiones\.\.\.\n",
        stream.getvalue(),
    )


def test_a_package_logs_under_its_own_name() -> None:
    stream = io.StringIO()
    set_up(stream)
    line = LogLine("warning", "orphaned.voice", {"username": "Pino", "channel": "General"})
    write(line, "en", logging.getLogger("latido.engine"))
    assert " - latido.engine - WARNING - 🔧 Orphaned session detected: Pino in voice\n" in (
        stream.getvalue()
    )


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_a_line_keeps_its_level(level: LogLevel, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "latido")
    write(LogLine(level, "check.ok", {}), "es")
    assert [record.levelname for record in caplog.records] == [level.upper()]


def test_debug_lines_appear_only_when_asked_for() -> None:
    quiet, verbose = io.StringIO(), io.StringIO()
    line = LogLine("debug", "persisted", {"count": 3})
    set_up(quiet)
    write(line, "es")
    set_up(verbose, verbose=True)
    write(line, "es")
    assert not quiet.getvalue()
    assert "💾 3 sesiones persistidas" in verbose.getvalue()


def test_setting_up_twice_writes_each_line_once() -> None:
    first, second = io.StringIO(), io.StringIO()
    set_up(first)
    set_up(second)
    write(LogLine("info", "check.ok", {}), "es")
    assert not first.getvalue()
    assert second.getvalue().count("Todo OK") == 1


def test_libraries_are_heard_from_warning_on() -> None:
    stream = io.StringIO()
    set_up(stream)
    logging.getLogger("discord.gateway").info("small talk")
    logging.getLogger("discord.gateway").warning("rate limited")
    assert "small talk" not in stream.getvalue()
    assert "discord.gateway - WARNING - rate limited" in stream.getvalue()


def test_the_token_never_appears_not_even_in_a_traceback() -> None:
    stream = io.StringIO()
    set_up(stream, secret=TOKEN)
    LOGGER.warning("Authorization: Bot %s", TOKEN)
    try:
        int(TOKEN)
    except ValueError:
        LOGGER.exception("request failed")
    assert TOKEN not in stream.getvalue()
    assert "invalid literal for int() with base 10: '***'" in stream.getvalue()


def test_without_a_secret_nothing_is_replaced() -> None:
    record = logging.LogRecord("latido", logging.INFO, "", 0, "plain", None, None)
    assert HidingFormatter().format(record).endswith(" - latido - INFO - plain")


def test_a_line_the_catalogue_cannot_say_is_not_lost(caplog: pytest.LogCaptureFixture) -> None:
    write(LogLine("error", "new.key", {"session_id": "1f3a"}), "es")
    assert [record.getMessage() for record in caplog.records] == ["new.key {'session_id': '1f3a'}"]


def test_without_names_whoever_a_line_is_about_is_not_said() -> None:
    stream = io.StringIO()
    set_up(stream)
    line = LogLine("warning", "orphaned.voice", {"username": "Pino", "channel": "General"})
    write(line, "en", names=False)
    write(LogLine("info", "no such sentence", {"username": "Pino"}), "en", names=False)
    assert "Orphaned session detected: *** in voice" in stream.getvalue()
    assert "Pino" not in stream.getvalue()
