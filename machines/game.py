"""The game machine: one person with one game (or stream, or music) in one guild."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from machines.lifecycle import Row, lifecycle
from machines.machine import SessionMachine
from machines.outcomes import save

if TYPE_CHECKING:
    from machines.session import AnySession, GameSession
    from machines.step import Step

__all__ = ["GAME"]


def change_details(session: AnySession, step: Step) -> None:
    """Take over a new name of the person, or an application id that was missing."""
    game = cast("GameSession", session)
    if step.change is None:
        return
    if step.change.username is not None:
        game.username = step.change.username
    if game.app_id is None:
        game.app_id = step.change.app_id


# fmt: off
GAME = SessionMachine("game", lifecycle(
    Row("update",   ("pending",), None, (),
        (change_details,),
        "details changed"),
    Row("update",   ("confirmed", "recovered"), None, (),
        (change_details, save),
        "details changed: the session goes on"),
))
# fmt: on
