"""Charts of answers are drawn by a process of their own; where that fails, the answer is text."""

from __future__ import annotations

import asyncio
import gc
import logging
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from integrations import charts
from integrations.charts import DARK, LIGHT, Look
from integrations.charts.orders import BarsOrder, GamesOrder, HeatMapOrder, PartyOrder
from integrations.commands import drawing
from integrations.commands.drawing import drawn
from integrations.loopback.server import PATIENCE
from integrations.statistics.charted import Bars, HeatMap, PartyTimeline, PlayerLine
from integrations.statistics.sums import GameTotal
from machines import SECOND, Span
from tests.integrations.commands.conftest import files_of, running, text_of
from tests.integrations.keeping.test_storekeeper import until
from tests.persistence.examples import START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from integrations.charts.orders import Order
    from integrations.words.wording import Language
    from tests.integrations.commands.conftest import Stage

    Coding = Callable[[str], None]

LOOK = Look(DARK, "es", ZoneInfo("Europe/Madrid"))
HOURS = HeatMap([[60.0 * hour for hour in range(24)] for _day in range(7)])
GAMES = [GameTotal("塞尔达 $x$ 🎮", 7200.5, 60.0, 0, 2, 3, running=True)]
HOUR = 3600 * SECOND
SPANS = [
    Span(START, START + HOUR, "present", credited=True),
    Span(START + HOUR, START + 2 * HOUR, "unknown", credited=False),
    Span(START + 2 * HOUR, START + 3 * HOUR, "away", credited=False),
]
PARTY = PartyTimeline(
    "VALORANT", START, START + 3 * HOUR, SPANS, [PlayerLine(7, "Pino ❄", SPANS)], 3600.0, None, 9
)
FROZEN = "import threading; threading.Event().wait()"


def bars(look: Look) -> Bars:
    """Return a week of bars over a change of clocks."""
    days = [datetime(2026, 10, 22, tzinfo=look.zone) + timedelta(days=day) for day in range(7)]
    return Bars("day", days, {"voice": [1.5 * hour for hour in range(7)], "game": [3600.0] * 7})


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Yield the processes that are started, none of which may be left in the end."""
    processes: list[subprocess.Popen[bytes]] = []

    class Popen(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as they are
            super().__init__(*args, **options)
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Popen)
    yield processes
    assert all(process.returncode is not None for process in processes)
    pipes = [(each.stdin, each.stdout, each.stderr) for each in processes]
    assert all(pipe is None or pipe.closed for ours in pipes for pipe in ours)


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> Coding:
    """Return what lets the process run other code than ours."""
    return lambda text: monkeypatch.setattr(drawing, "_COMMAND", ("-c", text))


@pytest.mark.parametrize(
    "look", [LOOK, Look(LIGHT, "en", ZoneInfo("America/Bogota"))], ids=["dark", "light"]
)
async def test_they_are_what_would_be_drawn_within_this_process(look: Look) -> None:
    orders: list[Order] = [
        BarsOrder(bars(look), "El tiempo de «Pino»"),
        HeatMapOrder(HOURS),
        GamesOrder(GAMES),
        PartyOrder(PARTY),
    ]
    assert await drawn(orders, look, "en") == [
        charts.bars_png(bars(look), "El tiempo de «Pino»", look),
        charts.heat_map_png(HOURS, look),
        charts.top_games_png(GAMES, look),
        charts.party_png(PARTY, look),
    ]


async def test_what_lies_in_the_folder_of_a_bot_is_not_taken_for_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("integrations", "msgspec", "random"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(tmp_path)
    assert await drawn([HeatMapOrder(HOURS)], LOOK, "en"), caplog.text


async def test_it_finds_its_packages_where_the_bot_does(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    code: Coding,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "only_here.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    code("import only_here; print('[]')")
    assert await drawn([], LOOK, "en") == [], caplog.text


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("es", "⚠️ Los gráficos de una respuesta no se pudieron dibujar (rota): va como texto"),
        ("en", "⚠️ The charts of an answer could not be drawn (rota): it is given as text"),
    ],
)
async def test_where_it_fails_one_line_says_why(
    started: list[subprocess.Popen[bytes]],
    code: Coding,
    language: Language,
    line: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    code("import sys; print('Traceback', file=sys.stderr); sys.exit('rota')")
    assert await drawn([HeatMapOrder(HOURS)], LOOK, language) is None
    assert caplog.record_tuples == [("latido.integrations", logging.WARNING, line)]
    assert len(started) == 1


@pytest.mark.parametrize("text", ["print('hello')", "", "import os; os._exit(3)", "print([1])"])
async def test_what_it_says_must_be_pictures(
    started: list[subprocess.Popen[bytes]],
    code: Coding,
    text: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    code(text)
    assert await drawn([HeatMapOrder(HOURS)], LOOK, "en") is None
    assert len(caplog.records) == len(started) == 1


async def test_where_a_name_is_no_text_one_line_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """A pair of code units that was cut in two can be in no JSON."""
    games = [GameTotal("\ud83d", 1.0, 0.0, 0, 1, 1, running=True)]
    with caplog.at_level(logging.WARNING):
        assert await drawn([GamesOrder(games)], LOOK, "en") is None
    [line] = caplog.messages
    assert "surrogates not allowed" in line


async def test_where_nothing_can_be_started_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    assert await drawn([HeatMapOrder(HOURS)], LOOK, "en") is None
    assert "No such file" in caplog.messages[0]
    assert len(caplog.records) == 1


@pytest.mark.parametrize("how", ["frozen", "without an interpreter"])
async def test_a_program_that_is_no_python_starts_no_second_one(
    monkeypatch: pytest.MonkeyPatch, started: list[subprocess.Popen[bytes]], how: str
) -> None:
    if how == "frozen":
        monkeypatch.setattr(sys, "frozen", True, raising=False)
    else:
        monkeypatch.setattr(sys, "executable", None)
    assert await drawn([HeatMapOrder(HOURS)], LOOK, "en") is None
    assert not started


async def test_one_that_is_frozen_is_killed(
    monkeypatch: pytest.MonkeyPatch,
    started: list[subprocess.Popen[bytes]],
    code: Coding,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(drawing, "PATIENCE", 0.01)
    code(FROZEN)
    assert await drawn([HeatMapOrder(HOURS)], LOOK, "en") is None
    assert "(> 0.01 s)" in caplog.text
    assert len(started) == 1


async def test_one_that_nobody_waits_for_any_more_is_killed(
    started: list[subprocess.Popen[bytes]],
    code: Coding,
    caplog: pytest.LogCaptureFixture,
) -> None:
    code(FROZEN)
    asking = asyncio.create_task(drawn([HeatMapOrder(HOURS)], LOOK, "en"))
    await until(lambda: started)
    asking.cancel()
    await asyncio.wait([asking])
    await until(lambda: started[0].returncode is not None)
    code("print('[]')")
    assert await drawn([], LOOK, "en") == []  # the thread is free again
    assert not caplog.records


async def test_what_one_keeps_in_temporary_folders_goes_with_it(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    started: list[subprocess.Popen[bytes]],
    code: Coding,
) -> None:
    """Such a folder is made by matplotlib where it may not write at home, and it is killed then."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    code("import tempfile; tempfile.mkdtemp(prefix='matplotlib-');" + FROZEN)
    asking = asyncio.create_task(drawn([HeatMapOrder(HOURS)], LOOK, "en"))
    await until(lambda: [*tmp_path.rglob("matplotlib-*")])
    asking.cancel()
    await asyncio.wait([asking])
    await until(lambda: started[0].returncode is not None and not [*tmp_path.iterdir()])


