"""Figures: what a promise is asked of, and how they come from a section's own process."""

from __future__ import annotations

import msgspec

from tests.benchmarks.figures import Figure, Section
from tests.benchmarks.promises import HELD, MEMORY, TRANSITION
from tests.benchmarks.rounds import spread_of

ROUNDS = [0.8, 0.9, 1.4]


def test_a_ratio_is_judged_by_the_median_of_its_rounds() -> None:
    figure = Figure.of("it moves", 10, "Latido", spread_of(ROUNDS), "discord.py", TRANSITION)

    assert (figure.low, figure.median, figure.high) == (0.8, 0.9, 1.4)
    assert figure.judged == 0.9
    assert figure.is_met


def test_a_hold_is_judged_by_the_longest_of_all() -> None:
    figure = Figure.held("a start", 10, [2.1, 5.1, 3.3])

    assert (figure.median, figure.judged) == (3.3, 5.1)
    assert figure.is_met is False


def test_nothing_is_asked_where_nothing_was_promised() -> None:
    figure = Figure.held("a start", 10, [50.0], "proposal", None)

    assert figure.is_met is None


def test_what_is_as_much_as_was_promised_is_met() -> None:
    assert Figure.of("a session", 10, "Latido", spread_of([1.0]), "KiB", MEMORY).is_met


def test_a_section_comes_from_its_process_as_it_was() -> None:
    section = Section(figures=[Figure.held("a start", 10, [2.1, 5.1])])

    told = msgspec.json.decode(msgspec.json.encode(section), type=Section)

    assert told == section
    assert told.figures[0].promise == HELD
