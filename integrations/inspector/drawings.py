"""The machines as the page shows them: drawings whose states and arrows can light up."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from integrations.diagrams.chart import chart_of
from integrations.diagrams.drawing import figure_of
from integrations.words.transition_words import in_spanish
from machines import KINDS, MACHINES, Kind

if TYPE_CHECKING:
    from integrations.diagrams.chart import Arrow, Chart

__all__ = ["ArrowRow", "MachineRow", "machines", "outline_of"]


class ArrowRow(msgspec.Struct, kw_only=True, frozen=True):
    """What a transition is called, and what it means, in both languages."""

    trigger: str
    source: str
    dest: str | None
    guards: tuple[str, ...]
    es: str
    en: str


class MachineRow(msgspec.Struct, kw_only=True, frozen=True):
    """One machine: in outline, in full, and its transitions by the keys that both use."""

    kind: Kind
    states: tuple[str, ...]
    outline: str
    full: str
    arrows: dict[str, ArrowRow]


@cache
def machines() -> tuple[MachineRow, ...]:
    """Return the three machines. Laying them out takes a moment, once."""
    return tuple(map(_machine, KINDS))


def outline_of(chart: Chart) -> Chart:
    """Return ``chart`` without guards and without what leaves a state as it is."""
    arrows: dict[tuple[str, str, str], Arrow] = {}
    for moves in chart.moving().values():
        for arrow in moves:
            key = (arrow.trigger, arrow.source, str(arrow.dest))
            arrows.setdefault(key, arrow._replace(number=None, guards=()))
    return chart._replace(arrows=tuple(arrows.values()))


def _machine(kind: Kind) -> MachineRow:
    chart = chart_of(MACHINES[kind])
    return MachineRow(
        kind=kind,
        states=chart.states,
        outline=figure_of(outline_of(chart), "outline"),
        full=figure_of(chart, "full"),
        arrows={f"{kind}:{arrow.key}": _arrow(arrow) for arrow in chart.arrows},
    )


def _arrow(arrow: Arrow) -> ArrowRow:
    return ArrowRow(
        trigger=arrow.trigger,
        source=arrow.source,
        dest=arrow.dest,
        guards=arrow.guards,
        es=in_spanish(arrow.meaning),
        en=arrow.meaning,
    )
