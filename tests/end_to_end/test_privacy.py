"""People who opt out, and people who are forgotten, while the bot runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from persistence import LedgerReader

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
