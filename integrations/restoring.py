"""Restoring: the sessions of an earlier process are taken up some at a time."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from engine import hold_to_present, shift_state
from integrations.turns import in_turns, others_first
from machines import LiveState, PartySession
from persistence.beside_the_loop import beside_the_loop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integrations.tracker import Tracker
    from machines import AnySession, Instant

__all__ = ["held_to_present", "restore_in_turns"]

_AT_ONCE = 10
"""Sessions in one turn; each comes with a line in the log."""


async def held_to_present(state: LiveState, now: Instant) -> bool:
    """Do what :func:`engine.hold_to_present` does, in a thread that lets the event loop go on."""
    return await asyncio.to_thread(hold_to_present, state, now, beside_the_loop)


async def restore_in_turns(tracker: Tracker, state: LiveState) -> None:
    """Do what :meth:`Tracker.restore` does, some sessions at a time: parties follow from the games.

    A clock that is set meanwhile moves those that are still to come as well.

    Args:
        tracker: takes them up.
        state: it is left without sessions.
    """
    set_before = tracker.clock_watch.set_by
    ordered = _parties_last(state.sessions)
    some = list(islice(ordered, _AT_ONCE))
    await _restore_some(tracker, msgspec.structs.replace(state, sessions=some), set_before)
    while some := list(islice(ordered, _AT_ONCE)):
        await others_first()
        next_ones = LiveState(sessions=some, saved_at=state.saved_at)
        await _restore_some(tracker, next_ones, set_before)


async def _restore_some(tracker: Tracker, state: LiveState, set_before: int) -> None:
    tracker.heard_at()  # it finds out whether the clock was set
    by = tracker.clock_watch.set_by - set_before
    if by:
        shift_state(state, by)
    async for _player in in_turns(tracker.restoring(state)):
        pass


def _parties_last(sessions: list[AnySession]) -> Iterator[AnySession]:
    """Take the sessions out, one by one: to let go of the whole list takes long as well."""
    parties = []
    sessions.reverse()
    while sessions:
        session = sessions.pop()
        if type(session) is PartySession:
            parties.append(session)
        else:
            yield session
    yield from parties
