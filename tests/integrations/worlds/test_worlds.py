"""Whatever goes wrong, no record asserts what was not so, in worlds drawn by lot.

A world that fails tells its story: when who came and went, what the bot read, and what went wrong;
and the command that plays it again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from integrations import wake_ups
from tests.integrations.worlds.kinds import KINDS
from tests.integrations.worlds.play import again, play

if TYPE_CHECKING:
    from tests.integrations.worlds.play import World

FAILED_ONCE = (261, 362, 520)
"""A cog was unloaded seconds after it had read of somebody who had come long before."""

KILLED_BEFORE_THEY_COUNTED = (2176, 2274)
"""Somebody who had come before a standstill, or in it, would only have counted some time after."""

OF_EACH = {
    "plain": (*range(12), *FAILED_ONCE),
    "rough": (*range(9), *KILLED_BEFORE_THEY_COUNTED),
    "set": range(4),
    "wide": range(6),
    "sharded": range(6),
    "hurried": range(4),
    "private": (*range(3), 36),
    "refused": range(6),
    "roled": range(4),
}
SOAKED = {
    "plain": 1_000,
    "rough": 1_000,
    "set": 200,
    "wide": 400,
    "sharded": 400,
    "hurried": 200,
    "private": 200,
    "refused": 200,
    "roled": 200,
}
_AT_ONCE = 50


def require_true(kind: str, seed: int) -> None:
    """Fail with the story of a world in which a record is wrong."""
    try:
        wrong = play(seed, KINDS[kind]).wrong
    except Exception as error:
        error.add_note(again(seed, KINDS[kind]))
        raise
    assert not wrong, "\n".join(["", *wrong])


def without_ids(world: World) -> list[str]:
    return sorted(re.sub("[0-9a-f]{32}", "", str(record)) for record in world.records)


@pytest.mark.parametrize(
    ("kind", "seed"), [(kind, seed) for kind, seeds in OF_EACH.items() for seed in seeds]
)
def test_no_record_asserts_what_was_not_so(kind: str, seed: int) -> None:
    require_true(kind, seed)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("kind", "first"),
    [(kind, first) for kind, most in SOAKED.items() for first in range(0, most, _AT_ONCE)],
)
def test_no_record_does_so_in_any_of_thousands(kind: str, first: int) -> None:
    for seed in range(first, first + _AT_ONCE):
        require_true(kind, seed)


def test_a_world_is_the_same_in_whichever_process(monkeypatch: pytest.MonkeyPatch) -> None:
    stories = []
    for phase in (0.1, 0.6):
        monkeypatch.setattr(wake_ups, "_PHASE", phase)
        stories.append(play(0, KINDS["rough"]).story)
    assert stories[0] == stories[1]


@pytest.mark.parametrize("kind", ["plain", "sharded"])
def test_a_world_is_the_same_each_time_that_it_is_played(kind: str) -> None:
    world, once_more, another = (play(seed, KINDS[kind]) for seed in (5, 5, 6))
    assert world.story == once_more.story
    assert without_ids(world) == without_ids(once_more)
    assert len(world.records) > 10
    assert world.story != another.story
