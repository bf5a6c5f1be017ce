"""Measure everything, or the sections that are named."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from rich.console import Console

from tests.benchmarks.chart import draw
from tests.benchmarks.figures import Section
from tests.benchmarks.page import page_of, table_of
from tests.benchmarks.section import SECTIONS

_WIDE = 170
_COUNTED = ("memory",)
_DOCS = Path(__file__).parent.parent.parent / "docs"


def main(wanted: list[str]) -> int:
    """Measure section by section, each in a process of its own, and show the table."""
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    unknown = sorted(set(wanted) - set(SECTIONS))
    if unknown:
        console.print(f"No such section: {', '.join(unknown)}. There are {', '.join(SECTIONS)}.")
        return 2
    whole = Section()
    began = time.monotonic()
    names = wanted or list(SECTIONS)
    # Memory is counted, not timed: it goes on beside the others, on the second core.
    with ThreadPoolExecutor(max_workers=1) as beside:
        counted = {name: beside.submit(_measured, name) for name in names if name in _COUNTED}
        for name in sorted(names, key=_COUNTED.__contains__):  # which last: it has its core
            console.print(f"{time.monotonic() - began:4.0f} s  {name}", highlight=False)
            section = counted[name].result() if name in counted else _measured(name)
            whole.figures += section.figures
            whole.points += section.points
    console.print(table_of(whole.figures))
    console.print(f"{time.monotonic() - began:.0f} s in all")
    if not wanted:
        (_DOCS / "benchmarks.md").write_text(page_of(whole.figures), encoding="utf-8")
        draw(whole.points, str(_DOCS / "images" / "benchmarks.svg"))
    return 0


def _measured(name: str) -> Section:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "section.json"
        command = [sys.executable, "-m", "tests.benchmarks.section", name, str(file)]
        subprocess.run(command, check=True)  # noqa: S603 - this interpreter, and names of ours
        return msgspec.json.decode(file.read_bytes(), type=Section)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
