"""Players who play on: what has happened to them since they came is told by their game sessions.

So that nothing is written twice, a party's entry is told when a player comes and when they are
gone for good. Whoever reads both entries makes one of them here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import GameSession, PartySession
from persistence.beside_the_loop import beside_the_loop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import AnySession

__all__ = ["follow_games"]


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
        since = party.started_at if party.continues else None
        for place, player in enumerate(beside_the_loop(party.players)):
            game = games.get(player.session_id)
            if game is not None and _plays(game, party) and player.user_id == game.user_id:
                party.players[place] = player.after(game, since)


def _plays(game: GameSession, party: PartySession) -> bool:
    """Return whether it is the party's game: another application id may have become known."""
    return game.app_id is None or party.app_id is None or game.app_id == party.app_id
