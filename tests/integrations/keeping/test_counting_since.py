"""Whoever counts again does so from then on, whatever becomes of the process."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, cast

import pytest

from engine import SessionEngine, Settings
from integrations.clocks import Clocks
from integrations.keeping.counting_since import CountingSince
from integrations.tracker import Tracker
from machines import SECOND
from persistence import OptOuts, SnapshotWriteError
from tests.benchmarks.our_cog import written
from tests.benchmarks.population import Population
from tests.benchmarks.scripted_clock import START as BEGAN
from tests.benchmarks.scripted_clock import ScriptedClock
from tests.costs.counted_loop import CountedLoop, run_counted
from tests.integrations.gateway.fed_bot import FedBot, fed
from tests.integrations.gateway.test_loaded_anew import is_connected, loaded_anew
from tests.persistence.examples import HOUR, START

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from machines import AnySession, Instant

LONG_AGO = BEGAN // 1000 - 7_200_000
"""Everybody's game began two hours before the first run, as Discord has it in milliseconds."""

PEOPLE = Population.of(6, guilds=1, began=LONG_AGO, channels=2)
GUILD = PEOPLE.guilds[0]
SPEAKER, PLAYER = PEOPLE.in_voice[0], PEOPLE.playing[0]
ASKERS = (SPEAKER, PLAYER)
AN_HOUR = 3600.0
DAY = 24 * AN_HOUR
WEEK = 7 * DAY


def sessions(bot: FedBot) -> list[AnySession]:
    return [each for asker in ASKERS for each in bot.cog.engine.sessions_of(GUILD.id, asker.id)]


async def count_in_the_next_run(folder: Path, since: Instant) -> None:
    """Start anew an hour later, and hold it to counting nothing of before."""
    clock = ScriptedClock()
    clock.passes(2 * AN_HOUR)
    async with fed(folder, PEOPLE, clock=clock) as bot:
        found = sessions(bot)
        assert sorted(each.kind for each in found) == ["game", "voice"]
        for each in found:
            assert (each.state, each.earliest_start) == ("recovered", since)
            assert not each.unbounded


async def test_whoever_opts_in_counts_from_then_on_after_a_kill_as_well(tmp_path: Path) -> None:
    async with fed(tmp_path / "data", PEOPLE) as bot:
        bot.clock.passes(60)
        for asker in ASKERS:
            await bot.cog.privacy.opt_out(asker.id)
        bot.clock.passes(600)
        since = bot.cog.now()
        for asker in ASKERS:
            await bot.cog.privacy.opt_in(asker.id)
        shutil.copytree(tmp_path / "data", tmp_path / "killed")
    await count_in_the_next_run(tmp_path / "killed", since)


async def test_nothing_is_removed_of_whoever_is_forgotten_before_that_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed between the steps of forgetting, and with the last of them."""
    async with fed(tmp_path / "data", PEOPLE) as bot:
        bot.clock.passes(60)
        since = bot.cog.now()
        ledger, live = bot.cog._data_dir.ledger, bot.cog._data_dir.live  # type: ignore[union-attr] # noqa: SLF001 - before and after each step
        for owner, name in ((ledger, "forget"), (live, "scrub_now")):
            monkeypatch.setattr(owner, name, with_a_copy(owner, name, tmp_path))
        for asker in ASKERS:
            await bot.cog.privacy.forget(asker.id)
        shutil.copytree(tmp_path / "data", tmp_path / "forgotten")
    for name in ("forget", "scrub_now", "forgotten"):
        assert OptOuts(tmp_path / name).counting_since == dict.fromkeys(
            (asker.id for asker in ASKERS), since
        )
        await count_in_the_next_run(tmp_path / name, since)


def with_a_copy(owner: object, name: str, folder: Path) -> Callable[..., object]:
    """Return what does the same, and keeps what a kill just before it would leave."""
    does = getattr(owner, name)

    def copies(*given: object) -> object:
        shutil.copytree(folder / "data", folder / name, dirs_exist_ok=True)
        return does(*given)

    return copies


async def test_a_cog_that_is_loaded_anew_knows_it_too(tmp_path: Path) -> None:
    async with fed(tmp_path, PEOPLE) as bot:
        is_connected(bot)
        bot.clock.passes(60)
        since = bot.cog.now()
        for asker in ASKERS:
            await bot.cog.privacy.forget(asker.id)
        async with loaded_anew(bot, tmp_path):
            bot.clock.stands_still(AN_HOUR)
        assert [each.earliest_start for each in sessions(bot)] == [since, since]


async def test_whoever_is_forgotten_and_is_out_counts_not_at_all(tmp_path: Path) -> None:
    async with fed(tmp_path, PEOPLE) as bot:
        await bot.cog.privacy.opt_out(SPEAKER.id)
        await bot.cog.privacy.forget(SPEAKER.id)
    assert (OptOuts(tmp_path).user_ids, OptOuts(tmp_path).counting_since) == ({SPEAKER.id}, {})


async def test_nobody_is_told_that_they_count_before_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fed(tmp_path, PEOPLE) as bot:
        await bot.cog.privacy.opt_out(SPEAKER.id)

        def fails(*_given: object) -> None:
            raise SnapshotWriteError("no room")

        monkeypatch.setattr(OptOuts, "write", fails)
        for asked in (bot.cog.privacy.opt_in(SPEAKER.id), bot.cog.privacy.forget(PLAYER.id)):
            with pytest.raises(SnapshotWriteError, match="no room"):
                await asked
        monkeypatch.undo()
        await written(bot.cog)
        assert bot.cog.ledger.knows_user(PLAYER.id), "nothing was removed"


async def test_a_clock_that_is_set_moves_since_when_they_count(tmp_path: Path) -> None:
    async with fed(tmp_path, PEOPLE) as bot:
        bot.clock.passes(60)
        await bot.cog.privacy.forget(PLAYER.id)
        since = bot.cog.now()
        bot.clock.is_set(-1800)
        bot.cog.engine  # noqa: B018 - as whoever asks about anybody
        bot.cog._tracker.heard_at()  # noqa: SLF001 - its next look at the clocks
    assert OptOuts(tmp_path).counting_since == {PLAYER.id: since - 1800 * SECOND}


async def test_a_cog_that_is_unloaded_waits_for_nothing_more(tmp_path: Path) -> None:
    def waiting() -> list[str]:
        names = [task.get_name() for task in asyncio.all_tasks()]
        return [name for name in names if name == "latido-counting-since"]

    async with fed(tmp_path, PEOPLE) as bot:
        await bot.cog.privacy.forget(PLAYER.id)
        assert len(waiting()) == 1
        await bot.bot.remove_cog(bot.cog.qualified_name)
        assert not waiting()


class Kept:
    """Since when people count, in virtual time, which begins at START; nothing else goes on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        loop = asyncio.get_running_loop()
        tracker = Tracker(SessionEngine(Settings()), lambda _effects: None)
        clocks = Clocks(lambda: START + round(loop.time() * SECOND), loop.time, loop.time)
        tracker.clocks = tracker.clock_watch.clocks = clocks
        self.tracker = tracker
        self.counting_since = CountingSince(tracker, OptOuts(folder))

    def held(self) -> set[int]:
        return set(OptOuts(self._folder).counting_since)

    async def timers(self, seconds: float) -> int:
        """Let time pass; return how often a timer came due, this one left out."""
        loop = cast("CountedLoop", asyncio.get_running_loop())
        before = loop.wakes
        await asyncio.sleep(seconds)
        return loop.wakes - before - 1


