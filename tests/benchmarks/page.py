"""The table of a run, for a terminal and for docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from tests.benchmarks.in_short import in_short
from tests.benchmarks.page_words import ALL_FIGURES, INTRODUCTION, MEASURED, PROMISED, READING
from tests.benchmarks.promises import PROMISES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tests.benchmarks.figures import Figure
    from tests.benchmarks.promises import Promise

__all__ = ["page_of", "summary_of", "table_of"]

_HEADINGS = ("what", "size", "who", "median", "lowest to highest", "times what", "at most", "met")
_PROMISED = ("promised", "met", "worst figure", "where")
_VERSIONS = ("discord.py", "transitions", "msgspec", "python-statemachine")

_HERE = Path(__file__).parent


def table_of(figures: Iterable[Figure]) -> Table:
    """Return the figures as a table for a terminal."""
    table = Table(*_HEADINGS, title="Latido: what everything costs")
    case = ""
    for figure in figures:
        if figure.case != case and case:
            table.add_section()
        case = figure.case
        table.add_row(*_cells(figure))
    return table


def page_of(figures: Sequence[Figure], took: float, seconds: Mapping[str, float]) -> str:
    """Return docs/benchmarks.md.

    Args:
        figures: what was measured.
        took: the seconds that all of it took.
        seconds: those that each section took.
    """
    each = ", ".join(f"{name} {part:.0f}" for name, part in seconds.items())
    told = [
        *_commit(),
        *_machine(),
        f"took {took:.0f} s, two sections at a time; in seconds: {each}",
    ]
    parts = [
        INTRODUCTION,
        *in_short(figures),
        PROMISED,
        *_table(_PROMISED, summary_of(figures)),
        READING,
        ALL_FIGURES,
        *_table(_HEADINGS, map(_cells, figures)),
        MEASURED.format(discord=version("discord.py")),
        "\n## This run\n\n",
        *(f"- {line}\n" for line in told),
    ]
    return "".join(parts)


def summary_of(figures: Iterable[Figure]) -> Iterator[list[str]]:
    """Yield, of each promise of which something was measured, whether it is met, and the worst."""
    of_each: dict[Promise, list[Figure]] = {promise: [] for promise in PROMISES}
    for figure in figures:
        if figure.promise is not None:
            of_each[figure.promise].append(figure)
    for promise, several in of_each.items():
        if several:
            worst = max(several, key=lambda figure: figure.judged)
            missed = sum(not figure.is_met for figure in several)
            are = "is" if missed == 1 else "are"
            is_met = f"no: {missed} of {len(several)} {are} over" if missed else "yes"
            where = f"{worst.case}, {worst.size:,}"
            if worst.by and not worst.is_met:
                where += f" (held by {worst.by})"
            yield [promise.words, is_met, _judged(worst), where]


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for cells in (headings, ["---"] * len(headings), *rows):
        yield f"| {' | '.join(cells)} |\n"


def _cells(figure: Figure) -> list[str]:
    spread = "" if figure.low == figure.high else f"{_number(figure.low)} … {_number(figure.high)}"
    return [
        figure.case,
        f"{figure.size:,}",
        figure.who,
        _number(figure.median)
        if figure.promise is None or figure.promise.ever
        else _judged(figure),
        spread,
        figure.unit,
        "" if figure.promise is None else _limit(figure.promise),
        {True: "yes", False: "no", None: ""}[figure.is_met],
    ]


def _judged(figure: Figure) -> str:
    """Return what a promise is held against, with a digit more where it seems to be just met."""
    told = _number(figure.judged)
    seems_met = figure.promise is not None and told == _number(figure.promise.at_most)
    return f"{figure.judged:.4f}" if seems_met and not figure.is_met else told


def _limit(promise: Promise) -> str:
    return f"{promise.at_most:g} in each round" if promise.ever else f"{promise.at_most:g}"


def _number(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"


def _commit() -> Iterator[str]:
    """Yield which commit was measured, where git is there to say it."""
    git = shutil.which("git")
    if git is not None:
        asked = [git, "describe", "--always", "--dirty=, with changes"]
        told = subprocess.run(asked, capture_output=True, text=True, cwd=_HERE, check=False)  # noqa: S603 - git, and no word of anybody's
        if told.returncode == 0:
            yield f"of the commit {told.stdout.strip()}"


def _machine() -> list[str]:
    versions = ", ".join(f"{name} {version(name)}" for name in _VERSIONS)
    machine = f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return [
        f"`make bench` (`.venv/bin/python -m tests.benchmarks`) on {machine}",
        f"{platform.python_implementation()} {platform.python_version()}, {versions}",
    ]


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "an unnamed processor"
    names = (line.partition(":")[2].strip() for line in told if line.startswith("model name"))
    return next(names, "an unnamed processor")
