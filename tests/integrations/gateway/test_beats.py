"""When it is found out how far all is watched: while there are sessions, and at first sooner."""

from __future__ import annotations

import asyncio

from engine import Settings
from integrations.gateway.beats import Beats
from tests.costs.counted_loop import run_counted

MINUTE = 60.0
SETTINGS = Settings(heartbeat_every=MINUTE, confirm_after=10.0)


class Heart:
    """Notes at how many seconds it beats; a beat may take its time."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.has_sessions = True
        self.takes = 0.0
        self.beats = Beats(self.beat, SETTINGS, lambda: self.has_sessions)

    async def beat(self) -> None:
        self.at.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.takes)


def test_the_first_comes_when_a_session_can_be_confirmed_and_the_others_between_whole_pauses() -> (
    None
):
    async def evening() -> None:
        heart = Heart()
        heart.takes = 5.0
        heart.beats.keep_in_step()
        heart.beats.keep_in_step()
        await asyncio.sleep(3 * MINUTE)
        heart.beats.stop()
        assert heart.at == [10.0, 75.0, 140.0]

    run_counted(evening())


def test_without_sessions_none_is_waited_for_and_none_follows() -> None:
    async def evening() -> None:
        heart = Heart()
        heart.beats.keep_in_step()
        await asyncio.sleep(30.0)
        heart.has_sessions = False
        heart.beats.keep_in_step()
        await asyncio.sleep(5 * MINUTE)
        assert heart.at == [10.0]
        heart.has_sessions = True
        heart.beats.keep_in_step()
        await asyncio.sleep(30.0)
        heart.has_sessions = False  # nobody says so
        await asyncio.sleep(5 * MINUTE)
        assert heart.at == [10.0, 340.0, 400.0]

    run_counted(evening())


def test_one_that_is_waited_for_may_come_sooner_and_the_next_follows_that() -> None:
    async def evening() -> None:
        heart = Heart()
        heart.beats.sooner()
        heart.beats.keep_in_step()
        await asyncio.sleep(4.0)
        heart.beats.sooner()
        await asyncio.sleep(MINUTE + 1.0)
        heart.beats.stop()
        await asyncio.sleep(MINUTE)
        assert heart.at == [4.0, 64.0]

    run_counted(evening())


def test_what_is_on_its_way_is_given_up_where_they_stop() -> None:
    async def evening() -> None:
        heart = Heart()
        heart.takes = MINUTE
        heart.beats.keep_in_step()
        await asyncio.sleep(15.0)
        heart.beats.stop()
        await asyncio.sleep(5 * MINUTE)
        assert heart.at == [10.0]

    run_counted(evening())


def test_whatever_happens_while_one_is_on_its_way_the_next_comes_a_whole_pause_later() -> None:
    async def evening() -> None:
        heart = Heart()
        heart.takes = 5.0
        heart.beats.keep_in_step()
        await asyncio.sleep(12.0)
        heart.beats.keep_in_step()
        await asyncio.sleep(2 * MINUTE)
        heart.beats.stop()
        assert heart.at == [10.0, 75.0]

    run_counted(evening())


def test_one_after_which_nobody_has_a_session_is_followed_by_a_first_one_again() -> None:
    async def evening() -> None:
        heart = Heart()
        heart.takes = 5.0
        heart.beats.keep_in_step()
        await asyncio.sleep(12.0)
        heart.has_sessions = False
        heart.beats.keep_in_step()
        heart.has_sessions = True
        heart.beats.keep_in_step()
        await asyncio.sleep(20.0)
        heart.beats.stop()
        assert heart.at == [10.0, 22.0]

    run_counted(evening())


def test_none_follows_one_in_which_it_was_told_to_stop() -> None:
    async def evening() -> None:
        heard: list[float] = []

        async def beat() -> None:
            heard.append(asyncio.get_running_loop().time())
            beats.stop()

        beats = Beats(beat, SETTINGS, lambda: True)
        beats.keep_in_step()
        await asyncio.sleep(5 * MINUTE)
        assert heard == [10.0]

    run_counted(evening())
