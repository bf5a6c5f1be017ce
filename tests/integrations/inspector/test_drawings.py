"""The drawings of the page: from the machines that run, and named so that they can light up."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from integrations.diagrams.chart import chart_of
from integrations.inspector.drawings import MachineRow, machines, outline_of
from integrations.inspector.lives import Entry
from integrations.inspector.rows import key_of
from machines import KINDS, MACHINES, Kind

SVG = "{http://www.w3.org/2000/svg}"


def drawn() -> dict[Kind, MachineRow]:
    return {machine.kind: machine for machine in machines()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_transition_that_can_fire_has_a_key_in_the_drawing(kind: Kind) -> None:
    fired = {
        key_of(kind, Entry(at=0, until=0, row=row, before=source, after=row.dest or source))
        for row in MACHINES[kind].table
        for source in row.sources
    }
    machine = drawn()[kind]
    assert fired == machine.arrows.keys()
    root = ET.fromstring(machine.full)  # noqa: S314 - made here
    keys = {f"{kind}:{node.get('data-key')}" for node in root.iter() if node.get("data-key")}
    assert keys == fired


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("drawing", ["outline", "full"])
def test_every_state_has_its_count_and_every_move_its_arrow(kind: Kind, drawing: str) -> None:
    machine = drawn()[kind]
    root = ET.fromstring(getattr(machine, drawing))  # noqa: S314 - made here
    states = {node.get("data-state"): node for node in root.iter() if node.get("data-state")}
    assert states.keys() == set(machine.states)
    for state, node in states.items():
        counts = [text for text in node.iter(f"{SVG}text") if text.get("class") == "count"]
        assert len(counts) == (state != "new")
    moves = {
        (node.get("data-source"), node.get("data-dest"))
        for node in root.iter()
        if node.get("class") == "move"
    }
    assert moves == set(chart_of(MACHINES[kind]).moving())


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_in_a_drawing_is_forbidden_by_the_pages_policy(kind: Kind) -> None:
    machine = drawn()[kind]
    for drawing in (machine.outline, machine.full):
        assert "<style" not in drawing
        assert "style=" not in drawing
        assert "<script" not in drawing
        assert "href" not in drawing


@pytest.mark.parametrize("kind", KINDS)
def test_ids_are_unique_though_all_drawings_share_a_page(kind: Kind) -> None:
    ids = [
        node.get("id")
        for machine in drawn().values()
        for drawing in (machine.outline, machine.full)
        for node in ET.fromstring(drawing).iter()  # noqa: S314 - made here
        if node.get("id")
    ]
    assert len(ids) == len(set(ids))
    assert f"{kind}-outline-title" in ids


def test_the_outline_leaves_out_what_leaves_a_state_as_it_is() -> None:
    outline = outline_of(chart_of(MACHINES["voice"]))
    assert all(arrow.dest not in {None, arrow.source} for arrow in outline.arrows)
    assert all(arrow.guards == () for arrow in outline.arrows)
