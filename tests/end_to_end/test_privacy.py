"""People who opt out, and people who are forgotten, while the bot runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from persistence import LedgerReader, OptOuts, verify

if TYPE_CHECKING:
    from tests.end_to_end.scene import Scene


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
        assert traces(scene, scene.pino.id, "Pino") == []
        [party] = await scene.recorded(kind="party")
        assert (party.id, party.player_ids) == (live.id, [scene.agu.id])
        assert party.seconds > 0
        assert traces(scene, scene.pino.id, "Pino") == []


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
        assert traces(scene, scene.zeta.id, "Zeta") == []
        assert {getattr(s, "user_id", None) for s in scene.live("voice")} == {
            scene.pino.id,
            scene.agu.id,
        }
