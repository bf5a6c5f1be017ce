"""The party machine: several people of one guild with the same game at the same time.

Who is in a party follows from the game sessions; the engine keeps ``players`` in step with
them and fires ``lose`` and ``return`` as they become too few or enough. One that has gone on for
long goes on as another, so that neither grows for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from machines.effects import SessionChanged
from machines.lifecycle import Row, lifecycle
from machines.machine import SessionMachine
from machines.outcomes import log_going_on, save, tell_confirmed, tell_ended, write_record

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


def end_chapter(session: AnySession, step: Step) -> None:
    """It ends for the record, at an instant before which nothing of it changes any more."""
    session.ended_at, session.reason, session.deadline = step.moment, "goes_on", None


# fmt: off
PARTY = SessionMachine("party", lifecycle(
    Row("update",   ("pending",), None, (),
        (count_players,),
        "a player came or went"),
    Row("update",   ("confirmed", "recovered"), None, (),
        (count_players, save_players),
        "a player came or went"),
    Row("go_on",    ("confirmed", "recovered"), "ended", (),
        (end_chapter, write_record, log_going_on, tell_ended),
        "it has gone on for long: what came so far is written, another goes on from there"),
    Row("go_on",    ("new",), "confirmed", (),
        (save, tell_confirmed),
        "it goes on from where the one before it ended"),
))
# fmt: on
