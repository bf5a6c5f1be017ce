"""docs/machines.md, written from the machines that run and from what the engine makes of them."""

from __future__ import annotations

import inspect
import re
import sys
from difflib import ndiff
from textwrap import indent
from typing import TYPE_CHECKING

from integrations.diagrams.formats import mermaid
from integrations.truth_pages import CHANGES, played, script_with, steps_of_a_stay
from machines import KINDS, MACHINES, to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from integrations.truth_pages import Change
    from machines import Kind, Row

__all__ = ["render"]

_INTRODUCTION = """
# The machines

A session is a finite-state machine, and these are the machines that run: this page is written
from them, and the checks fail when it says something else.

**How to read it.** A box is a *state*, the dot is where a session begins. Something happens and
is fired at the session as a *trigger*: somebody came, a deadline is due, the health check asks
(`validate`). What stands in brackets are its *guards*, questions to the evidence and the session
that must all be answered with yes. An arrow leads to another state; a transition inside a box
leaves the state as it is and still does its actions. `↻` marks a transition that leaves a
state and enters the same one anew. A double border, in Mermaid an arrow to the bullseye, means
that the session is over. *Confirmed* and *recovered* sessions are live.

**Which row is taken.** Every transition is a row of a table, and has the row's number wherever it
is shown. Where a trigger has several rows for a state, they are tried in the order of their
numbers, on the arrows and inside the box alike, and the first whose guards all hold is taken. So
17, `validate [absent]`, leads from *confirmed* to *orphaned* only where neither of 15 and 16, which
stand inside the box, was taken. If none holds, nothing happens. A trigger without a row for a state
is forbidden there: the engine counts and logs it as an error, and nothing else breaks.

The three kinds share their table (`machines/lifecycle.py`) and differ in what an `update` does
(`machines/voice.py`, `machines/game.py`, `machines/party.py`); a party that has gone on for long
goes on as another (`go_on`). To draw one yourself:
`latido diagram voice --format svg`.

## The picture

[![The voice machine](images/voice.svg)](images/voice.svg)

The [game machine](images/game.svg) looks the same; the [party machine](images/party.svg) has
`go_on` as well, 26 and 27.
"""

_STEP_BY_STEP = """
## One stay, step by step

Pino comes to a channel, is away for half a minute, and leaves later on. These are the rows that are
taken:

| at | row | trigger | from | to | meaning |
|---|---:|---|---|---|---|
"""

_WHAT_FIRES = """
The table says what a trigger does. When one is fired is up to the engine:

- What has come due is fired first. Whoever comes back after the grace begins another session, for
  `end` has been fired; where it is still to come, because the connection was cut or very much is
  due at once, it is fired as they come.
- `announce` and `confirm` are fired with `present` while the bot watches, and with `unknown` while
  it does not; never with `absent`. When somebody leaves before that, `cancel` is fired, or, where
  it is not known how long they were there, `confirm` and then `lose`.
- Where nobody has watched a session, `validate` is fired before other news of its person is taken
  in, and the gap is marked there. `lose` and `return` would mark one as well, were they fired over
  it.
"""

_BY_HAND = """
## One stay, by hand

The engine needs no Discord, no clock and no files. Whoever drives it makes three calls, `observe`
for news, `validate` for a look and `advance` for time that has passed, and asks one question,
`next_deadline`. Each call returns effects (`machines/effects.py`): what the outside is asked to do,
as data. Whoever wants to see the rows as they are taken is one of its `observers`; in a bot, of
`cog.engine.observers`. They watch: they change nothing, and must not raise.

This is all of [one_stay.py](one_stay.py). In a checkout, after `make demo` or `make test`,
`.venv/bin/python docs/one_stay.py` plays it; elsewhere it needs nothing but Latido.

```python
{script}```

It prints the rows that are taken, and below them the effects of each call:

```text
{printed}```

With other lines, other rows are taken:

"""

_HEAD = (
    "| row | trigger | from | to | guards | actions | meaning |\n|---:|---|---|---|---|---|---|\n"
)


def render() -> str:
    """Return the page, but for the line that says how it is made."""
    table = MACHINES[KINDS[0]].table
    shared = [row for row in table if all(row in MACHINES[kind].table for kind in KINDS)]
    rows = [row for kind in KINDS for row in MACHINES[kind].table]
    parts = [
        _INTRODUCTION,
        _folded("The picture in Mermaid", "mermaid", mermaid(KINDS[0])),
        f"\n## What all three share\n\n{_HEAD}{_rows(shared, KINDS[0])}",
        _step_by_step(),
        _by_hand(),
        *(_machine(kind, shared) for kind in KINDS),
        f"\n## What the guards ask\n\n{_glossary(guard for row in rows for guard in row.when)}",
        f"\n## What the actions do\n\n{_glossary(action for row in rows for action in row.do)}",
    ]
    return "".join(parts)


