"""How the snapshot and the ledger agree: what the ledger holds is over, whatever else says not.

Between a session's ledger row and the snapshot without it, or without its part in a party, the
last run may have died.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from machines import PartySession
from persistence.beside_the_loop import beside_the_loop
from persistence.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from machines import LiveState, Player
    from persistence.ledger_reader import LedgerReader
    from persistence.protocols import Restored

__all__ = ["agree"]


def agree(restored: Restored, ledger: LedgerReader) -> list[PartySession]:
    """Leave out the sessions that the ledger holds; return the parties of which it knew more.

    The sessions left out are named as duplicates. Whoever was a player with one of them, or
    with one that the snapshot has let go of already, is a player no longer.

    Raises:
        LedgerError: the ledger cannot be read.
        NewerSchemaError: a newer version wrote it.
    """
    state = restored.state
    ended = ledger.contains(session.id for session in beside_the_loop(state.sessions))
    if ended:
        sessions = state.sessions
        restored.duplicates = [each.id for each in beside_the_loop(sessions) if each.id in ended]
        state.sessions = [each for each in beside_the_loop(sessions) if each.id not in ended]
        restored.unplaced = [each for each in restored.unplaced if each.id not in ended]
    return _end_players(state, ledger)


def _end_players(state: LiveState, ledger: LedgerReader) -> list[PartySession]:
    parties = [each for each in beside_the_loop(state.sessions) if type(each) is PartySession]
    if not parties:
        return []
    left = {player.session_id for party in parties for player in _still_there(party)}
    for session in beside_the_loop(state.sessions):
        left.discard(session.id)
    ended = ledger.contains(left) if left else set()
    return [party for party in parties if _end_those(party, ended, ledger)]


def _still_there(party: PartySession) -> Iterator[Player]:
    """Yield the players who are said to be there."""
    return (player for player in beside_the_loop(party.players) if player.ended_at is None)


def _end_those(party: PartySession, ended: set[str], ledger: LedgerReader) -> bool:
    changed = False
    for place, player in enumerate(party.players):
        if player.ended_at is None and player.session_id in ended:
            with suppress(LedgerError):  # one that is damaged says nothing
                record = ledger.record(player.session_id)
                if record is not None:
                    party.players[place] = msgspec.structs.replace(
                        player, ended_at=record.ended_at, stretches=record.stretches
                    )
                    changed = True
    return changed
