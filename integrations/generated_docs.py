"""The documents that are made from the code, so that they cannot say anything else.

``python -m integrations.generated_docs`` writes them anew, ``--check`` only compares and exits
1 where one differs.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from integrations import settings_page
from integrations.diagrams.formats import mermaid, svg
from integrations.truth_pages import picture_of, steps_of_a_stay, told
from machines import KINDS, MACHINES, to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from machines import Kind, Row

__all__ = ["differing", "documents", "main"]

DOCS = Path("docs")
_HEADER = "<!-- Generated from the code by `make diagrams`: change the code, not this file. -->\n"

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
that the session is over.

Where a trigger has several rows for a state, the first whose guards all hold is taken; if none
holds, nothing happens. A trigger without a row for a state is forbidden there: the engine counts
and logs it as an error, and nothing else breaks. *Confirmed* and *recovered* sessions are live.

The three kinds share their table (`machines/lifecycle.py`) and differ in what an `update` does
(`machines/voice.py`, `machines/game.py`, `machines/party.py`); a party that has gone on for long
goes on as another (`go_on`). To draw one yourself:
`latido diagram voice --format svg`.
"""

_EXAMPLE = """
## One stay, step by step

Pino comes to a channel, is away for half a minute, and leaves later on. These are the rows that are
taken:

| at | trigger | from | to | meaning |
|---|---|---|---|---|
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

_HEAD = "| trigger | from | to | guards | actions | meaning |\n|---|---|---|---|---|---|\n"


def documents() -> dict[Path, str]:
    """Return the text of every generated document, by its path from the project's root."""
    pictures = {DOCS / "images" / f"{kind}.svg": _HEADER + svg(kind) for kind in KINDS}
    pictures |= {
        DOCS / "images" / f"truth-{each.story.name}.svg": _HEADER + picture_of(each)
        for each in told()
    }
    return {
        DOCS / "machines.md": _HEADER + _machines(),
        DOCS / "settings.md": _HEADER + settings_page.render(),
        **pictures,
    }


def differing(root: Path) -> dict[Path, str]:
    """Return the documents that are missing below ``root`` or say something else there."""
    return {path: text for path, text in documents().items() if _read(root / path) != text}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the documents, or compare them; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m integrations.generated_docs",
        description="Write the documents that are made from the code.",
    )
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 if one differs")
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout (here)")
    options = parser.parse_args(arguments)
    root: Path = options.root
    found = differing(root)
    for path, text in found.items():
        if options.check:
            sys.stderr.write(f"{path.as_posix()} is not what the code says: run `make diagrams`.\n")
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="\n")
        sys.stderr.write(f"{path.as_posix()} written.\n")
    return 1 if options.check and found else 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _machines() -> str:
    shared = [
        row
        for row in MACHINES[KINDS[0]].table
        if all(row in MACHINES[kind].table for kind in KINDS)
    ]
    parts = [
        _INTRODUCTION,
        f"\n## What all three share\n\n{_HEAD}{_rows(shared)}",
        _example(),
        *(_machine(kind, shared) for kind in KINDS),
    ]
    rows = [row for kind in KINDS for row in MACHINES[kind].table]
    parts.append(
        "\n## What the guards ask\n\n"
        + _glossary(guard for row in rows for guard in row.when)
        + "\n## What the actions do\n\n"
        + _glossary(action for row in rows for action in row.do)
    )
    return "".join(parts)


def _example() -> str:
    steps, record = steps_of_a_stay()
    lines = [
        f"| {to_datetime(each.at):%H:%M:%S} | `{each.row.trigger}` | {each.before} "
        f"| {each.after if each.row.dest else '*stays*'} | {each.row.meaning} |\n"
        for each in steps
    ]
    ended = f"{to_datetime(record.ended_at):%H:%M:%S}"
    counts = f"The record ends at {ended} and counts {record.seconds:g} s, ± "
    return f"{_EXAMPLE}{''.join(lines)}\n{counts}{record.uncertain_seconds:g} s.\n{_WHAT_FIRES}"


def _machine(kind: Kind, shared: Sequence[Row]) -> str:
    doc = inspect.getdoc(sys.modules[f"machines.{kind}"]) or ""
    sentence = doc.partition(": ")[2].partition("\n")[0].rstrip(".")
    own = [row for row in MACHINES[kind].table if row not in shared]
    return f"""
## {kind.capitalize()}

{sentence[:1].upper()}{sentence[1:]}.

[![The {kind} machine](images/{kind}.svg)](images/{kind}.svg)

<details>
<summary>The same in Mermaid</summary>

```mermaid
{mermaid(kind)}```

</details>

Beside the rows that all three share it has:

{_HEAD}{_rows(own)}"""


def _rows(rows: Iterable[Row]) -> str:
    return "".join(f"{_table_row(row)}\n" for row in rows)


def _table_row(row: Row) -> str:
    cells = (
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


if __name__ == "__main__":
    sys.exit(main())
