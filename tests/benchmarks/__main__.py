"""Measure everything, or the sections that are named."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console

from tests.benchmarks.chart import draw
from tests.benchmarks.figures import Section
from tests.benchmarks.page import page_of, table_of
from tests.benchmarks.section import ALONE, ASLEEP, LONG, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WIDE = 170
_AT_A_TIME = min(2, os.cpu_count() or 1)
_DOCS = Path(__file__).parent.parent.parent / "docs"


def main(wanted: list[str]) -> int:
    """Measure section by section, most of them two at a time, and show the table."""
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    unknown = sorted(set(wanted) - set(SECTIONS))
    if unknown:
        console.print(f"No such section: {', '.join(unknown)}. There are {', '.join(SECTIONS)}.")
        return 2
    began = time.monotonic()
    sections = _sections(console, wanted or list(SECTIONS))
    figures = [figure for section in sections.values() for figure in section.figures]
    console.print(table_of(figures))
    took = time.monotonic() - began
    console.print(f"{took:.0f} s in all")
    if not wanted:
        page = page_of(figures, took, {name: each.seconds for name, each in sections.items()})
        (_DOCS / "benchmarks.md").write_text(page, encoding="utf-8")
        points = [point for section in sections.values() for point in section.points]
        draw(points, _DOCS / "images" / "benchmarks.svg")
    return 0


def _sections(console: Console, names: list[str]) -> dict[str, Section]:
    """Measure sections, and tell of each when it is done; return them in the order of names."""
    alone = [[name] for name in names if name in ALONE]
    others = _long_first(name for name in names if name not in ALONE)
    measured: dict[str, Section] = {}
    for name, section in chain.from_iterable(map(_side_by_side, [*alone, others])):
        measured[name] = section
        used = f"{section.processor_seconds:.0f} s of processor"
        console.print(f"{section.seconds:4.0f} s  {name} ({used})", highlight=False)
    return {name: measured[name] for name in names}


def _side_by_side(names: list[str]) -> Iterator[tuple[str, Section]]:
    """Measure sections, two at a time and one that sleeps, and yield each when it is done."""
    with ThreadPoolExecutor(_AT_A_TIME) as pool, ThreadPoolExecutor(1) as sleeping:
        pools = {name: sleeping if name in ASLEEP else pool for name in names}
        running = {each.submit(_measured, name): name for name, each in pools.items()}
        try:
            for done in as_completed(running):
                yield running[done], done.result()
        except BaseException:
            for each in (pool, sleeping):
                each.shutdown(cancel_futures=True)
            raise


def _long_first(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: LONG.index(name) if name in LONG else len(LONG))


def _measured(name: str) -> Section:
    """Measure a section in a process of its own."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "section.json"
        command = [sys.executable, "-m", "tests.benchmarks.section", name, str(file)]
        subprocess.run(command, check=True)  # noqa: S603 - this interpreter, and names of ours
        section = msgspec.json.decode(file.read_bytes(), type=Section)
    section.seconds = time.monotonic() - began
    return section


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
