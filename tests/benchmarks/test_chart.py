"""The chart: nothing of what it says is cut off, and it is read on light pages and on dark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from matplotlib.text import Text

from tests.benchmarks.chart import draw, drawing_of
from tests.benchmarks.figures import Point

if TYPE_CHECKING:
    from pathlib import Path

LONG = "half of the channels are deleted, per person in them"
POINTS = [
    Point(operation, size, size**power, panel)
    for panel in ("guilds of a thousand people each", "one guild with everybody in it", "a third")
    for operation, power in (("somebody mutes", 0.1), (LONG, 0.3))
    for size in (1_000, 10_000, 100_000)
]


def test_nothing_that_it_says_is_cut_off_at_its_edges() -> None:
    drawing = drawing_of(POINTS)
    drawing.draw_without_rendering()
    said = [text for text in drawing.findobj(Text) if text.get_text()]
    assert {LONG, "somebody mutes"} <= {text.get_text() for text in said}
    for text in said:
        if not text.get_visible():
            continue
        box = text.get_window_extent()
        assert box.x0 >= 0, text
        assert box.x1 <= drawing.bbox.x1, text


def test_two_labels_side_by_side_do_not_run_into_one_another() -> None:
    drawing = drawing_of(POINTS)
    drawing.draw_without_rendering()
    [left, right, *_below] = [axes.xaxis.label.get_window_extent() for axes in drawing.axes]
    assert left.x1 < right.x0


def test_what_lies_outside_a_panel_is_not_written_beside_it() -> None:
    drawing = drawing_of([Point("somebody moves", size, 1.0) for size in (10, 10_000)])
    drawing.draw_without_rendering()
    [panel] = drawing.axes
    edge = panel.get_window_extent().x1
    assert all(each.get_window_extent().x1 <= edge for each in panel.texts)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture
def picture(tmp_path: Path) -> str:
    draw(POINTS, tmp_path / "chart.svg")
    return (tmp_path / "chart.svg").read_text("utf-8")


def test_every_colour_of_it_has_one_for_dark_pages_that_can_be_read_there(picture: str) -> None:
    ET.fromstring(picture)  # noqa: S314 - written by the line above
    dark, _end, drawn = picture.partition("</style>")
    used = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", drawn))
    in_the_dark = dict(re.findall(r'fill: (#\w+)"\] \{ fill: (#\w+)', dark))
    assert "#ffffff" in used
    assert used <= in_the_dark.keys()
    for colour in used - {"#ffffff"}:
        assert contrast(colour, "#ffffff") > 4
        assert contrast(in_the_dark[colour], in_the_dark["#ffffff"]) > 4.5


def test_what_has_no_colour_of_its_own_is_not_left_black_on_dark_pages(picture: str) -> None:
    assert re.search(r"dark\) \{\s*text \{ fill: #c9d1d9 \}", picture)
