"""The page: first what was promised and whether it is so, then every figure."""

from __future__ import annotations

import pytest

from tests.benchmarks import page, promises
from tests.benchmarks.figures import Figure
from tests.benchmarks.loop_holds import LoopHolds
from tests.benchmarks.page import page_of, summary_of
from tests.benchmarks.promises import HELD, MEMORY, MONTH, PROMISES, TRANSITION, Promise
from tests.benchmarks.rounds import spread_of

MOVES = Figure.of("it moves", 1_000, "Latido", spread_of([1.3]), "discord.py", TRANSITION)
OPENS = Figure.of("it opens a game", 1_000, "Latido", spread_of([0.98]), "discord.py", TRANSITION)
LEFT = Figure.of("a month", 100, "Latido", spread_of([1.02]), "ten days", MONTH)
START = Figure.held("a start", 100_000, [2.0, 4.56, 3.0])
STOP = Figure.held("a stop", 1_000, [0.5, 0.6])
THEIRS = Figure.held("a start", 100_000, [3_314.0], "proposal", None)
FIGURES = [STOP, START, THEIRS, MOVES, OPENS, LEFT]


@pytest.fixture
def text(monkeypatch: pytest.MonkeyPatch) -> str:
    """The page; the checks go without the libraries of the extra ``bench``."""
    monkeypatch.setattr(page, "version", lambda _name: "1.2.3")
    return page_of(FIGURES, 565.4, {"holds": 140.4, "events": 104.0})


def test_of_each_promise_the_summary_tells_the_worst_and_where_it_was_measured() -> None:
    assert list(summary_of(FIGURES)) == [
        [TRANSITION.words, "no: 1 of 2 is over", "1.30", "it moves, 1,000"],
        [MONTH.words, "yes", "1.02", "a month, 100"],
        [HELD.words, "yes", "4.56", "a start, 100,000"],
    ]


def test_a_figure_that_is_hardly_over_does_not_look_as_if_it_were_met(text: str) -> None:
    held = Figure.of("held", 10, "Latido", spread_of([1.0042]), "KiB", MEMORY)
    assert list(summary_of([held])) == [[MEMORY.words, "no: 1 of 1 is over", "1.0042", "held, 10"]]
    assert "| held | 10 | Latido | 1.0042 |  | KiB | 1 | no |" in page_of([held], 1.0, {})
    assert "1.0000" not in text


def test_the_page_begins_with_what_it_costs_in_short(text: str) -> None:
    before, _after = text.split("## What is promised")
    assert "- **The event loop** is held by it for 4.6 ms at a time" in before


def test_of_a_hold_that_is_too_long_the_summary_tells_whose_it_was() -> None:
    seen = [LoopHolds(longest=1.0, by="one"), LoopHolds(longest=16.0, by="another")]
    held = Figure.of_holds("a check", 10, seen)
    assert [row[-1] for row in summary_of([held])] == ["a check, 10 (held by another)"]
    held = Figure.of_holds("a check", 10, seen[:1])
    assert [row[-1] for row in summary_of([held])] == ["a check, 10"]


def test_what_is_promised_is_told_in_the_order_of_the_page() -> None:
    named = {each for each in vars(promises).values() if isinstance(each, Promise)}

    assert set(PROMISES) == named
    assert len(PROMISES) == len(named)


def test_the_page_begins_with_the_summary(text: str) -> None:
    before, after = text.split("## How to read the figures")

    assert f"| {HELD.words} | yes | 4.56 | a start, 100,000 |" in before
    assert "| a start | 100,000 |" in after


def test_a_figure_says_what_was_promised_and_whether_it_is_met(text: str) -> None:
    held = "2.00 … 4.56 | milliseconds of processor | 5 in each round | yes"
    assert f"| a start | 100,000 | Latido | 3.00 | {held} |" in text
    assert "| a start | 100,000 | proposal | 3,314 |  | milliseconds of processor |  |  |" in text
    assert "| it moves | 1,000 | Latido | 1.30 |  | discord.py | 1 | no |" in text


def test_the_page_says_what_each_section_took(text: str) -> None:
    assert "took 565 s, two sections at a time; in seconds: holds 140, events 104" in text


def test_every_row_of_a_table_has_as_many_cells_as_its_head(text: str) -> None:
    tables = [part for part in text.split("\n\n") if part.startswith("| ")]

    assert len(tables) == 2
    for table in tables:
        assert len({row.count(" | ") for row in table.strip().splitlines()}) == 1
