"""Players who play on: what has happened to them since they came is told by their game sessions.

So that nothing is written twice, a party's entry is told when a player comes and when they are
gone for good. Whoever reads both entries makes one of them here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from machines import GameSession, PartySession, Stretch
from persistence.beside_the_loop import beside_the_loop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import AnySession, Instant, Player, Record

__all__ = ["doubted", "follow_games", "is_game_of"]


def follow_games(sessions: Iterable[AnySession]) -> None:
    """Let the parties among these sessions hold of their players what the games among them say."""
    games: dict[str, GameSession] = {}
    parties: list[PartySession] = []
    for session in beside_the_loop(sessions):
        if type(session) is GameSession:
            games[session.id] = session
        elif type(session) is PartySession:
            parties.append(session)
    for party in parties:
        for place, player in enumerate(beside_the_loop(party.players)):
            game = games.get(player.session_id)
            if game is not None and player.user_id == game.user_id:
                party.players[place] = _after(player, party, game)


def is_game_of(player: Player, party: PartySession, game: GameSession | Record) -> bool:
    """Return whether it is by this game that somebody plays with a party still.

    Otherwise they were gone for good from this party while their game went on: its application id
    became known and is another; or it has none, and a later process took it to be of another party
    of that name. Of those it lost sight of so, nothing is known since they ended, which their game
    says nothing of.
    """
    if player.ended_at is not None and player.stretches:
        last = player.stretches[-1]
        if last.start >= player.ended_at and last not in game.stretches:
            return False
    return game.app_id is None or party.app_id is None or game.app_id == party.app_id


def doubted(player: Player, until: Instant) -> Player:
    """Return a player of whom nothing is known since the party was told of them last."""
    since = max([player.started_at, *(part.end for part in player.stretches)])
    if since >= until:
        return player
    stretches = (*player.stretches, Stretch(since, until, "unknown"))
    return msgspec.structs.replace(player, stretches=stretches)


def _after(player: Player, party: PartySession, game: GameSession) -> Player:
    if is_game_of(player, party, game):
        return player.after(game, party)
    if player.ended_at is not None:
        return player
    # That they went over to another game was not written any more.
    return msgspec.structs.replace(doubted(player, game.last_seen), ended_at=game.last_seen)
