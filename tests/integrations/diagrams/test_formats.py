"""Diagrams show the machines that run: everything they do, readable, and nothing else."""

import re
from collections.abc import Iterator
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from transitions import Machine

from integrations.diagrams.chart import Chart, UndescribedTransitionError, chart_of
from integrations.diagrams.drawing import drawing_of, layout_of
from integrations.diagrams.formats import FORMATS, dot, dot_of, mermaid, mermaid_of, svg
from machines import KINDS, MACHINES, STATES, TERMINAL, AnySession, Kind, Row, SessionMachine, Step

SVG = "{http://www.w3.org/2000/svg}"


def running(machine: Machine) -> Iterator[tuple[str, str, str | None, str]]:
    """Trigger, source, dest and label of everything that ``transitions`` would do."""
    for trigger, event in machine.events.items():
        for source, transitions in event.transitions.items():
            for transition in transitions:
                names = [
                    getattr(condition.func, "__name__", "") for condition in transition.conditions
                ]
                label = f"{trigger} [{', '.join(names)}]" if names else trigger
                yield trigger, source, transition.dest, label


def numbered(kind: Kind) -> Iterator[tuple[str, str | None, str]]:
    """Source, dest and label of every transition, with the number of its row in the table."""
    for number, row in enumerate(MACHINES[kind].table, 1):
        names = ", ".join(guard.__name__ for guard in row.when)
        for source in row.sources:
            again = "↻ " if row.dest == source else ""
            guards = f" [{names}]" if names else ""
            yield source, row.dest, f"{number} {again}{row.trigger}{guards}"


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - the text is our own


def overnight(_session: AnySession, _step: Step) -> bool:
    """Stand in for a guard that no machine has."""
    return False


@pytest.fixture
def changed() -> SessionMachine:
    """The voice machine with one row more."""
    row = Row("close", ("confirmed",), "recovered", (overnight,), (), "<slept> & woke")
    return SessionMachine("voice", (*MACHINES["voice"].table, row))


@pytest.mark.parametrize("kind", KINDS)
def test_the_chart_has_every_transition_of_the_running_machine(kind: Kind) -> None:
    arrows = chart_of(MACHINES[kind]).arrows
    drawn = [(arrow.trigger, arrow.source, arrow.dest, arrow.label) for arrow in arrows]
    assert drawn == list(running(MACHINES[kind].machine))
    assert len(drawn) == sum(len(row.sources) for row in MACHINES[kind].table)


@pytest.mark.parametrize("kind", KINDS)
def test_every_arrow_means_what_its_row_says(kind: Kind) -> None:
    table = MACHINES[kind].table
    for arrow in chart_of(MACHINES[kind]).arrows:
        rows = [
            row
            for row in table
            if (row.trigger, row.dest) == (arrow.trigger, arrow.dest)
            and arrow.source in row.sources
            and arrow.guards == tuple(guard.__name__ for guard in row.when)
        ]
        assert [row.meaning for row in rows] == [arrow.meaning]
        assert arrow.actions == tuple(action.__name__ for action in rows[0].do)


@pytest.mark.parametrize("kind", KINDS)
def test_of_one_trigger_and_one_state_the_numbers_rise_in_the_order_that_rows_are_tried_in(
    kind: Kind,
) -> None:
    numbers: dict[tuple[str, str], list[int]] = {}
    for arrow in chart_of(MACHINES[kind]).arrows:
        assert arrow.number is not None
        numbers.setdefault((arrow.trigger, arrow.source), []).append(arrow.number)
    assert numbers["validate", "confirmed"] == [11, 15, 16, 17, 18, 19, 20, 21]
    for tried in numbers.values():
        assert tried == sorted(set(tried))


@pytest.mark.parametrize("kind", KINDS)
def test_mermaid_shows_every_transition_with_its_number(kind: Kind) -> None:
    lines = mermaid(kind).splitlines()
    for source, dest, label in numbered(kind):
        start = "[*]" if source == "new" else source
        if dest in {None, source}:
            assert f"    {source} : {label}" in lines
        else:
            (arrow,) = [line for line in lines if line.startswith(f"    {start} --> {dest} : ")]
            assert label in arrow.partition(" : ")[2].split("<br/>")


@pytest.mark.parametrize("kind", KINDS)
def test_mermaid_begins_at_the_dot_and_ends_where_sessions_are_over(kind: Kind) -> None:
    text = mermaid(kind)
    assert text.startswith("stateDiagram-v2\n")
    assert not re.search(r"\bnew\b", text)
    assert set(re.findall(r"(\w+) --> \[\*\]", text)) == TERMINAL


@pytest.mark.parametrize("kind", KINDS)
def test_mermaid_labels_hold_none_of_the_characters_that_end_a_label(kind: Kind) -> None:
    for line in mermaid(kind).splitlines()[3:]:
        assert line.count(":") == (0 if line.endswith("[*]") else 1)
        assert ";" not in line


