"""The party machine: several people of one guild with the same game at the same time.

Who is in a party follows from the game sessions; the engine keeps ``players`` in step with
them and fires ``lose`` and ``return`` as they become too few or enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from machines.effects import SessionChanged
from machines.lifecycle import Row, lifecycle
from machines.machine import SessionMachine

if TYPE_CHECKING:
    from machines.session import AnySession, PartySession
    from machines.step import Step

__all__ = ["PARTY"]


def count_players(session: AnySession, step: Step) -> None:
    """Keep the most players it ever had at once, and an application id that was missing."""
    party = cast("PartySession", session)
    if step.change is None:
        return
    party.max_players = max(party.max_players, step.change.people)
    if party.app_id is None:
        party.app_id = step.change.app_id


def save_players(session: AnySession, step: Step) -> None:
    """Ask for the snapshot to follow with the players that have changed."""
    changed = () if step.change is None else step.change.players
    step.effects.append(SessionChanged(session, changed))


# fmt: off
PARTY = SessionMachine("party", lifecycle(
    Row("update",   ("pending",), None, (),
        (count_players,),
        "a player came or went"),
    Row("update",   ("confirmed", "recovered"), None, (),
        (count_players, save_players),
        "a player came or went"),
))
# fmt: on
