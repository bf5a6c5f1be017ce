"""The closing table, in both languages and as a picture."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from integrations.demo.closing_table import ClosingTable
from integrations.demo.narrator import console_on
from tests.integrations.demo.examples import (
    GAME_OF_PINO,
    NAMES,
    PARTY,
    VOICE_OF_AGU,
    comparison,
    row,
)

if TYPE_CHECKING:
    from integrations.words.wording import Language

ROWS = (
    row(truth=64.0, latido=63.96, uncertain=12.0, rival=0.0),
    row(VOICE_OF_AGU, truth=20.0, latido=17.04, uncertain=12.0, rival=38.0),
    row(GAME_OF_PINO, truth=53.0, latido=40.0, uncertain=5.0, rival=53.0),
    row(PARTY, truth=51.0, latido=51.0, uncertain=None, rival=0.0),
)

ROOM, ASCENT, DESCENT = 8.0, 20.0, 4.4
"""In units of the picture: around its text, and of a line above and below where letters stand."""


def closing(language: Language, pace: float = 1.0) -> ClosingTable:
    return ClosingTable(comparison(*ROWS), NAMES, language, pace)


def printed(language: Language, shown: ClosingTable | None = None) -> list[list[str]]:
    stream = io.StringIO()
    console_on(stream).print((shown or closing(language)).table())
    lines = [line.split("  ") for line in stream.getvalue().splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    return [line for line in cells if line]


def test_it_is_in_spanish_with_spanish_numbers() -> None:
    lines = printed("es")
    assert lines[0] == [
        "quién", "qué", "verdad", "Latido", "error", "su ±", "¿dentro?", "solo eventos", "error",
    ]  # fmt: skip
    assert lines[2] == [
        "Pino", "en voz", "64,0", "64,0", "0,0", "± 12,0", "✓ sí", "0,0", "\N{MINUS SIGN}64,0",
    ]  # fmt: skip


def test_it_is_in_english_with_english_numbers() -> None:
    lines = printed("en")
    assert lines[3] == [
        "agu", "in voice", "20.0", "17.0", "\N{MINUS SIGN}3.0", "± 12.0", "✓ yes", "38.0", "+18.0",
    ]  # fmt: skip
    assert lines[5][0] == "party of 3"
    assert "?" in lines[5]


def test_a_truth_outside_the_margin_is_said_in_its_row_and_in_the_total() -> None:
    lines = printed("en")
    assert "✗ no" in lines[4]
    assert lines[-1][:4] == ["total", "188.0", "172.0", "16.0"]
    assert "✗ no" in lines[-1]


def test_what_is_shown_adds_up_in_each_row_and_in_the_total() -> None:
    rows = (
        row(truth=19.04, latido=14.56, uncertain=12.0, rival=10.04),
        row(VOICE_OF_AGU, truth=10.04, latido=10.04, uncertain=0.0, rival=10.04),
        row(GAME_OF_PINO, truth=10.04, latido=10.04, uncertain=0.0, rival=10.04),
    )
    shown = ClosingTable(comparison(*rows), NAMES, "en", 1.0)
    lines = printed("en", shown=shown)
    assert lines[2][2:5] == ["19.0", "14.6", "\N{MINUS SIGN}4.4"]
    assert lines[-1] == ["total", "39.0", "34.6", "4.4", "✓ yes", "30.0", "9.0"]
    assert "Of 39.0 minutes, Latido gets 4.4 wrong" in shown.summary()


def test_minutes_of_the_evening_do_not_depend_on_how_fast_it_was_played() -> None:
    assert closing("en", pace=0.25).minutes(16.0) == "64.0"
    assert closing("en", pace=0.25).summary().startswith("Of 752.0 minutes")


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_picture_is_sound_and_fetches_nothing(language: Language) -> None:
    picture = closing(language).svg()
    root = ET.fromstring(picture)  # noqa: S314 - written by the line above
    text = "".join(root.itertext()).replace("\xa0", " ")
    assert "Pino" in text
    assert closing(language).summary() in text
    assert picture.count("http") == 1
    assert 'xmlns="http://www.w3.org/2000/svg"' in picture
    assert picture == closing(language).svg()


def test_there_is_room_around_the_text_of_the_picture() -> None:
    picture = closing("en").svg()
    assert "transform" not in picture
    root = ET.fromstring(picture)  # noqa: S314 - written by the line above
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    said = [
        one for one in root.iter("{http://www.w3.org/2000/svg}text") if (one.text or "").strip()
    ]
    for line in said:
        start, baseline = float(line.attrib["x"]), float(line.attrib["y"])
        assert start - left >= ROOM
        assert left + width - (start + float(line.attrib["textLength"])) >= ROOM
        assert baseline - ASCENT - top >= ROOM
        assert top + height - (baseline + DESCENT) >= ROOM
    (paper,) = [one for one in root if one.get("fill") == "#ffffff"]
    assert (float(paper.attrib["x"]), float(paper.attrib["y"])) == (left, top)


def test_every_colour_of_the_picture_has_one_for_dark_pages() -> None:
    rows = [row(truth=64.0, latido=64.0, uncertain=0.0, rival=4.0)]
    wrong = row(VOICE_OF_AGU, truth=64.0, latido=4.0, uncertain=0.0, rival=4.0)
    for shown in (comparison(*rows), comparison(*rows, wrong)):
        picture = ClosingTable(shown, NAMES, "en", 1.0).svg()
        ET.fromstring(picture)  # noqa: S314 - written by the line above
        light, _media, dark = picture.partition("@media (prefers-color-scheme: dark) {")
        dark = dark.partition("</style>")[0]
        told = re.compile(r"\.(\S+) \{ fill: (#\w{6})")
        on_white, on_black = dict(told.findall(light)), dict(told.findall(dark))
        assert on_black.pop("latido-demo-paper") == "#0d1117"
        assert on_white.keys() == on_black.keys()
        assert not set(on_white.values()) & set(on_black.values())
        assert set(re.findall(r'fill="(#\w+)"', picture)) == {"#ffffff"}
