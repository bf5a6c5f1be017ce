"""What a scenario costs, all in: triggers, structs, SQLite statements, disk operations, bytes."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any
from unittest import mock

from machines import SessionMachine
from persistence.disk import OsDisk, OsFile
from tests.costs.test_structs import MAKERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Costs", "counted_costs", "per_kind"]

Costs = Counter[str]

_DISK = {
    OsDisk: ("create", "link", "rename", "remove", "sync_folder"),
    OsFile: ("write", "sync"),
}

_OF_FIELDS = "machines.session"
"""Its names are the types of what is written; whoever writes looks them up there."""


@contextmanager
def counted_costs() -> Iterator[Costs]:
    """Count what is done in this process, in whatever thread.

    A key is what it is and what of: ``trigger voice start``, ``sqlite SELECT``, ``disk write``,
    ``struct Step``; ``bytes`` is what is written beside SQLite's own file. Connections that are
    open already are not heard, nor is SQLite's own input and output.
    """
    costs: Costs = Counter()
    with ExitStack() as stack:
        for owner, name, count in _counters(costs):
            patched = _counting(getattr(owner, name), count)
            stack.enter_context(mock.patch.object(owner, name, patched))
        connect = sqlite3.connect

        def connected(*values: Any, **named: Any) -> sqlite3.Connection:  # noqa: ANN401
            connection: sqlite3.Connection = connect(*values, **named)
            connection.set_trace_callback(lambda statement: _hear(costs, statement))
            return connection

        stack.enter_context(mock.patch.object(sqlite3, "connect", connected))
        yield costs


def per_kind(costs: Costs) -> dict[str, int]:
    """Return the sums by what it is: all triggers, all statements, and so on."""
    sums: Counter[str] = Counter()
    for what, count in costs.items():
        sums[what.partition(" ")[0]] += count
    return dict(sums)


def _counters(costs: Costs) -> Iterator[tuple[Any, str, Callable[..., None]]]:
    """Yield whose what is counted, and how its arguments are."""

    def fired(machine: SessionMachine, trigger: str, *_rest: object) -> None:
        costs[f"trigger {machine.kind} {trigger}"] += 1

    def wrote(_file: OsFile, data: bytes) -> None:
        costs["disk write"] += 1
        costs["bytes"] += len(data)

    def counter_of(what: str) -> Callable[..., None]:
        def count(*_values: object, **_named: object) -> None:
            costs[what] += 1

        return count

    yield SessionMachine, "fire", fired
    for owner, names in _DISK.items():
        for name in names:
            yield owner, name, wrote if name == "write" else counter_of(f"disk {name}")
    for module, names in MAKERS.items():
        for name in () if module == _OF_FIELDS else names:
            yield import_module(module), name, counter_of(f"struct {name}")


def _counting(original: Callable[..., Any], count: Callable[..., None]) -> Callable[..., Any]:
    def counted(*values: Any, **named: Any) -> Any:  # noqa: ANN401 - as the original takes them
        count(*values, **named)
        return original(*values, **named)

    return counted


def _hear(costs: Costs, statement: str) -> None:
    costs[f"sqlite {statement.split(maxsplit=1)[0].upper()}"] += 1