@pytest.mark.parametrize("kind", KINDS)
def test_graphviz_shows_every_transition_with_its_number(kind: Kind) -> None:
    text = dot(kind)
    for source, dest, label in numbered(kind):
        if dest in {None, source}:
            (box,) = re.findall(rf'^    {source} \[label="(.*?)"', text, re.MULTILINE)
            assert label in re.split(r"\\[nl]", box)
        else:
            (arrow,) = re.findall(rf'^    {source} -> {dest} \[label="(.*?)"', text, re.MULTILINE)
            assert label in arrow.split(r"\l")


def written(element: ET.Element) -> str:
    return " ".join("".join(text.itertext()) for text in element.iter(f"{SVG}text"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_picture_shows_every_transition_once_with_number_and_meaning(kind: Kind) -> None:
    root = parsed(svg(kind))
    groups = [group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]
    shown = sorted((group.findtext(f"{SVG}title"), written(group).strip()) for group in groups)
    arrows = chart_of(MACHINES[kind]).arrows
    assert shown == sorted((arrow.meaning, arrow.numbered) for arrow in arrows)
    assert sorted(text for _, text in shown) == sorted(label for _, _, label in numbered(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_the_picture_names_every_state_but_the_beginning(kind: Kind) -> None:
    root = parsed(svg(kind))
    names = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "name"]
    assert names == [state for state in STATES if state != "new"]
    assert len(list(root.iter(f"{SVG}circle"))) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_picture_can_be_read_aloud_and_on_dark_and_needs_nothing_else(kind: Kind) -> None:
    text = svg(kind)
    root = parsed(text)
    assert root.findtext(f"{SVG}title") == f"The {kind} machine"
    description = root.findtext(f"{SVG}desc") or ""
    assert all(arrow.numbered in description for arrow in chart_of(MACHINES[kind]).arrows)
    assert root.get("aria-labelledby") == "title desc"
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"href|url\(|@import|<script", text)


@pytest.mark.parametrize("kind", KINDS)
def test_no_label_or_box_covers_another_or_leaves_the_picture(kind: Kind) -> None:
    layout = layout_of(chart_of(MACHINES[kind]))
    boxes = [*layout.boxes.values(), *(route.label for route in layout.routes)]
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    for box in boxes:
        assert box.left >= 0
        assert box.right <= layout.size.width
        assert box.top >= 0
        assert box.bottom <= layout.size.height


@pytest.mark.parametrize("kind", KINDS)
def test_text_fits_the_box_that_it_stands_in(kind: Kind) -> None:
    """By the widest of the usual monospaced fonts: 0.602 em a character."""
    chart = chart_of(MACHINES[kind])
    boxes = layout_of(chart).boxes
    for state in chart.states:
        for arrow in chart.staying(state):
            text = f"{arrow.number:>2}{arrow.numbered.lstrip('0123456789')}"
            assert len(text) * 12 * 0.602 <= boxes[state].width - 20


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FORMATS)
def test_the_same_machine_gives_the_same_drawing(kind: Kind, name: str) -> None:
    draw = {str(key): function for key, function in FORMATS.items()}[name]
    assert draw(kind) == draw(kind)


def test_a_row_that_is_added_is_drawn(changed: SessionMachine) -> None:
    chart = chart_of(changed)
    assert "confirmed --> recovered" in mermaid_of(chart)
    for text in (mermaid_of(chart), dot_of(chart), drawing_of(chart)):
        assert "overnight" in text
    for kind in KINDS:
        assert all("overnight" not in draw(kind) for draw in FORMATS.values())


def test_meanings_are_escaped_in_the_picture(changed: SessionMachine) -> None:
    root = parsed(drawing_of(chart_of(changed)))
    assert "<slept> & woke" in [title.text for title in root.iter(f"{SVG}title")]


def test_a_transition_outside_the_table_is_refused(changed: SessionMachine) -> None:
    changed.machine.add_transition("close", "ended", "orphaned")
    with pytest.raises(UndescribedTransitionError, match="'close' from 'ended' to 'orphaned'"):
        chart_of(changed)


def test_a_condition_that_must_not_hold_is_written_as_not() -> None:
    machine = SessionMachine("voice", [Row("close", ("new",), "ended", (), (), "gone")])
    (transition,) = machine.machine.events["close"].transitions["new"]
    transition.conditions.append(
        machine.machine.transition_cls.condition_cls(overnight, target=False)
    )
    with pytest.raises(UndescribedTransitionError, match="not overnight"):
        chart_of(machine)


def test_states_that_nothing_leaves_are_drawn_as_well() -> None:
    chart: Chart = chart_of(
        SessionMachine("game", [Row("start", ("new",), "pending", (), (), "x")])
    )
    assert set(layout_of(chart).boxes) == set(STATES)