async def at_once(work: Callable[..., object], *given: object) -> object:
    return work(*given)


def told(
    folder: Path, story: Callable[[Kept], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tell a story; virtual time would go on while a thread is at work."""
    monkeypatch.setattr(asyncio, "to_thread", at_once)

    async def run() -> None:
        kept = Kept(folder)
        await kept.counting_since.take_up()
        await story(kept)
        await kept.counting_since.stop()

    run_counted(run(), patience=0)


def test_a_week_later_nobody_is_held_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(kept: Kept) -> None:
        await kept.counting_since.forgotten(5, kept.tracker.now())
        await asyncio.sleep(DAY)
        await kept.counting_since.forgotten(6, kept.tracker.now())
        await asyncio.sleep(WEEK - DAY - 60)
        assert kept.held() == {5, 6}
        await asyncio.sleep(2 * AN_HOUR)
        assert kept.held() == {6}
        await asyncio.sleep(DAY)
        assert kept.held() == set()
        assert await kept.timers(23 * AN_HOUR) == 0

    told(tmp_path, story, monkeypatch)


def test_a_start_takes_up_even_who_is_to_be_let_go_of_and_does_so_once_it_has_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    OptOuts(tmp_path).count_from(5, START - 30 * 24 * HOUR)

    async def story(kept: Kept) -> None:
        assert kept.tracker.engine._absences.untracked  # noqa: SLF001 - nobody is found of them here
        await asyncio.sleep(AN_HOUR - 60)
        assert kept.held() == {5}
        await asyncio.sleep(120)
        assert kept.held() == set()

    told(tmp_path, story, monkeypatch)


def test_what_cannot_be_written_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    OptOuts(tmp_path).count_from(5, START - 30 * 24 * HOUR)

    async def story(kept: Kept) -> None:
        write = OptOuts.write
        tries: list[OptOuts] = []

        def fails_once(opt_outs: OptOuts) -> None:
            tries.append(opt_outs)
            if len(tries) == 1:
                raise SnapshotWriteError("no room")
            write(opt_outs)

        monkeypatch.setattr(OptOuts, "write", fails_once)
        await asyncio.sleep(AN_HOUR + 60)
        assert (len(tries), kept.held()) == (1, {5})
        await asyncio.sleep(AN_HOUR)
        assert kept.held() == set()

    told(tmp_path, story, monkeypatch)


def test_what_is_being_written_as_it_stops_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    OptOuts(tmp_path).count_from(5, START)

    async def takes_long(work: Callable[..., object], *given: object) -> object:
        await asyncio.sleep(60)
        return work(*given)

    async def story(kept: Kept) -> None:
        monkeypatch.setattr(asyncio, "to_thread", takes_long)
        was_set = kept.tracker.was_set
        assert was_set is not None
        for _time in range(2):
            was_set(HOUR)

    told(tmp_path, story, monkeypatch)
    assert OptOuts(tmp_path).counting_since == {5: START + 2 * HOUR}


def test_where_nobody_is_held_nobody_is_woken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(kept: Kept) -> None:
        assert await kept.timers(23 * AN_HOUR) == 0

    told(tmp_path, story, monkeypatch)