async def test_where_there_is_no_room_for_temporary_folders_it_does_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: Coding
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    code("print('[]')")
    assert await drawn([], LOOK, "en") == []


def test_those_that_wait_as_the_loop_is_stopped_are_never_begun(
    started: list[subprocess.Popen[bytes]], code: Coding
) -> None:
    """Python waits for threads at its end, and they for them."""
    code(FROZEN)
    loop = asyncio.new_event_loop()
    asking = [loop.create_task(drawn([], LOOK, "en")) for _ in range(3)]
    loop.run_until_complete(until(lambda: started))
    started[0].kill()
    drawing._STUDIO._thread.submit(lambda: None).result()  # noqa: SLF001 - it comes behind them
    assert loop.run_until_complete(asyncio.gather(*asking)) == [None] * 3
    loop.close()
    assert len(started) == 1


async def test_one_is_drawn_at_a_time_and_few_wait(
    started: list[subprocess.Popen[bytes]],
    code: Coding,
    caplog: pytest.LogCaptureFixture,
) -> None:
    code(FROZEN)
    most = drawing._MOST  # noqa: SLF001 - as many as it says
    asking = [asyncio.create_task(drawn([], LOOK, "en")) for _ in range(most)]
    await until(lambda: started)
    assert await drawn([], LOOK, "en") is None
    assert caplog.messages == [
        f"⚠️ There are {most} answers already that wait for their charts: another is given as text"
    ]
    assert len(started) == 1
    for each in asking:
        each.cancel()
    await asyncio.wait(asking)
    code("print('[]')")
    assert await drawn([], LOOK, "en") == []
    assert len(started) == 2


def test_it_ends_by_itself_where_the_bot_is_gone_and_it_stands_still() -> None:
    text = (
        "import integrations.charts.__main__ as drawing\ndrawing.PATIENCE = 0.01\ndrawing._main()\n"
    )
    with subprocess.Popen(  # noqa: S603 - our own interpreter with our own code
        [sys.executable, "-c", text], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.wait(PATIENCE) == 1
        assert process.stderr is not None
        assert b"Timeout" in process.stderr.read()


def open_descriptors() -> int:
    gc.collect()  # what other tests have left may have some open
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="nothing says which are open")
async def test_no_descriptor_is_left_open(code: Coding) -> None:
    code("print('[]')")
    assert await drawn([], LOOK, "en") == []
    before = open_descriptors()
    for _ in range(3):
        await drawn([], LOOK, "en")
    assert open_descriptors() == before


async def test_an_answer_whose_charts_are_not_drawn_is_text(
    stage: Stage,
    code: Coding,
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = datetime.now(UTC)
    since_noon = (now.hour - 12) % 24 + now.minute / 60  # no week begins in the two hours before
    stage.remember([stage.record(stage.pino, 2, game="VALORANT", hours_ago=since_noon)])
    code("raise SystemExit('rota')")
    async with running(stage):
        time = await stage.ask(stage.pino, "tiempo", periodo="all")
        games = await stage.ask(stage.pino, "juegos", periodo="all")
    assert files_of(time) == files_of(games) == {}
    assert "Juegos 2 h" in text_of(time)
    assert "█" in text_of(games)
    assert sum("rota" in line for line in caplog.messages) == 2
