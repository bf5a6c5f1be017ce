"""Files of the proposal's own format, and files that cannot be read."""

from __future__ import annotations

import json
import signal
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from machines import from_datetime, to_datetime
from tests.end_to_end.scene import Scene, ShardedCarrier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.end_to_end.conftest import Run


async def test_sessions_of_the_old_format_go_on_from_their_start_where_people_are_still_there(
    scene: Scene, program: Run
) -> None:
    began = _local(scene) - timedelta(minutes=45)
    old = _old_snapshot(scene, began, written_at=_local(scene) - timedelta(minutes=1))
    path = _write(scene, old)
    original = path.read_bytes()
    scene.pino.joins(scene.general)
    scene.pino.plays("VALORANT", application_id=700136079562375258)
    scene.zeta.plays("VALORANT", application_id=700136079562375258)
    async with program() as running:
        (agu,) = await scene.recorded(1, "voice", user=scene.agu)
        await scene.until(lambda: _states(scene) == ["recovered"] * 4)
        scene.pino.leaves()
        (pino,) = await scene.recorded(1, "voice", user=scene.pino)
        assert await running.stops(signal.SIGTERM) == 0

    start = from_datetime(began.astimezone())
    assert pino.started_at == start
    assert pino.seconds == pytest.approx(45 * 60, abs=60)  # a busy machine may take its time
    assert (agu.state, agu.reason, agu.started_at) == ("orphaned", "gap", start)
    assert agu.seconds == pytest.approx(44 * 60, abs=5)
    assert {session.started_at for session in scene.live()} == {start}
    assert original in [path.read_bytes() for path in scene.data_dir.iterdir()]
    assert "🔄 Sesión de voz restaurada: Pino en General" in running.lines
    assert "🔄 Sesión de party restaurada: VALORANT con 2 jugadores" in running.lines
    assert "🔄 No hay sesiones previas para restaurar" not in running.lines
    assert "schema" in json.loads((scene.data_dir / "active_sessions.json").read_bytes())


async def test_whoever_is_never_found_is_closed_where_the_file_was_written(scene: Scene) -> None:
    began = _local(scene) - timedelta(minutes=30)
    written_at = _local(scene) - timedelta(minutes=10)
    old = _old_snapshot(scene, began, written_at=written_at)
    old["voice_sessions"] = {
        "4242": {**old["voice_sessions"][str(scene.agu.id)], "channel_id": 4343}
    }
    old["game_sessions"] = old["party_sessions"] = {}
    _write(scene, old)
    async with scene.bot():
        (record,) = await scene.recorded()
        await scene.kept(0)
    assert record.state == "orphaned"
    assert to_datetime(record.ended_at).timestamp() == pytest.approx(
        written_at.timestamp(), abs=0.2
    )


async def test_sessions_without_a_guild_are_kept_until_every_shard_has_come(scene: Scene) -> None:
    scene.discord.rest.shards = 2
    patio = scene.discord.add_guild("Patio", shard=(1, 2))
    lounge = patio.add_voice_channel("Lounge")
    patio.add_member(scene.agu)
    began = _local(scene) - timedelta(minutes=5)
    old = _old_snapshot(scene, began, written_at=_local(scene))
    old["voice_sessions"][str(scene.agu.id)]["channel_id"] = lounge.id
    old["game_sessions"] = old["party_sessions"] = {}
    _write(scene, old)
    scene.agu.joins(lounge)

    class OneShardLate(ShardedCarrier):
        async def before_identify_hook(
            self, shard_id: int | None, *, initial: bool = False
        ) -> None:
            await super().before_identify_hook(shard_id, initial=initial)
            if shard_id == 1:
                await scene.until(lambda: "shard_ready" in self.events)

    async with scene.bot(OneShardLate):
        await scene.until(lambda: _states(scene) == ["recovered"])
        (session,) = scene.live()
    assert session.guild_id == patio.id
    assert session.started_at == from_datetime(began.astimezone())


async def test_stopped_before_a_guild_came_its_sessions_are_still_there(scene: Scene) -> None:
    old = _old_snapshot(scene, _local(scene) - timedelta(minutes=5), written_at=_local(scene))
    _write(scene, old)
    async with scene.cog_alone():
        pass
    scene.pino.joins(scene.general)
    async with scene.bot():
        await scene.recorded(1, "voice", user=scene.agu)
        await scene.until(lambda: "recovered" in _states(scene))
    (pino,) = scene.live("voice")
    assert pino.started_at < from_datetime(scene.now()) - 4 * 60 * 1_000_000


async def test_a_file_that_cannot_be_read_is_kept_aside_and_the_bot_goes_on(
    scene: Scene, program: Run
) -> None:
    scene.data_dir.mkdir()
    (scene.data_dir / "active_sessions.json").write_text('{"schema": 1, "voice_ses')
    async with program() as running:
        await running.watches()
        scene.pino.joins(scene.general)
        await scene.kept()
        assert await running.stops(signal.SIGTERM) == 0
    (warning,) = [line for line in running.lines if line.startswith("⚠️")]
    assert "active_sessions.json" in warning
    contents = [path.read_bytes() for path in scene.data_dir.iterdir()]
    assert b'{"schema": 1, "voice_ses' in contents


def _local(scene: Scene) -> datetime:
    """The present as the proposal writes it: naive, in the machine's time zone."""
    return scene.now().astimezone().replace(tzinfo=None)


def _old_snapshot(scene: Scene, began: datetime, *, written_at: datetime) -> dict[str, Any]:
    start = began.isoformat()
    voice = {
        str(person.id): {
            "username": person.name,
            "channel_id": scene.general.id,
            "channel_name": "General",
            "start_time": start,
            "is_confirmed": True,
        }
        for person in (scene.pino, scene.agu)
    }
    games = {
        str(person.id): {
            "username": person.name,
            "game_name": "VALORANT",
            "app_id": 700136079562375258,
            "activity_type": "playing",
            "start_time": start,
            "is_confirmed": True,
        }
        for person in (scene.pino, scene.zeta)
    }
    party = {
        "player_ids": [str(scene.pino.id), str(scene.zeta.id)],
        "player_names": ["Pino", "Zeta"],
        "start_time": start,
        "max_players": 2,
        "is_confirmed": True,
    }
    return {
        "voice_sessions": voice,
        "game_sessions": games,
        "party_sessions": {"VALORANT": party},
        "last_updated": written_at.isoformat(),
    }


def _write(scene: Scene, old: dict[str, Any]) -> Path:
    scene.data_dir.mkdir()
    path = scene.data_dir / "active_sessions.json"
    path.write_text(json.dumps(old))
    return path


def _states(scene: Scene) -> list[str]:
    return [session.state for session in scene.live()]
