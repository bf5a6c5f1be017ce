"""Players by themselves: a large party is not written anew for each that comes or goes.

One version of the party holds all of its players; those after it hold only the one who has
changed, besides what the party is itself. Together they are the party as it is now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from persistence.beside_the_loop import beside_the_loop
from persistence.packing import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machines import PartySession, Player

__all__ = ["alone", "packed_whole", "whole"]


def alone(party: PartySession, *players: Player) -> PartySession:
    """Return a copy of a party with none but these of its players."""
    return msgspec.structs.replace(party, players=list(players))


def packed_whole(party_id: str, party: bytes, later: Iterable[bytes]) -> bytes:
    """Return a packed party as the packed versions after it say."""
    versions = (
        cast("PartySession", unpack("party", party_id, each))
        for each in beside_the_loop((party, *later))
    )
    return pack(whole(next(versions), versions))


def whole(party: PartySession, later: Iterable[PartySession]) -> PartySession:
    """Return a party as the versions after it say, which hold only the players that changed."""
    players = list(party.players)
    places = {player.session_id: place for place, player in enumerate(players)}
    for version in later:
        party = version
        for player in version.players:
            place = places.setdefault(player.session_id, len(players))
            players[place : place + 1] = [player]
    return msgspec.structs.replace(party, players=players)
