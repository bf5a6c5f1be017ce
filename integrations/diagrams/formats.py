"""The machines, drawn: Mermaid, Graphviz and SVG, from the very machines that run.

In all three, a transition is written ``number trigger [guards]``, with the number of its row in the
table. One that leaves the state as it is stands inside the state, not on an arrow; ``↻`` marks one
that leaves it and enters it anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from integrations.diagrams.chart import chart_of
from integrations.diagrams.drawing import drawing_of
from machines import MACHINES

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.diagrams.chart import Chart
    from machines import Kind

__all__ = ["FORMATS", "Format", "dot", "mermaid", "svg", "transitions"]

Format = Literal["mermaid", "dot", "svg"]


def mermaid(kind: Kind) -> str:
    """Return the machine of ``kind`` as a Mermaid state diagram."""
    return mermaid_of(chart_of(MACHINES[kind]))


def dot(kind: Kind) -> str:
    """Return the machine of ``kind`` in Graphviz's language."""
    return dot_of(chart_of(MACHINES[kind]))


def svg(kind: Kind) -> str:
    """Return the machine of ``kind`` as an SVG document that refers to nothing outside itself."""
    return drawing_of(chart_of(MACHINES[kind]))


def transitions(kind: Kind) -> list[dict[str, int | str | list[str] | None]]:
    """Return the transitions of ``kind``: those of one trigger and source as they are tried.

    ``row`` is the number of its row in the table; ``dest`` is None where the state stays.
    """
    return [
        {
            "row": arrow.number,
            "trigger": arrow.trigger,
            "source": arrow.source,
            "dest": arrow.dest,
            "guards": list(arrow.guards),
            "meaning": arrow.meaning,
        }
        for arrow in chart_of(MACHINES[kind]).arrows
    ]


FORMATS: dict[Format, Callable[[Kind], str]] = {"mermaid": mermaid, "dot": dot, "svg": svg}
"""How to draw a machine, by the name of the format."""


def mermaid_of(chart: Chart) -> str:
    """Return ``chart`` as a Mermaid state diagram."""
    lines = [
        "stateDiagram-v2",
        f"    accTitle: The {chart.kind} machine",
        "    accDescr: States and transitions of a session, drawn from the machine that runs",
    ]
    for state in chart.states:
        if state != chart.initial:
            lines.append(f"    {state} : {state}")
            lines += (f"    {state} : {arrow.numbered}" for arrow in chart.staying(state))
    for (source, dest), arrows in chart.moving().items():
        start = "[*]" if source == chart.initial else source
        lines.append(f"    {start} --> {dest} : {'<br/>'.join(arrow.numbered for arrow in arrows)}")
    lines += (f"    {state} --> [*]" for state in chart.states if state in chart.final)
    return "\n".join(lines) + "\n"


def dot_of(chart: Chart) -> str:
    """Return ``chart`` in Graphviz's language."""
    lines = [
        f"digraph {chart.kind} {{",
        f'    label="The {chart.kind} machine"; labelloc=t; fontname="Helvetica";',
        '    node [shape=box, style=rounded, fontname="Helvetica"];',
        '    edge [fontname="Helvetica", fontsize=10];',
    ]
    for state in chart.states:
        if state == chart.initial:
            lines.append(f"    {state} [shape=point, width=0.25];")
            continue
        text = "".join(rf"{arrow.numbered}\l" for arrow in chart.staying(state))
        label = rf"{state}\n\n{text}" if text else state
        border = ", peripheries=2" if state in chart.final else ""
        lines.append(f'    {state} [label="{label}"{border}];')
    for (source, dest), arrows in chart.moving().items():
        label = "".join(rf"{arrow.numbered}\l" for arrow in arrows)
        meaning = "; ".join(arrow.meaning for arrow in arrows)
        lines.append(f'    {source} -> {dest} [label="{label}", edgetooltip="{meaning}"];')
    return "\n".join([*lines, "}"]) + "\n"
