"""What cannot work: one sentence that says what to do, status 2, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING

import pytest

from integrations.loopback.server import PATIENCE
from persistence import DataDir
from tests.end_to_end.program import UNSET, Program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import Run
    from tests.end_to_end.scene import Scene

NOBODY = "http://127.0.0.1:1/api/v10"
"""An address at which nothing listens: on this port nothing does that is not root's."""

PORTAL = "https://discord.com/developers/applications"


async def test_no_token(program: Run) -> None:
    async with program(DISCORD_TOKEN=UNSET) as running:
        await _is_refused(running, "DISCORD_TOKEN", PORTAL)


async def test_a_token_that_http_refuses(scene: Scene, program: Run) -> None:
    async with program(DISCORD_TOKEN="another-token") as running:
        await _is_refused(running, "DISCORD_TOKEN", PORTAL)
    assert "another-token" not in running.said
    assert scene.discord.journal.requests


async def test_a_token_that_the_gateway_refuses(scene: Scene, program: Run) -> None:
    async with program() as running:
        await running.watches()
        scene.pino.joins(scene.general)
        await scene.kept()
        scene.discord.token = "reset"
        scene.discord.cut(resumable=False)
        await _is_refused(running, "DISCORD_TOKEN", PORTAL)
    assert len(scene.live()) == 1


@pytest.mark.parametrize(
    ("allowed", "intent", "setting"),
    [
        ({"presences": False}, "Presence Intent", "presences = false"),
        ({"members": False}, "Server Members Intent", "members = false"),
    ],
)
async def test_intents_that_discord_refuses(
    scene: Scene, program: Run, allowed: dict[str, bool], intent: str, setting: str
) -> None:
    scene.discord.allow_intents(**allowed)
    async with program() as running:
        await _is_refused(running, intent, PORTAL, setting)
    others = {"presences = false", "members = false"} - {setting}
    assert not any(other in running.said for other in others)


async def test_without_the_privileged_intents_voice_is_tracked_and_the_loss_is_said(
    scene: Scene, program: Run
) -> None:
    scene.discord.allow_intents(presences=False, members=False)
    scene.agu.joins(scene.general)
    async with program(
        LATIDO_PRESENCES="false", LATIDO_MEMBERS="false", LATIDO_HEALTH_CHECK_EVERY="0.3"
    ) as running:
        await running.watches()
        scene.pino.plays("Tetris")
        scene.pino.joins(scene.general)
        await scene.kept(2)
        await running.says("✅ Health check completado: Todo OK")
        scene.agu.leaves(lost=True)
        (agu,) = await scene.recorded()
        scene.pino.leaves()
        (_, pino) = await scene.recorded(2)
        assert await running.stops(signal.SIGTERM) == 0

    assert (agu.username, agu.state) == ("agu", "orphaned")
    assert (pino.username, pino.kind, pino.state) == ("Pino", "voice", "ended")
    assert any("no hay juegos ni parties" in line for line in running.lines)
    assert any("members = false no se oye quién deja" in line for line in running.lines)
    assert not any("discord.Intents" in line for line in running.lines)  # what it lacks is wanted


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("LATIDO_CONFIRM_AFTER", "soon", ["confirm_after", '"soon"', "seconds"]),
        ("LATIDO_PARTY_MIN_PLAYERS", "1", ["party_min_players", "2 or more"]),
        ("LATIDO_CONFIRM_AFTRE", "3", ["LATIDO_CONFIRM_AFTRE"]),
        ("DISCORD_API_URL", "discord.com", ["DISCORD_API_URL", "/api/v10"]),
    ],
)
async def test_settings_that_cannot_be(
    scene: Scene, program: Run, variable: str, value: str, words: list[str]
) -> None:
    async with program(**{variable: value}) as running:
        await _is_refused(running, *words)
    assert not scene.data_dir.exists()


async def test_a_broken_settings_file_is_refused_with_its_line(
    program: Run, tmp_path: Path
) -> None:
    (tmp_path / "latido.toml").write_text('log_language = "en"\nconfirm_after = = 3\n')
    async with program() as running:
        await _is_refused(running, "latido.toml", "line 2")


async def test_a_data_folder_that_cannot_be_made(scene: Scene, program: Run) -> None:
    scene.data_dir.write_text("a file, no folder")
    async with program() as running:
        await _is_refused(running, "DATA_DIR", str(scene.data_dir))
    assert scene.data_dir.read_text() == "a file, no folder"


async def test_what_is_wrong_with_the_folder_is_said_where_discord_cannot_be_reached_too(
    scene: Scene, program: Run
) -> None:
    with DataDir.open(scene.data_dir):
        async with program(DISCORD_API_URL=NOBODY) as running:
            await _is_refused(running, "belongs to process", str(scene.data_dir))
    taken = scene.data_dir / "latido.db"
    async with program(DISCORD_API_URL=NOBODY, DATA_DIR=str(taken)) as running:
        await _is_refused(running, f"DATA_DIR {taken} is not a folder: set DATA_DIR")


async def test_a_bot_that_never_connected_says_that_it_is_closed(
    scene: Scene, program: Run
) -> None:
    async with program(DISCORD_API_URL=NOBODY) as running:
        await running.says("No se llega a Discord")
        assert await running.stops(signal.SIGTERM) == 0
    assert running.lines[-1] == "⏹️ Cerrado: todo está persistido"
    assert not scene.data_dir.exists()


async def test_a_bot_that_discord_does_not_answer_says_that_it_is_closed(program: Run) -> None:
    asked, told = asyncio.Event(), asyncio.Event()

    async def answers_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await told.wait()
        writer.close()

    server = await asyncio.start_server(answers_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, program(DISCORD_API_URL=f"http://127.0.0.1:{port}/api/v10") as running:
        async with asyncio.timeout(PATIENCE):
            await asked.wait()
        assert await running.stops(signal.SIGTERM) == 0
        told.set()
    assert running.lines[-1] == "⏹️ Cerrado: todo está persistido"


async def test_a_snapshot_of_a_newer_version_stays_as_it_is(scene: Scene, program: Run) -> None:
    scene.data_dir.mkdir()
    snapshot = scene.data_dir / "active_sessions.json"
    snapshot.write_text(json.dumps({"schema": 99, "voice_sessions": {}}))
    before = snapshot.read_bytes()
    async with program() as running:
        await _is_refused(running, "active_sessions.json", "99", "newer version")
    assert snapshot.read_bytes() == before


async def test_an_address_where_no_discord_answers(scene: Scene, program: Run) -> None:
    scene.discord.faults.rest_is_a_proxy_page("GET /gateway/bot", status=200)
    async with program() as running:
        await _is_refused(running, "DISCORD_API_URL")


async def _is_refused(running: Program, *words: str) -> None:
    assert await running.status() == 2
    sentence = running.said.splitlines()[-1]
    assert sentence.startswith("latido: ")
    for word in words:
        assert word in sentence
    assert running.out.read_text() == ""
