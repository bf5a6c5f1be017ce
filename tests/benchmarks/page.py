"""The table of a run, for a terminal and for docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.benchmarks.figures import Figure

__all__ = ["page_of", "table_of"]

_HEADINGS = ("what", "size", "who", "times", "lowest to highest", "to", "at most", "holds")
_VERSIONS = ("discord.py", "transitions", "msgspec", "python-statemachine")

_INTRODUCTION = """# What everything costs

Written by `make bench`, which measures all of this anew (`python -m tests.benchmarks events`
measures one section and writes nothing). Machines differ, and one machine differs from one minute
to the next, so all but two kinds of figures are *ratios within the run*: the median of several
rounds in which all contestants take turns, with the lowest and the highest round beside it. The
exceptions are holds of the loop, in milliseconds, and the memory of a session, in KiB.

How it is measured:

- **Events** go as JSON text through the real `DiscordWebSocket.received_message` of discord.py
  {discord}, fifty at a time, until every listener has run, and what Latido has to write is on the
  disk. Counted is the processor time of the event loop's thread; contestants take turns of two
  hundred events. *discord.py* is a bot without listeners, *empty listener* one whose two
  listeners do nothing, *events only* a cog of twenty lines, *proposal* the proposal's code as it
  is written, without what it does ten seconds later to confirm. A ratio "beyond an empty listener"
  is (theirs - empty) / discord.py: it is below 0 where Latido, which has no listener, costs less
  than one that does nothing.
- **Logging** is at INFO, as `bot.run()` sets it up, and written to nowhere.
- **Sessions** are seven of ten in voice and three of ten in games, with parties, in guilds of a
  thousand people.
- **Settings** are the defaults, without what asks over a connection that is not there: no periodic
  audits, no channel info, no look-ups by REST. Where a check is measured an audit is due and need
  not wait for its IDENTIFY, channel info is answered, and events in flight are waited for 0.05 s a
  guild, not 2.
- **Holds** of the loop are the processor time of single callbacks, every one of them timed; what
  another process does to the machine does not count. A heartbeat beside them sleeps for a
  millisecond again and again; what it was late counts as far as this process used the processor
  meanwhile, in threads as well. It may be 5 ms later than that of the same loop beside a thread
  that does nothing but work and pause as ours do, which depends on how busy the machine is.
- **Memory** is all that is allocated for the sessions, however deep, but for what discord.py,
  the reading of JSON and the measurement itself hold. Records of the 100,000 do not go into the
  ledger, whose memory is SQLite's; those of the month do.
- **Two sections** are measured at a time, each in a process of its own: all whose figures make up
  one ratio are in one of them, and what counts is processor time of their own. Crowds and memory
  go without a log.
- **Python's collector** runs as always, but what the contestants hold is frozen before the turns
  (`gc.freeze`), so that nobody pays for looking through what the others hold.
- **The network** is left out: audits, Request Guild Members and REST are answered in the process.

![Costs by size](images/benchmarks.svg)

The chart shows what one operation costs among 1,000, 10,000 and 100,000 people (or as many as a
panel says), as multiples of what it costs among the fewest: flat is what it should be, and what
sorts may cost as much more as the dotted line says. In the panels of everybody in one guild, of
guilds of ten, and of one party, a cost is the processor time of the whole process until all of it
is on the disk, those who write included; closing a channel or a guild is the engine's part alone.

"""


def table_of(figures: Iterable[Figure]) -> Table:
    """Return the figures as a table for a terminal."""
    table = Table(*_HEADINGS, title="Latido: ratios within this run")
    case = ""
    for figure in figures:
        if figure.case != case and case:
            table.add_section()
        case = figure.case
        table.add_row(*_cells(figure))
    return table


def page_of(figures: Iterable[Figure], took: float, seconds: Mapping[str, float]) -> str:
    """Return docs/benchmarks.md.

    Args:
        figures: what was measured.
        took: the seconds that all of it took.
        seconds: those that each section took.
    """
    lines = [_INTRODUCTION.format(discord=version("discord.py")), _row(_HEADINGS)]
    lines.append(_row(["---"] * len(_HEADINGS)))
    lines += [_row(_cells(figure)) for figure in figures]
    each = ", ".join(f"{name} {part:.0f}" for name, part in seconds.items())
    told = [*_machine(), f"took {took:.0f} s, two sections at a time; in seconds: {each}"]
    lines += ["", "## This run", "", *(f"- {line}" for line in told), ""]
    return "\n".join(lines).replace("\n\n\n", "\n\n")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(figure: Figure) -> list[str]:
    spread = "" if figure.low == figure.high else f"{_number(figure.low)} … {_number(figure.high)}"
    return [
        figure.case,
        f"{figure.size:,}",
        figure.who,
        _number(figure.ratio),
        spread,
        figure.to,
        "" if figure.at_most is None else f"{figure.at_most:g}",
        {True: "yes", False: "no", None: ""}[figure.holds],
    ]


def _number(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"


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
