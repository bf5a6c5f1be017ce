"""The party machine: several people of one guild with the same game at the same time.

Who is in a party follows from the game sessions; the engine keeps ``players`` in step with
them and fires ``lose`` and ``return`` as they become too few or enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from machines.lifecycle import Row, lifecycle
from machines.machine import SessionMachine
from machines.outcomes import save

if TYPE_CHECKING:
    from machines.session import AnySession, PartySession
    from machines.step import Step

__all__ = ["PARTY"]


def count_players(session: AnySession, step: Step) -> None:
    """Keep the most players it ever had at once, and an application id that was missing."""
    party = cast("PartySession", session)
    here = {player.user_id for player in party.players if player.ended_at is None}
    party.max_players = max(party.max_players, len(here))
    if party.app_id is None and step.change is not None:
        party.app_id = step.change.app_id


# fmt: off
PARTY = SessionMachine("party", lifecycle(
    Row("update",   ("pending",), None, (),
        (count_players,),
        "a player came or went"),
    Row("update",   ("confirmed", "recovered"), None, (),
        (count_players, save),
        "a player came or went"),
))
# fmt: on
