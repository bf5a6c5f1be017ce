"""People ask to be tracked no more, or again: while the bot runs, or while it does not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from machines import SECOND, seconds
from persistence import OptOuts, read_live
from tests.benchmarks.connected_bot import settled
from tests.integrations.worlds.deaths import starts_again

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tests.integrations.worlds.disk import Left
    from tests.integrations.worlds.stage import Stage

__all__ = ["PRIVACY"]

_TURNS = 1_000


async def somebody_asks(stage: Stage) -> None:
    """Somebody opts out, or in again; something may happen right behind it."""
    user_id = stage.plaza.somebody()
    privacy = stage.bot.cog.privacy
    if user_id in stage.plaza.uncounted:
        await _at_once(privacy.opt_in(user_id))
        stage.plaza.counts(user_id)
    else:
        await _at_once(privacy.opt_out(user_id))
        stage.plaza.counts_no_more(user_id)
    await stage.goes_on(stage.chance.choice((0, 1, 5)))


async def somebody_asks_as_it_is_killed(stage: Stage) -> None:
    """It is killed before one of its next steps with the disk, if it takes so many."""
    stage.disk.is_left_before(stage.chance.randint(1, 12))
    await somebody_asks(stage)
    left = stage.disk.is_left_no_more() or stage.disk.leaves()
    out = OptOuts(left.folder).user_ids
    for user_id in stage.plaza.people():
        if user_id in out and user_id not in stage.plaza.uncounted:
            stage.plaza.counts_no_more(user_id)
        if user_id in out:
            _is_unsaid(stage, user_id, left)
        elif user_id not in out and user_id in stage.plaza.uncounted:
            stage.plaza.counts(user_id, as_ever=True)
    await starts_again(stage, left)


async def somebody_asks_while_no_bot_runs(stage: Stage) -> None:
    """They are opted out, or in again, by the command line; some are so for a moment alone."""
    left = stage.disk.leaves()
    for _time in range(stage.chance.randint(1, 2)):
        user_id = stage.plaza.somebody()
        opt_outs = OptOuts(left.folder, now=lambda: stage.now() + seconds(stage.clock.set_by))
        if user_id in stage.plaza.uncounted:
            opt_outs.remove(user_id)
            stage.plaza.counts(user_id)
        else:
            opt_outs.add(user_id)
            stage.plaza.counts_no_more(user_id)
            _is_unsaid(stage, user_id, left)
    await starts_again(stage, left)


def _is_unsaid(stage: Stage, user_id: int, left: Left) -> None:
    """Nothing is said of somebody from when the guilds were watched last."""
    watches = read_live(left.folder).state.guilds
    set_by = round(stage.clock.set_by * SECOND)
    watched = [each.observed_until - set_by for each in watches if each.observed_until is not None]
    stage.unsaid.append((user_id, min([*watched, left.at]), stage.now()))


async def _at_once(done: Coroutine[None, None, object]) -> None:
    doing = asyncio.create_task(done)
    for _turn in range(_TURNS):
        if doing.done():
            break
        await settled(1)
    await doing


PRIVACY = (somebody_asks, somebody_asks_as_it_is_killed, somebody_asks_while_no_bot_runs)
