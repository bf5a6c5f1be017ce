"""An evening of the program, line by line, in both languages."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end_to_end.conftest import Run
    from tests.end_to_end.scene import Scene

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - latido(\.\w+)* - (INFO|WARNING) - .+")

SPANISH = [
    "INFO - 🔄 No hay sesiones previas para restaurar",
    "INFO - 🏥 Health check activado (hay sesiones activas)",
    "INFO - ✅ Conectado como Latido en 1 servidor",
    "INFO - 🏥 Iniciando health check de sesiones...",
    "INFO - ✅ Health check completado: Todo OK",
    "WARNING - 🔧 Sesión huérfana detectada: Pino en voz",
    "INFO - 💾 Tiempo guardado: Pino estuvo en 👥 General por # s",
    "WARNING - 🔧 Sesión huérfana detectada: agu jugando VALORANT",
    "INFO - 💾 Tiempo guardado: agu jugó 🎮 VALORANT por # s",
    "WARNING - 🔧 Party huérfana detectada: VALORANT",
    "INFO - 💾 Tiempo guardado: party de 🎮 VALORANT, 2 jugadores en total, por # s",
    "WARNING - 🔧 Health check completado: 1 voice, 1 games, 1 parties arregladas",
    "INFO - 💾 Tiempo guardado: Pino jugó 🎮 VALORANT por # s",
    "INFO - 🏥 Health check desactivado (no hay sesiones activas)",
    "INFO - ⏹️ SIGTERM: persistiendo y cerrando...",
    "INFO - ⏹️ Cerrado: todo está persistido",
]

ENGLISH = [
    "INFO - 🔄 No earlier sessions to restore",
    "INFO - 🏥 Health check activated (there are active sessions)",
    "INFO - ✅ Connected as Latido to 1 server",
    "INFO - 🏥 Starting health check of sessions...",
    "INFO - ✅ Health check completed: All OK",
    "WARNING - 🔧 Orphaned session detected: Pino in voice",
    "INFO - 💾 Time saved: Pino was in 👥 General for # s",
    "WARNING - 🔧 Orphaned session detected: agu playing VALORANT",
    "INFO - 💾 Time saved: agu played 🎮 VALORANT for # s",
    "WARNING - 🔧 Orphaned party detected: VALORANT",
    "INFO - 💾 Time saved: party of 🎮 VALORANT, 2 players in all, for # s",
    "WARNING - 🔧 Health check completed: 1 voice, 1 games, 1 parties repaired",
    "INFO - 💾 Time saved: Pino played 🎮 VALORANT for # s",
    "INFO - 🏥 Health check deactivated (there are no active sessions)",
    "INFO - ⏹️ SIGTERM: persisting and closing...",
    "INFO - ⏹️ Closed: all is persisted",
]

RESTORED = {
    "es": [
        "🔄 Sesión de juego restaurada: Pino jugando VALORANT",
        "🔄 Sesión de juego restaurada: agu jugando VALORANT",
        "🔄 Sesión de party restaurada: VALORANT con 2 jugadores",
        "🔄 Sesión de voz restaurada: Pino en General",
    ],
    "en": [
        "🔄 Game session restored: Pino playing VALORANT",
        "🔄 Game session restored: agu playing VALORANT",
        "🔄 Party session restored: VALORANT with 2 players",
        "🔄 Voice session restored: Pino in General",
    ],
}


BUSY = re.compile("Discord no puede decir|Discord cannot tell")
"""What a check adds where the stand-in was too busy to answer a look-up within half a second."""

SAVED = re.compile("💾 (Tiempo guardado|Time saved)")
"""What is said once it is so."""

MARGIN = re.compile(r" \(± [^)]+\)")
"""What is added where a part of a time is unknown for half a second, as it may here or not."""


@pytest.mark.parametrize(("language", "expected"), [("es", SPANISH), ("en", ENGLISH)])
async def test_an_evening_is_told_in_these_lines_until_the_check_sleeps(
    scene: Scene, program: Run, language: str, expected: list[str]
) -> None:
    async with program(LATIDO_LOG_LANGUAGE=language, LATIDO_HEALTH_CHECK_EVERY="0.5") as running:
        await running.watches()
        scene.pino.joins(scene.general)
        scene.pino.plays("VALORANT")
        scene.agu.plays("VALORANT")
        await scene.kept(4)
        await running.says(expected[4])
        scene.pino.leaves(lost=True)
        scene.agu.stops(lost=True)
        await running.says(expected[11])
        scene.pino.stops()
        await running.says(expected[13])
        assert await running.stops(signal.SIGTERM) == 0

    lines = running.said.splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    said = [MARGIN.sub("", _rest(line)) for line in lines]
    said = [re.sub(r"por \d+ s|for \d+ s", lambda m: f"{m[0][:3]} # s", line) for line in said]
    told = [line for line in dict.fromkeys(said) if not BUSY.search(line)]
    for is_saved in (False, True):  # that something is saved is said once it is, a moment later
        assert [each for each in told if bool(SAVED.search(each)) is is_saved] == [
            each for each in expected if bool(SAVED.search(each)) is is_saved
        ]
    assert running.out.read_text() == ""


@pytest.mark.parametrize("language", ["es", "en"])
async def test_what_is_restored_is_told(scene: Scene, program: Run, language: str) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        scene.pino.plays("VALORANT")
        scene.agu.plays("VALORANT")
        await scene.kept(4)
    async with program(LATIDO_LOG_LANGUAGE=language) as running:
        await running.watches()
        await running.stops(signal.SIGTERM)
    assert sorted(line for line in running.lines if line.startswith("🔄")) == RESTORED[language]


async def test_verbose_says_what_is_persisted_and_never_the_token(
    scene: Scene, program: Run
) -> None:
    async with program("run", "--verbose", LATIDO_HEALTH_CHECK_EVERY="0.2") as running:
        await running.watches()
        scene.pino.joins(scene.general)
        await running.says("DEBUG - 💾 1 sesión persistida")
        assert await running.stops(signal.SIGTERM) == 0
    assert scene.discord.token not in running.said


def _rest(line: str) -> str:
    """The level and the message of a line."""
    return line.split(" - ", 2)[2]
