"""In short: what a bot's owner asks is answered from the figures of the run."""

from __future__ import annotations

from tests.benchmarks.figures import AT_REST, DAY, LATIDO, MICROSECONDS, ON_DISK, Figure
from tests.benchmarks.in_short import in_short
from tests.benchmarks.promises import CHANGES_NOTHING, MEMORY, Promise
from tests.benchmarks.rounds import spread_of


def figure(
    case: str, value: float, unit: str, promise: Promise | None = None, *, size: int = 1_000
) -> Figure:
    return Figure.of(case, size, LATIDO, spread_of([value]), unit, promise)


def test_an_event_is_told_in_microseconds_beside_those_of_discord_py() -> None:
    theirs = Figure.of("a mute", 1_000, "discord.py", spread_of([9.4]), MICROSECONDS)
    of_else = figure("a move", 70.0, MICROSECONDS)
    figures = [
        figure("a mute", 0.07, "discord.py itself", CHANGES_NOTHING),
        figure("a mute", 0.6, MICROSECONDS),
        theirs,
        of_else,
    ]

    assert list(in_short(figures)) == [
        (
            "- **Processor**, an event that changes nothing: up to 1 microseconds, without pauses"
            " between them; discord.py spends 9 on it.\n"
        )
    ]


def test_memory_is_told_of_a_thousand_sessions_from_the_least_to_the_most() -> None:
    figures = [figure("young", 0.512, "KiB", MEMORY), figure("old", 1.024, "KiB", MEMORY)]

    assert list(in_short(figures)) == [
        "- **Memory** of 1,000 sessions that go on: 0.5 to 1.0 MiB (0.51 to 1.02 KiB each).\n"
    ]


def test_disk_is_told_of_the_largest_size_and_of_a_year_of_what_is_kept() -> None:
    figures = [
        figure("a live session in the snapshot", 2.0, ON_DISK, size=1_000),
        figure("a live session in the snapshot", 0.5, ON_DISK, size=100_000),
        figure("an ended session in the ledger", 0.25, ON_DISK),
    ]

    assert list(in_short(figures)) == [
        "- **Disk**, a live session in the snapshot: 512 bytes.\n",
        "- **Disk**, an ended session in the ledger: 256 bytes; 1,000 a day are 89 MiB a year.\n",
    ]


def test_a_day_is_told_in_milliseconds_and_a_hold_by_the_longest_of_all() -> None:
    figures = [
        figure("a day of its events", 130.4, DAY, size=50_000),
        Figure.held("a start", 1_000, [1.0, 3.26]),
    ]

    assert list(in_short(figures)) == [
        "- **Processor**, a day of its events, in a guild of 50,000 members: 130 ms.\n",
        "- **The event loop** is held by it for 3.3 ms at a time, at the longest.\n",
    ]


def test_what_goes_on_while_nothing_comes_is_told_by_the_second() -> None:
    assert list(in_short([figure("nothing happens", 211.6, AT_REST)])) == [
        (
            "- **Processor**, while 1,000 sessions go on and nothing comes: "
            "212 microseconds a second.\n"
        )
    ]


def test_what_was_not_measured_is_not_told() -> None:
    assert not list(in_short([]))
