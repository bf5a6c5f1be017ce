"""Games, and the parties that follow from them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from machines import PartySession

if TYPE_CHECKING:
    from tests.end_to_end.scene import Carrier, Scene

VALORANT = 700136079562375258


async def test_a_party_grows_and_shrinks_and_is_as_long_as_two_or_more_played(
    scene: Scene,
) -> None:
    async with scene.bot() as bot:
        scene.pino.plays("VALORANT", application_id=VALORANT)
        await scene.kept(1, "game")
        assert scene.live("party") == []
        scene.agu.plays("VALORANT", application_id=VALORANT)
        await scene.heard()
        await scene.kept(1, "party")
        scene.zeta.plays("VALORANT", application_id=VALORANT)
        await scene.until(lambda: _players(bot) == 3)
        scene.pino.stops("VALORANT")
        await scene.recorded(1, "game")
        await asyncio.sleep(0.2)  # two go on playing
        assert scene.records("party") == []
        scene.agu.stops("VALORANT")
        await scene.heard()
        (party,) = await scene.recorded(1, "party")
        scene.zeta.stops("VALORANT")
        await scene.recorded(3, "game")

    (truth,) = scene.discord.truth.together(guild_id=scene.plaza.id, name="VALORANT")
    scene.is_as_long_as(party, truth)
    assert (party.max_players, party.reason) == (3, "too_few_players")
    assert set(party.player_ids) == {scene.pino.id, scene.agu.id, scene.zeta.id}
    assert party.game_name == "VALORANT"
    ends = {player.user_id: player.ended_at for player in party.players}
    assert (ends[scene.pino.id] or 0) < (ends[scene.agu.id] or 0)


async def test_each_game_is_as_long_as_it_was_played(scene: Scene) -> None:
    async with scene.bot():
        scene.pino.plays("Tetris")
        scene.pino.plays("VALORANT", application_id=VALORANT)
        await scene.heard()
        await scene.kept(2, "game")
        scene.pino.stops("Tetris")
        await scene.heard()
        await scene.recorded(1, "game")
        await asyncio.sleep(0.2)  # the other game goes on
        scene.pino.stops()
        await scene.heard()
        tetris, valorant = await scene.recorded(2, "game")

    for record in (tetris, valorant):
        (truth,) = scene.discord.truth.games(name=record.game_name)
        scene.is_as_long_as(record, truth.span)
    assert valorant.app_id == VALORANT
    assert tetris.app_id is None


async def test_two_games_of_one_name_make_no_party(scene: Scene) -> None:
    async with scene.bot():
        scene.pino.plays("Skate", application_id=1)
        scene.agu.plays("Skate", application_id=2)
        await scene.kept(2, "game")
    assert scene.live("party") == []


async def test_aliases_join_and_what_is_ignored_is_not_tracked(scene: Scene) -> None:
    async with scene.bot(game_aliases={"LoL": "League of Legends"}, ignored_games=["Solitaire"]):
        scene.pino.says("busy")
        scene.pino.listens("Song", artist="Band")
        scene.pino.plays("Solitaire")
        scene.pino.plays("LoL")
        scene.agu.plays("League of Legends")
        await scene.kept(1, "party")
        games = await scene.kept(2, "game")

    assert {getattr(game, "game_name", None) for game in games} == {"League of Legends"}


@pytest.mark.parametrize(("streaming", "parties"), [("game", 1), ("separate", 0), ("ignore", 0)])
async def test_a_stream_counts_as_its_game_or_by_itself_or_not_at_all(
    scene: Scene, streaming: str, parties: int
) -> None:
    async with scene.bot(streaming=streaming):
        scene.pino.streams("Tetris")
        scene.agu.plays("Tetris")
        await scene.kept(1 if streaming == "ignore" else 2, "game")
        await scene.kept(parties, "party")


async def test_somebody_going_offline_ends_their_game(scene: Scene) -> None:
    async with scene.bot():
        scene.pino.plays("Tetris")
        await scene.kept(1, "game")
        scene.pino.goes_offline()
        (record,) = await scene.recorded(1, "game")
    assert record.reason == "left"


def _players(bot: Carrier) -> int:
    parties = [s for s in bot.cog.engine.sessions() if isinstance(s, PartySession)]
    return len(parties[0].players) if parties else 0
