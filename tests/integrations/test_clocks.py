"""Three clocks tell apart a clock that was set, a machine that slept, and a process that hung."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest

from integrations.clocks import Clocks, Jump, boot_time, wall_clock
from machines import SECOND, Instant, from_datetime, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

_Shown = TypeVar("_Shown", datetime, float)

START = datetime(2025, 12, 29, 23, 0, tzinfo=UTC)


def _nothing() -> None:
    """Nothing happens."""


class Hands:
    """Three clocks that are moved by hand."""

    def __init__(self) -> None:
        self.wall = START
        self.monotonic = 100.0
        self.boot = 100.0
        self._happens_after = "", _nothing
        self.clocks = Clocks(
            lambda: from_datetime(self._read("wall", self.wall)),
            lambda: self._read("monotonic", self.monotonic),
            lambda: self._read("boot", self.boot),
        )

    def happens_after(self, clock: str, what: Callable[[], None]) -> None:
        """Let something happen once, right after a clock was read."""
        self._happens_after = clock, what

    def _read(self, clock: str, shown: _Shown) -> _Shown:
        awaited, what = self._happens_after
        if awaited == clock:
            self._happens_after = "", _nothing
            what()
        return shown

    def runs(self, duration: float) -> None:
        self.wall += timedelta(seconds=duration)
        self.monotonic += duration
        self.boot += duration

    def sleeps(self, duration: float) -> None:
        self.wall += timedelta(seconds=duration)
        self.boot += duration

    def is_set_by(self, duration: float) -> None:
        self.wall += timedelta(seconds=duration)

    def look(self) -> Jump:
        return self.clocks.look(longest_pause=4.0)

    def glance(self) -> Instant | None:
        return self.clocks.glance(longest_pause=4.0)

    def moment(self) -> Instant | None:
        """Tell the instant of what plainly comes now."""
        clocks = self.clocks
        if clocks.monotonic() < clocks.moment_ends:
            return clocks.last_wall
        return clocks.begin_moment(longest_pause=4.0)


@pytest.fixture
def hands() -> Hands:
    return Hands()


def test_nothing_happened_while_the_clocks_agree(hands: Hands) -> None:
    hands.runs(2)
    assert hands.look() == Jump()


@pytest.mark.parametrize("by", [3600.0, -3600.0, 0.75, -0.75])
def test_a_clock_that_is_set_has_stepped_by_so_much(hands: Hands, by: float) -> None:
    hands.runs(2)
    hands.is_set_by(by)
    assert hands.look() == Jump(stepped_by=seconds(by))


@pytest.mark.parametrize("clock", ["wall", "monotonic", "boot"])
@pytest.mark.parametrize("happens", [Hands.runs, Hands.sleeps])
def test_what_happens_between_the_readings_of_two_clocks_sets_none(
    hands: Hands, clock: str, happens: Callable[[Hands, float], None]
) -> None:
    """A process can be stopped anywhere, for instance by the suspension of a machine."""
    hands.runs(2)
    hands.happens_after(clock, lambda: happens(hands, 3.0))
    seen = hands.look()
    assert seen.stepped_by == 0
    assert (seen.slept_since is not None) == (happens is Hands.sleeps)
    hands.runs(1)
    assert hands.look() == Jump()


def test_nor_does_it_where_the_clocks_are_merely_glanced_at(hands: Hands) -> None:
    hands.happens_after("wall", lambda: hands.runs(3.0))
    assert hands.glance() is None
    assert hands.look() == Jump()


def test_a_clock_that_is_nudged_has_not_stepped(hands: Hands) -> None:
    hands.runs(2)
    hands.is_set_by(0.3)
    assert hands.look() == Jump()


def test_a_machine_that_slept_did_so_since_the_last_look(hands: Hands) -> None:
    hands.runs(2)
    hands.look()
    before = from_datetime(hands.wall)
    hands.sleeps(7200)
    hands.runs(1)
    assert hands.look() == Jump(slept_since=before, stalled_since=before)


def test_a_machine_that_slept_while_its_clock_was_set_tells_both(hands: Hands) -> None:
    before = from_datetime(hands.wall)
    hands.sleeps(7200)
    hands.is_set_by(-600)
    then = before + seconds(-600)
    assert hands.look() == Jump(seconds(-600), slept_since=then, stalled_since=then)


def test_a_process_that_stood_still_did_so_since_the_last_look(hands: Hands) -> None:
    before = from_datetime(hands.wall)
    hands.runs(30)
    assert hands.look() == Jump(stalled_since=before)


def test_a_frozen_clock_that_is_moved_with_its_monotonic_one_has_not_stepped(
    hands: Hands,
) -> None:
    hands.wall += timedelta(hours=10)
    hands.monotonic += 36000
    assert hands.look().stepped_by == 0


def test_an_instant_before_a_sleep_is_found_by_its_monotonic_time(hands: Hands) -> None:
    received, then = hands.monotonic, from_datetime(hands.wall)
    hands.runs(2)
    hands.look()
    hands.sleeps(7200)
    hands.runs(3)
    hands.look()
    assert hands.clocks.wall_of(received) == then
    hands.runs(5)
    assert hands.clocks.wall_of(hands.monotonic - 1) == from_datetime(hands.wall) - SECOND


def test_an_instant_before_a_sleep_moves_when_the_clock_is_set_afterwards(hands: Hands) -> None:
    received, then = hands.monotonic, from_datetime(hands.wall)
    hands.sleeps(100)
    hands.look()
    hands.is_set_by(50)
    hands.look()
    assert hands.clocks.wall_of(received) == then + seconds(50)


def test_a_glance_tells_the_present_while_nothing_happens(hands: Hands) -> None:
    for _ in range(3):
        hands.runs(3)
        assert hands.glance() == from_datetime(hands.wall)
    assert hands.look() == Jump()


def test_a_process_that_may_be_quiet_until_then_has_not_stood_still_before(hands: Hands) -> None:
    until = hands.monotonic + 60
    hands.runs(60)
    assert hands.clocks.glance(4.0, until) == from_datetime(hands.wall)
    hands.runs(1)
    assert hands.clocks.glance(4.0, until) is not None  # it has read a second ago
    hands.runs(60)
    assert hands.clocks.glance(4.0, until) is None
    assert hands.clocks.look(4.0, until + 61) == Jump()


@pytest.mark.parametrize("what", ["sleeps", "is_set_by", "runs"])
def test_a_glance_leaves_it_to_a_look_to_say_what_has_happened(hands: Hands, what: str) -> None:
    hands.runs(3)
    assert hands.glance() is not None
    before = from_datetime(hands.wall)
    getattr(hands, what)(60)
    assert hands.glance() is None
    expected = {
        "sleeps": Jump(slept_since=before, stalled_since=before),
        "is_set_by": Jump(stepped_by=seconds(60)),
        "runs": Jump(stalled_since=before),
    }
    assert hands.look() == expected[what]
    assert hands.glance() == from_datetime(hands.wall)


def test_a_sleep_that_a_glance_cannot_see_is_seen_by_the_next_look(hands: Hands) -> None:
    hands.sleeps(600)
    hands.is_set_by(-600)
    assert hands.glance() is not None
    hands.runs(1)
    jump = hands.look()
    assert (jump.stepped_by, jump.slept_since) == (
        seconds(-600),
        from_datetime(hands.wall) - 601 * SECOND,
    )


def test_the_real_clocks_agree() -> None:
    clocks = Clocks()
    assert clocks.look(longest_pause=60) == Jump()
    assert abs(clocks.now() - wall_clock()) < SECOND
    assert boot_time() > 0


def test_naps_that_a_glance_passes_over_are_a_sleep_and_no_step(hands: Hands) -> None:
    for _ in range(2):
        hands.sleeps(0.4)
        assert hands.glance() is not None
    jump = hands.look()
    assert jump.stepped_by == 0
    assert jump.slept_since is not None


@pytest.mark.parametrize("by", [-3600.0, 3600.0])
def test_the_present_as_last_read_is_that_of_a_clock_that_nobody_has_set(
    hands: Hands, by: float
) -> None:
    hands.runs(2)
    as_it_was = from_datetime(hands.wall)
    hands.is_set_by(by)
    assert hands.clocks.as_last_read() == as_it_was
    assert hands.look() == Jump(stepped_by=seconds(by))
    assert hands.clocks.as_last_read() == from_datetime(hands.wall)


def test_a_process_that_need_not_have_looked_has_not_stood_still(hands: Hands) -> None:
    hands.runs(3600)
    hands.clocks.has_run()
    hands.runs(2)
    assert hands.glance() == from_datetime(hands.wall)
    assert hands.look() == Jump()


@pytest.mark.parametrize("by", [-3600.0, 3600.0])
def test_a_clock_that_was_set_while_nobody_looked_is_noticed_all_the_same(
    hands: Hands, by: float
) -> None:
    hands.runs(3600)
    hands.is_set_by(by)
    hands.clocks.has_run()
    hands.runs(2)
    assert hands.glance() is None
    assert hands.look() == Jump(stepped_by=seconds(by))


def test_a_machine_that_slept_while_nobody_looked_did_so_until_then(hands: Hands) -> None:
    hands.runs(10)
    hands.sleeps(7200)
    hands.clocks.has_run()
    assert hands.glance() is None
    since = from_datetime(hands.wall) - seconds(7200)
    assert hands.look() == Jump(slept_since=since, stalled_since=since)


def test_what_comes_within_a_moment_comes_at_one_instant(hands: Hands) -> None:
    first = hands.moment()
    hands.runs(0.0005)
    assert hands.moment() == first
    hands.runs(0.0006)
    assert hands.moment() == from_datetime(hands.wall) != first


def test_a_moment_is_over_once_somebody_has_read_the_clock(hands: Hands) -> None:
    hands.moment()
    hands.runs(0.0005)
    asked_at = hands.clocks.now()
    hands.runs(0.0001)
    heard_at = hands.moment()
    assert heard_at is not None
    assert heard_at > asked_at


def test_a_moment_goes_on_at_the_latest_instant_that_was_told(hands: Hands) -> None:
    hands.moment()
    hands.runs(0.0005)
    observed_at = hands.glance()
    hands.runs(0.0001)
    assert hands.moment() == observed_at


def test_a_moment_leaves_it_to_a_look_as_well_to_say_what_has_happened(hands: Hands) -> None:
    hands.moment()
    hands.runs(0.0005)
    hands.is_set_by(3600)
    assert hands.moment() == hands.clocks.as_last_read() - 500
    hands.runs(0.0006)
    assert hands.moment() is None