def _step_by_step() -> str:
    steps, record = steps_of_a_stay()
    lines = [
        f"| {to_datetime(each.at):%H:%M:%S} | {MACHINES['voice'].number_of(each.row)} "
        f"| `{each.row.trigger}` | {each.before} "
        f"| {each.after if each.row.dest else '*stays*'} | {each.row.meaning} |\n"
        for each in steps
    ]
    ended = f"{to_datetime(record.ended_at):%H:%M:%S}"
    counts = f"The record ends at {ended} and counts {record.seconds:g} s, ± "
    return (
        f"{_STEP_BY_STEP}{''.join(lines)}\n{counts}{record.uncertain_seconds:g} s.\n{_WHAT_FIRES}"
    )


def _by_hand() -> str:
    script = script_with()
    told = _BY_HAND.format(script=script, printed=played(script))
    return told + "\n".join(map(_changed, CHANGES))


def _changed(change: Change) -> str:
    """Return what becomes of the script with other lines: the rows, and the record."""
    printed = played(script_with(change))
    rows = ", ".join(re.findall(r" row (\d+ \w+):", printed))
    record = re.search(r"[\d.]+ s ± [\d.]+ s", printed)
    ends = f"the record says {record[0]}" if record else "there is no record yet"
    code = indent(f"```python\n{change.instead}\n```", "  ")
    return f"- {change.happens}. In place of `{change.lines}`:\n\n{code}\n\n  {rows}; {ends}.\n"


def _machine(kind: Kind, shared: Sequence[Row]) -> str:
    doc = inspect.getdoc(sys.modules[f"machines.{kind}"]) or ""
    sentence = doc.partition(": ")[2].partition("\n")[0].rstrip(".")
    own = [row for row in MACHINES[kind].table if row not in shared]
    return f"""
## {kind.capitalize()}

{sentence[:1].upper()}{sentence[1:]}.
{_pictured(kind)}
Beside the rows that all three share it has:

{_HEAD}{_rows(own, kind)}"""


def _pictured(kind: Kind) -> str:
    """Return where the picture of a machine is; and the picture, where it is another."""
    lines, first = ([*_unnamed(each)] for each in (kind, KINDS[0]))
    if lines == first:
        return f"[Its picture](images/{kind}.svg) is the one above."
    changed = "".join(f"{line}\n" for line in ndiff(first, lines) if line[0] in "-+")
    return f"""
[![The {kind} machine](images/{kind}.svg)](images/{kind}.svg)
{_folded("In Mermaid, these lines differ", "diff", changed)}"""


def _unnamed(kind: Kind) -> list[str]:
    """Return the lines of a machine in Mermaid, without the one that names the kind."""
    return [line for line in mermaid(kind).splitlines() if "accTitle" not in line]


def _folded(summary: str, language: str, text: str) -> str:
    """Return a block that is opened with a click."""
    return f"""
<details>
<summary>{summary}</summary>

```{language}
{text}```

</details>
"""


def _rows(rows: Iterable[Row], kind: Kind) -> str:
    return "".join(f"{_table_row(row, MACHINES[kind].number_of(row))}\n" for row in rows)


def _table_row(row: Row, number: int) -> str:
    cells = (
        str(number),
        f"`{row.trigger}`",
        ", ".join(row.sources),
        row.dest or "*stays*",
        _names(row.when),
        _names(row.do),
        row.meaning,
    )
    return f"| {' | '.join(cells)} |"


def _names(functions: Iterable[Callable[..., object]]) -> str:
    return ", ".join(f"`{function.__name__}`" for function in functions)


def _glossary(functions: Iterable[Callable[..., object]]) -> str:
    """Return a table of each function's name and the first line of its docstring."""
    lines = ["| name | meaning | in |", "|---|---|---|"]
    for function in sorted(set(functions), key=_name_and_module):
        first, *_ = (inspect.getdoc(function) or "").splitlines()
        module = function.__module__.replace(".", "/")
        lines.append(f"| `{function.__name__}` | {first} | `{module}.py` |")
    return "\n".join(lines) + "\n"


def _name_and_module(function: Callable[..., object]) -> tuple[str, str]:
    return function.__name__, function.__module__
