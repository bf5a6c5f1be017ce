"""The program is stopped, killed and started again; nobody's time is lost or counted twice."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from integrations.loopback.server import PATIENCE
from machines import from_datetime, to_datetime
from persistence import read_live, verify

if TYPE_CHECKING:
    from machines import Instant
    from tests.end_to_end.conftest import Run
    from tests.end_to_end.scene import Scene


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_persists_everything_and_exits_with_0(
    scene: Scene, program: Run, number: signal.Signals
) -> None:
    async with program() as running:
        await running.watches()
        scene.pino.joins(scene.general)
        await scene.kept()
        scene.pino.moves(scene.sala)
        scene.agu.joins(scene.general)
        await scene.heard()
        assert await running.stops(number) == 0

    assert running.lines[-2:] == [
        f"⏹️ {number.name}: persistiendo y cerrando...",
        "⏹️ Cerrado: todo está persistido",
    ]
    assert getattr(scene.live()[0], "channel_name", None) == "Sala"
    assert list(verify(scene.data_dir)) == []


async def test_after_a_clean_restart_the_one_who_is_still_there_goes_on_from_the_start(
    scene: Scene, program: Run
) -> None:
    async with program() as running:
        await running.watches()
        scene.pino.joins(scene.general)
        scene.agu.joins(scene.general)
        scene.pino.plays("Tetris")
        await scene.heard()
        await scene.kept(3)
        assert await running.stops(signal.SIGTERM) == 0
    stopped_at = from_datetime(scene.now())
    before = {session.id: session for session in scene.live()}
    scene.agu.leaves()
    async with program() as running:
        (gone,) = await scene.recorded()
        await scene.until(lambda: [session.state for session in scene.live()] == ["recovered"] * 2)
        scene.pino.leaves()
        await scene.heard()
        (_, record) = await scene.recorded(2)
        assert await running.stops(signal.SIGTERM) == 0

    assert (gone.user_id, gone.state, gone.reason) == (scene.agu.id, "orphaned", "gap")
    assert gone.ended_at <= stopped_at
    assert record.id in before
    assert record.started_at == before[record.id].started_at
    scene.is_as_long_as(record, scene.last_stay(scene.pino.id))
    assert [stretch.value for stretch in record.stretches] == ["unknown"]
    assert {
        "🔄 Sesión de voz restaurada: Pino en General",
        "🔄 Sesión de voz restaurada: agu en General",
        "🔄 Sesión de juego restaurada: Pino jugando Tetris",
        "🔧 Sesión huérfana detectada: agu en voz",
    } <= set(running.lines)


async def test_after_a_kill_sessions_go_on_and_end_where_the_bot_last_watched(
    scene: Scene, program: Run
) -> None:
    async with program() as running:
        await running.watches()
        scene.pino.joins(scene.general)
        scene.agu.joins(scene.general)
        scene.pino.plays("Tetris")
        scene.zeta.plays("Tetris")
        await scene.kept(5)
        watched = from_datetime(scene.now())
        await scene.until(lambda: _watched_until(scene) >= watched)
        killed_at = from_datetime(scene.now())
        running.process.kill()
        assert await running.status() == -signal.SIGKILL
    began = {session.id: session.started_at for session in scene.live()}
    scene.agu.leaves()
    scene.zeta.stops()
    async with program() as running:
        gone = await scene.recorded(3)
        await scene.until(lambda: [session.state for session in scene.live()] == ["recovered"] * 2)
        assert await running.stops(signal.SIGTERM) == 0

    assert {record.kind for record in gone} == {"voice", "game", "party"}
    assert {record.state for record in gone} == {"orphaned"}
    for record in gone:
        assert record.started_at == began[record.id]
        assert watched <= record.ended_at <= killed_at
    assert {session.id for session in scene.live()} < set(began)
    assert list(verify(scene.data_dir)) == []


async def test_who_came_between_two_heartbeats_is_credited_what_the_connection_told_by_itself(
    scene: Scene, program: Run
) -> None:
    apart = {"LATIDO_HEARTBEAT_EVERY": "600", "LATIDO_CONFIRM_AFTER": "2"}
    async with program(**apart) as running:
        await running.watches()
        scene.zeta.joins(scene.general)
        await scene.until((scene.data_dir / "observed_until.json").exists)
        scene.pino.joins(scene.sala)
        await scene.heard()
        await asyncio.sleep(0.4)
        muted_at = scene.now()
        scene.zeta.mutes()
        await scene.heard()
        began = scene.last_stay(scene.pino.id).start
        late = scene.discord.lateness(began)
        await scene.kept(2)
        running.process.kill()
        assert await running.status() == -signal.SIGKILL
    scene.pino.leaves()
    async with program(**apart) as running:
        (record,) = await scene.recorded()
        assert await running.stops(signal.SIGTERM) == 0

    assert (record.user_id, record.state, record.reason) == (scene.pino.id, "orphaned", "gap")
    assert record.seconds >= (muted_at - began).total_seconds() - late


async def test_a_kill_while_sessions_end_writes_each_down_once(scene: Scene, program: Run) -> None:
    people = [scene.discord.add_user(f"user {number}", scene.plaza) for number in range(20)]
    async with program() as running:
        await running.watches()
        for person in people:
            person.joins(scene.general)
        await scene.kept(20)
        for person in people[:10]:
            person.leaves()
        await scene.until(scene.records)
        for person in people[10:]:
            person.leaves()
        await scene.discord.settled()
        running.process.kill()
        await running.status()
    async with program() as running:
        await running.watches()
        records = await scene.recorded(20)
        await scene.kept(0)
        assert await running.stops(signal.SIGTERM) == 0

    assert {record.user_id for record in records} == {person.id for person in people}


async def test_somebody_who_came_while_the_bot_was_down_is_found_silently(
    scene: Scene, program: Run
) -> None:
    async with program() as running:
        await running.watches()
        scene.agu.joins(scene.general)
        await scene.kept()
        assert await running.stops(signal.SIGTERM) == 0
    stopped_at = scene.now()
    scene.pino.joins(scene.sala)
    async with program(LATIDO_NOTIFY_CHANNEL_ID=str(scene.chat.id)) as running:
        await scene.kept(2)
        scene.pino.leaves()
        await scene.heard()
        (record,) = await scene.recorded()
        assert await running.stops(signal.SIGTERM) == 0

    assert "🔧 Recuperando sesión perdida: Pino en Sala" in running.lines
    assert scene.discord.messages(scene.chat) == []
    scene.admits(record, scene.last_stay(scene.pino.id))
    assert to_datetime(record.started_at) >= stopped_at


async def test_a_signal_is_obeyed_while_discord_does_not_answer(scene: Scene, program: Run) -> None:
    slow = scene.discord.faults.rest_dawdles("GET /gateway/bot", seconds=2 * PATIENCE)
    async with program() as running:
        await scene.until(lambda: slow.hits)
        assert await running.stops(signal.SIGTERM) == 0


async def test_a_signal_is_obeyed_while_discord_cannot_be_reached(
    scene: Scene, program: Run
) -> None:
    scene.discord.faults.rest_fails("GET /gateway/bot", status=502)
    async with program() as running:
        await running.says("No se llega a Discord")
        assert await running.stops(signal.SIGTERM) == 0


async def test_the_program_waits_for_a_discord_that_is_down_and_goes_on(
    scene: Scene, program: Run
) -> None:
    fault = scene.discord.faults.rest_fails("GET /gateway/bot", status=502)
    async with program() as running:
        await running.says("No se llega a Discord")
        fault.end()
        await running.watches()
        scene.pino.joins(scene.general)
        await scene.kept()
        assert await running.stops(signal.SIGTERM) == 0


async def test_a_gateway_that_is_down_for_a_while_is_one_sentence_and_no_traceback(
    scene: Scene, program: Run
) -> None:
    async with program() as running:
        await running.watches()
        scene.pino.joins(scene.general)
        await scene.heard()
        await scene.kept()
        scene.discord.faults.gateway_down = True
        scene.discord.cut()
        await running.says("No se llega a Discord")
        scene.discord.faults.gateway_down = False
        await running.watches()
        scene.pino.leaves()
        await scene.heard()
        (record,) = await scene.recorded()
        assert await running.stops(signal.SIGTERM) == 0
    scene.is_as_long_as(record, scene.last_stay(scene.pino.id))


async def test_a_signal_is_obeyed_while_the_gateway_is_down(scene: Scene, program: Run) -> None:
    async with program() as running:
        await running.watches()
        scene.pino.joins(scene.general)
        await scene.kept()
        scene.discord.faults.gateway_down = True
        scene.discord.cut()
        await running.says("No se llega a Discord")
        assert await running.stops(signal.SIGTERM) == 0
    assert len(scene.live()) == 1


async def test_a_second_program_is_told_who_owns_the_folder(scene: Scene, program: Run) -> None:
    async with program() as first:
        await first.watches()
        async with program() as second:
            assert await second.status() == 2
        assert f"process {first.process.pid}" in second.said
        scene.pino.joins(scene.general)
        await scene.kept()
        assert await first.stops(signal.SIGTERM) == 0


def _watched_until(scene: Scene) -> Instant:
    (watch,) = read_live(scene.data_dir).state.guilds
    return watch.observed_until or 0
