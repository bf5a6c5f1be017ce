"""The process is killed, at any moment or between two steps of its writing, and starts again.

What it has left by then is kept aside; it goes on to its end with its own folder, of which nothing
is known any more, and its successor finds what was kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from machines import SECOND
from tests.integrations.worlds.disk import WorldDisk
from tests.integrations.worlds.upkeep import draws_other_graces, is_reloaded

if TYPE_CHECKING:
    from machines import Instant
    from tests.integrations.worlds.disk import Left
    from tests.integrations.worlds.stage import Stage

__all__ = ["DEATHS", "dies_at", "is_killed_within_a_second", "starts_again"]

_UNDER_WAY = 2 * SECOND
"""Whatever was sent so long before it was killed may not have been read, and what was read in that
time may not be written."""

_WAKES = 3 * SECOND
"""Until a process that wakes has written what came due while it stood still."""

_HAD_WAITED = 6 * SECOND
"""Until it has been answered that all is read which had waited meanwhile, and has written that."""


async def is_killed(stage: Stage) -> None:
    """The process is killed."""
    await starts_again(stage, stage.disk.leaves())


async def is_killed_within_a_second(stage: Stage) -> None:
    """It is killed before, or just as, what it has read of people last is taken in and written."""
    stage.plaza.befalls()
    for _tenth in range(stage.chance.randint(0, 14)):
        await stage.goes_on_for_a_tenth()
    await is_killed(stage)


async def is_killed_as_it_writes(stage: Stage) -> None:
    """It is killed before one of its next steps with the disk, if it takes so many."""
    stage.disk.is_left_before(stage.chance.randint(1, 25))
    for _second in range(60):
        await stage.goes_on(1)
        if stage.disk.left is not None:
            break
    left = stage.disk.is_left_no_more()
    if left is not None:
        await starts_again(stage, left)


async def is_killed_as_it_is_reloaded(stage: Stage) -> None:
    """It is killed while the cog is unloaded or loaded, perhaps by other settings."""
    stage.disk.is_left_before(stage.chance.randint(1, 45))
    if stage.chance.happens(0.3):
        draws_other_graces(stage)
    await is_reloaded(stage)
    left = stage.disk.is_left_no_more()
    if left is not None:
        await starts_again(stage, left)


async def is_killed_twice(stage: Stage) -> None:
    """It is killed, and its successor as it loads, or soon after that."""
    await starts_again(stage, stage.disk.leaves(), is_left_before=stage.chance.randint(1, 30))
    left = stage.disk.is_left_no_more()
    if left is not None:
        await starts_again(stage, left)


async def starts_again(
    stage: Stage, left: Left, is_left_before: int = 0, *, ledger_refuses: bool = False
) -> None:
    """Begin a process with what the one before has left.

    Args:
        stage: its world.
        left: what has been left, and when.
        is_left_before: the step before which it is to be killed as well; 0 for none.
        ledger_refuses: whether the ledger does so from the start.
    """
    stage.story.tell(f"it was killed at {stage.story.second(left.at):.2f} before {left.before}")
    heard_until = dies_at(stage, left.at)
    since = min([heard_until, *(each.is_cut(loses=True) for each in stage.wires)])
    await _is_gone(stage)
    stage.disk = WorldDisk(left.folder, stage.now)
    stage.disk.ledger_refuses = ledger_refuses
    if is_left_before:
        stage.disk.is_left_before(is_left_before)
    for _second in range(stage.chance.randint(0, 100)):
        stage.passes(1.0)
    if stage.chance.happens(0.3):
        draws_other_graces(stage)
    await stage.passes_until(stage.loads())
    for _second in range(stage.chance.randint(0, 5)):
        await stage.passes_until(stage.pauses())
    for wire in stage.wires:
        wire.begins(stage.newcomer, stage.plaza)
        for square in wire.squares:
            stage.unheard[square.id].append((since, stage.now()))
    stage.story.tell("the next process is connected")
    await stage.goes_on(5)


def dies_at(stage: Stage, at: Instant) -> Instant:
    """Note that the process is killed; return up to when it has heard all that was sent.

    One that is killed as soon as it wakes is as if it had been so before it stood still.
    """
    asleep_since = [since for since, until in stage.stood_still if since < at < until + _WAKES]
    stage.deaths += [at, *asleep_since]
    unwritten = (
        each.sent_at
        for wire in stage.wires
        for each in wire.latest_read
        if each.at >= at - (_HAD_WAITED if each.at - each.sent_at > _UNDER_WAY else _UNDER_WAY)
    )
    return min([at - _UNDER_WAY, *asleep_since, *unwritten])


async def _is_gone(stage: Stage) -> None:
    """Let what was killed come to its end, and forget all that it knew."""
    bot = stage.newcomer
    await stage.passes_until(bot.remove_cog(stage.bot.cog.qualified_name))
    for wire in stage.wires:
        wire.is_found_cut()
    await stage.passes_until(stage.pauses())
    bot.is_not_ready_yet()
    bot._connection.clear(views=False)  # noqa: SLF001 - as a process finds it that begins


DEATHS = (is_killed, is_killed_as_it_writes, is_killed_as_it_is_reloaded, is_killed_twice)
