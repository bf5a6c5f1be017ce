"""Session ids are unique for ever: the ledger takes two records of one id for one."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING

import pytest

from engine import Channel, SessionEngine, Settings, VoiceObserved
from machines import SECOND

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PEOPLE = range(1, 6)


def ids() -> list[str]:
    """Return the ids of a few sessions that begin now."""
    engine = SessionEngine(Settings())
    for user_id in PEOPLE:
        comes = VoiceObserved(
            guild_id=1, user_id=user_id, username="Pino", channel=Channel(2, "General")
        )
        engine.observe(comes, user_id * SECOND)
    return [session.id for session in engine.sessions()]


def tell(pipe: Connection) -> None:
    pipe.send(ids())


def test_no_two_ids_are_the_same() -> None:
    assert len({*ids(), *ids()}) == 2 * len(PEOPLE)


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork"
)
def test_no_two_ids_are_the_same_in_processes_that_were_forked() -> None:
    context = multiprocessing.get_context("fork")
    told = ids()
    for _process in range(2):
        ours, theirs = context.Pipe()
        process = context.Process(target=tell, args=(theirs,))
        process.start()
        told += ours.recv() if ours.poll(30) else []
        process.join(30)
    told += ids()
    assert len(set(told)) == len(told) == 4 * len(PEOPLE)
