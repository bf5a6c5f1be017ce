"""People who opt out, and people who are forgotten, while the bot runs."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from integrations.loopback.server import PATIENCE
from machines import from_datetime
from persistence import DataDir, LedgerReader, OptOuts, forget, verify

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.end_to_end.conftest import Run
    from tests.end_to_end.scene import Carrier, Scene


def traces(scene: Scene, user_id: int, name: str) -> list[str]:
    marks = [str(user_id).encode(), user_id.to_bytes(8), name.encode()]
    return [
        path.name
        for path in scene.data_dir.iterdir()
        if path.is_file() and any(mark in path.read_bytes() for mark in marks)
    ]


async def test_whoever_opts_out_is_closed_and_never_written_again(scene: Scene) -> None:
    async with scene.bot() as bot:
        scene.pino.joins(scene.general)
        scene.agu.joins(scene.general)
        await scene.kept(2)
        await bot.cog.privacy.opt_out(scene.pino.id)
        (record,) = await scene.recorded(user=scene.pino)
        assert record.reason == "opted_out"
        scene.pino.leaves()
        scene.pino.joins(scene.sala)
        scene.pino.plays("Tetris")
        scene.agu.plays("Tetris")
        await scene.kept(2)
        await bot.cog.privacy.forget(scene.pino.id)
        assert traces(scene, scene.pino.id, "Pino") == ["opted_out.json"]
    async with scene.bot() as bot:
        scene.pino.moves(scene.general)
        await scene.kept(2)
        await scene.heard()
        assert {getattr(s, "user_id", None) for s in scene.live()} == {scene.agu.id}
        assert traces(scene, scene.pino.id, "Pino") == ["opted_out.json"]
        await bot.cog.privacy.opt_in(scene.pino.id)
        scene.pino.moves(scene.sala)
        await scene.until(
            lambda: any(getattr(s, "user_id", None) == scene.pino.id for s in scene.live())
        )


async def test_whoever_opts_out_while_the_bot_is_stopped_is_written_down_and_the_others_go_on(
    scene: Scene,
) -> None:
    async with scene.bot():
        scene.pino.joins(scene.general)
        scene.agu.joins(scene.general)
        for person in (scene.pino, scene.agu):
            person.plays("Tetris")
        await scene.kept(5)
        [together] = scene.live("party")
        scene.zeta.joins(scene.general)
        await scene.kept(6)
    before = {
        each.id: each for each in scene.live() if getattr(each, "user_id", 0) == scene.pino.id
    }
    OptOuts(scene.data_dir).add(scene.pino.id)
    async with scene.bot() as bot:
        await scene.recorded(3, user=scene.pino)
        await scene.until(
            lambda: {told.session_id for told in bot.heard("orphaned", scene.pino)} == {*before}
        )
        await scene.until(lambda: {each.state for each in scene.live()} == {"recovered"})
        assert {getattr(each, "user_id", None) for each in scene.live("voice")} == {
            scene.agu.id,
            scene.zeta.id,
        }
        assert [getattr(each, "user_id", None) for each in scene.live("game")] == [scene.agu.id]
        assert scene.live("party") == []
    for record in scene.records(user=scene.pino):
        if record.kind == "party":
            assert (record.id, record.reason) == (together.id, "too_few_players")
            assert set(record.player_ids) == {scene.pino.id, scene.agu.id}
        else:
            assert record.reason == "opted_out"
            assert record.ended_at == before[record.id].last_seen
    async with scene.bot():
        await scene.heard()
    assert len(scene.records(user=scene.pino)) == 3
    assert verify(scene.data_dir) == []


async def test_forgetting_one_of_two_leaves_the_other_what_they_played(scene: Scene) -> None:
    async with scene.bot(party_grace=1) as bot:
        for person in (scene.pino, scene.agu):
            person.plays("Tetris")
        await scene.kept(3)
        [live] = scene.live("party")
        told = await bot.cog.privacy.forget(scene.pino.id)
        assert told.parties == 1
        assert traces(scene, scene.pino.id, "Pino") == ["opted_out.json"]
        [party] = await scene.recorded(kind="party")
        assert (party.id, party.player_ids) == (live.id, [scene.agu.id])
        assert party.seconds > 0
        assert traces(scene, scene.pino.id, "Pino") == ["opted_out.json"]


async def test_forgetting_leaves_the_others_and_their_party(scene: Scene) -> None:
    async with scene.bot() as bot:
        for person in (scene.pino, scene.agu, scene.zeta):
            person.joins(scene.general)
            person.plays("Tetris")
        await scene.kept(7)
        scene.zeta.leaves()
        await scene.recorded(user=scene.zeta)
        told = await bot.cog.privacy.forget(scene.zeta.id)
        assert told.records >= 1
        assert not LedgerReader(scene.data_dir).knows_user(scene.zeta.id)
        assert traces(scene, scene.zeta.id, "Zeta") == ["opted_out.json"]
        assert {getattr(s, "user_id", None) for s in scene.live("voice")} == {
            scene.pino.id,
            scene.agu.id,
        }


async def opts_in_and_the_bot_stops(scene: Scene, bot: Carrier) -> None:
    await bot.cog.privacy.opt_out(scene.pino.id)
    await plays_unseen(scene)
    await bot.cog.privacy.opt_in(scene.pino.id)


async def opts_out(scene: Scene, bot: Carrier) -> None:
    await bot.cog.privacy.opt_out(scene.pino.id)
    await plays_unseen(scene)


async def plays_unseen(scene: Scene) -> None:
    await scene.heard()
    scene.pino.plays("Tetris")
    await scene.heard()


async def is_forgotten(scene: Scene, bot: Carrier) -> None:
    scene.pino.plays("Tetris")
    await scene.heard()
    await scene.kept()
    await bot.cog.privacy.forget(scene.pino.id)


async def plays(scene: Scene, _bot: Carrier) -> None:
    scene.pino.plays("Tetris")
    await scene.heard()
    await scene.kept()


async def nothing_more(_scene: Scene) -> None:
    pass


async def opt_in_by_command(scene: Scene) -> None:
    OptOuts(scene.data_dir).remove(scene.pino.id)


async def forget_by_command(scene: Scene) -> None:
    with DataDir.open(scene.data_dir) as data_dir:
        forget(data_dir, scene.pino.id)


@pytest.mark.parametrize(
    ("while_it_runs", "while_none_does"),
    [
        (opts_in_and_the_bot_stops, nothing_more),
        (opts_out, opt_in_by_command),
        (is_forgotten, nothing_more),
        (plays, forget_by_command),
    ],
)
async def test_what_was_before_they_count_again_is_not_credited_by_the_next_run_either(
    scene: Scene,
    while_it_runs: Callable[[Scene, Carrier], Awaitable[None]],
    while_none_does: Callable[[Scene], Awaitable[None]],
) -> None:
    """Discord says when a game began, and the last look at everybody was before that."""
    async with scene.bot() as bot:
        await while_it_runs(scene, bot)
        asked = from_datetime(scene.now())
    if while_none_does is not nothing_more:
        asked = from_datetime(scene.now())
        await while_none_does(scene)
    counted_by = from_datetime(scene.now())
    async with scene.bot() as bot:
        await scene.until(lambda: bot.heard("recovered", scene.pino))
        scene.pino.stops()
        await scene.heard()
        [record] = await scene.recorded()
    since = min([record.started_at, *(each.start for each in record.stretches)])
    # What was asked of a running bot was done by then, and what a command does is done after.
    assert since <= counted_by
    if while_none_does is nothing_more:
        assert OptOuts(scene.data_dir).counting_since[scene.pino.id] == since <= asked
    else:
        assert asked <= since
    assert verify(scene.data_dir) == []


@pytest.mark.parametrize("asked", ["forget", "opt_in"])
async def test_whoever_was_told_that_they_count_from_now_on_does_though_it_is_killed_then(
    scene: Scene, program: Run, asked: str
) -> None:
    if asked == "opt_in":
        scene.data_dir.mkdir()
        OptOuts(scene.data_dir).add(scene.pino.id)
    async with program() as running:
        await running.watches()
        scene.pino.plays("Tetris")
        if asked == "forget":
            await scene.kept()
        await scene.heard()
        asked_at = from_datetime(scene.now())
        await scene.until(scene.discord.commands)
        answer = await scene.discord.invoke(scene.pino, scene.chat, "privacidad")
        for button in (asked, "sure") if asked == "forget" else (asked,):
            assert answer.message is not None
            answer = await scene.discord.press(
                scene.pino, answer.message, f"latido:privacy:{button}:en", wait=PATIENCE
            )
        os.kill(running.process.pid, signal.SIGKILL)
        assert "now on" in str(answer.embeds)
        await running.process.wait()
    told_by = from_datetime(scene.now())
    [(user_id, since)] = OptOuts(scene.data_dir).counting_since.items()
    assert user_id == scene.pino.id
    assert asked_at <= since <= told_by
    async with program() as running:
        await running.watches()
        await scene.kept()
        scene.pino.stops()
        [record] = await scene.recorded()
        assert await running.stops(signal.SIGTERM) == 0
    assert min([record.started_at, *(each.start for each in record.stretches)]) == since
    assert verify(scene.data_dir) == []
