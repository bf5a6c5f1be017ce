"""Charts: pictures of any figures, whatever people and games are called, and the same as text."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations import charts
from integrations.charts import DARK, LIGHT, Look
from integrations.charts.words import bar_label, hours_label
from integrations.statistics.charted import (
    Bars,
    HeatMap,
    PartyTimeline,
    PlayerLine,
    bars_of,
    heat_map,
    party_timeline,
)
from integrations.statistics.period import Period, Window, buckets
from integrations.statistics.sums import GameTotal, by_game
from machines import KINDS, Span
from tests.how_often import examples
from tests.integrations.statistics.examples import AGU, BOGOTA, PINO, at, game, party, voice

if TYPE_CHECKING:
    from integrations.words.wording import Language

EVER = Window(None, at(1000))
LOOKS = [Look(DARK, "es", BOGOTA), Look(LIGHT, "en", BOGOTA)]
RECORDS = [voice(PINO, 0, 3), game(PINO, "VALORANT", 0, 2), game(AGU, "Minecraft", 1, 2)]


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def bars(period: Period) -> Bars:
    grain, shown = buckets(period, at(3), BOGOTA)
    return bars_of(RECORDS, PINO, grain, shown, KINDS)


def dots_of(svg: str) -> tuple[float, float, set[tuple[float, float]]]:
    """Return how wide and how high the dotted pattern of a chart is, and where its dots are."""
    [(wide, high, path)] = re.findall(
        r'<pattern [^>]*width="(\S+)" height="(\S+)">\s*<rect [^>]*>\s*<path d="([^"]*z\n)"', svg
    )
    dots = re.findall(r"M (\S+) (\S+) \nC", path)
    return float(wide), float(high), {(float(x), round(float(y) - 0.3, 6)) for x, y in dots}


def test_the_dots_of_what_is_not_counted_are_those_of_matplotlib_and_few_of_them_are_written() -> (
    None
):
    from integrations.charts import canvas, draw_party  # noqa: PLC0415 - as above

    spans = [Span(at(0), at(1), "unknown", credited=False)]
    timeline = PartyTimeline("VALORANT", at(0), at(1), spans, [PlayerLine(PINO, "Pino", spans)])
    drawn = draw_party.draw(timeline, LOOKS[0])
    written = io.StringIO()
    drawn.savefig(written, format="svg")
    whole = dots_of(written.getvalue())
    svg = canvas.svg(drawn, LOOKS[0], "party1")
    wide, high, dots = dots_of(svg)
    repeated = {
        (round(x + wide * column, 6), round(y + high * row, 6))
        for x, y in dots
        for column in range(round(72 / wide))
        for row in range(round(72 / high))
    }
    assert (72.0, 72.0, repeated) == whole
    assert len(dots) == 5
    assert len(svg) < 0.1 * len(written.getvalue())


@pytest.mark.parametrize("look", LOOKS)
def test_every_chart_is_a_picture_as_wide_as_the_others(look: Look) -> None:
    pictures = [
        charts.heat_map_png(heat_map(RECORDS, EVER, BOGOTA), look),
        charts.top_games_png(by_game(RECORDS, EVER), look),
        charts.party_png(party_timeline(party(0, 2, {PINO: (0, 2), AGU: (1, 2)})), look),
        *(charts.bars_png(bars(one), "Pino", look) for one in ("today", "week", "month", "all")),
    ]
    assert {size_of(picture)[0] for picture in pictures} == {1280}
    assert all(250 < size_of(picture)[1] < 1600 for picture in pictures)


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_to_show_is_a_picture_too(look: Look) -> None:
    empty = HeatMap([[0.0] * 24 for _ in range(7)])
    assert size_of(charts.heat_map_png(empty, look))
    assert size_of(charts.top_games_png([], look))
    nobody = PartyTimeline("VALORANT", at(0), at(0), [], [])
    assert size_of(charts.party_png(nobody, look))
    grain, shown = buckets("week", at(3), BOGOTA)
    assert size_of(charts.bars_png(bars_of([], PINO, grain, shown, []), "Pino", look))
    assert charts.heat_map_as_text(empty, look) == charts.games_as_text([], look)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("seconds", [0.0, 0.4])
def test_less_than_a_second_is_nothing_to_show(look: Look, seconds: float) -> None:
    grain, shown = buckets("week", at(3), BOGOTA)
    day = [0.0] * (len(shown) - 1)
    brief = Bars(grain, [one.begins for one in shown], {"voice": [*day, seconds]})
    played = [GameTotal("VALORANT", seconds, 0.0, 0, 1, 1, running=True)]
    assert size_of(charts.bars_png(brief, "Pino", look))
    assert size_of(charts.top_games_png(played, look))
    assert charts.bars_as_text(brief, look) == charts.games_as_text([], look)
    assert "VALORANT" in charts.games_as_text(played, look)


@settings(max_examples=examples(10), deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_name_can_be_drawn(name: str) -> None:
    look = LOOKS[0]
    played = GameTotal(name, 60.0, 0.0, 0, 1, 1, running=False)
    assert size_of(charts.top_games_png([played], look))
    span = Span(at(0), at(1), "unknown", credited=True)
    line = PlayerLine(PINO, name, [span])
    timeline = PartyTimeline(name, at(0), at(1), [span], [line])
    assert size_of(charts.party_png(timeline, look))
    assert charts.party_as_text(timeline, look)


@pytest.mark.parametrize(
    ("name", "drawn"),
    [("$x^2$", r"\$x^2\$"), ("\U0001d4e2\U0001d4fe", "Su"), ("a🎮b", "a▯b"), ("👩‍💻", "▯▯")],
)
def test_what_no_font_has_is_a_plain_letter_or_a_box(name: str, drawn: str) -> None:
    from integrations.charts import canvas  # noqa: PLC0415 - matplotlib only where drawn

    assert canvas.drawable(name) == drawn


@pytest.mark.parametrize(("language", "words"), [("es", "Cuándo"), ("en", "When people")])
def test_an_svg_is_labelled_in_the_language_and_coloured_by_the_page(
    language: Language, words: str
) -> None:
    from integrations.charts import canvas, draw_heat_map  # noqa: PLC0415 - as above

    look = Look(LIGHT, language, BOGOTA)
    drawn = draw_heat_map.draw(heat_map(RECORDS, EVER, BOGOTA), look)
    text = canvas.svg(drawn, look, "heat")
    assert words in text
    assert "America/Bogota" in text
    assert "var(--chart-heat-5)" in text
    assert not any(colour in text for colour in LIGHT.named().values())


def test_two_charts_on_one_page_share_no_id() -> None:
    from integrations.charts import canvas, draw_games  # noqa: PLC0415 - as above

    look = LOOKS[1]
    games = by_game(RECORDS, EVER)
    first, second = (canvas.svg(draw_games.draw(games, look), look, salt) for salt in "ab")
    ids = [set(re.findall(r'\bid="([^"]*)"', text)) for text in (first, second)]
    assert ids[0]
    assert ids[0].isdisjoint(ids[1])
    for text, known in zip((first, second), ids, strict=True):
        used = set(re.findall(r'(?:url\(|href=")#([^)"]*)', text))
        assert used <= known


@pytest.mark.parametrize("name", ["Go", "W" * 60, "塞尔达传说" * 9, "a$b$" * 12])
def test_a_game_has_its_sum_beside_its_name_and_as_much_of_that_as_there_is_room_for(
    name: str,
) -> None:
    from integrations.charts import draw_games  # noqa: PLC0415 - as above

    played = GameTotal(name, 1e7, 500_000.0, 0, 120, 3000, running=False)
    unseen = GameTotal(name, 1e7, 500_000.0, 12, 120, 3000, running=False)
    few = GameTotal(name, 169_200.0, 2_160.0, 1, 14, 30, running=False)
    drawn = draw_games.draw([played, unseen, few], LOOKS[0])
    amounts, names = drawn.axes[0].texts[::2], drawn.axes[0].texts[1::2]
    assert [one.get_text() for one in amounts] == [
        "2777 h 47 min ± 138 h 53 min · 120 personas",
        "2777 h 47 min ± 138 h 53 min · 12 inicios desconocidos",  # else no room for the name
        "47 h ± 36 min · 1 inicio desconocido · 14 personas",
    ]
    for amount, written in zip(amounts, names, strict=True):
        assert written.get_window_extent().x1 < amount.get_window_extent().x0
    assert len(name) > 2 or {one.get_text() for one in names} == {name}


def test_the_hours_of_one_person_have_a_title_of_their_own() -> None:
    from integrations.charts import draw_heat_map  # noqa: PLC0415 - as above

    look = Look(LIGHT, "en", BOGOTA)
    drawn = draw_heat_map.draw(heat_map(RECORDS, EVER, BOGOTA), look, "When Pino is there")
    assert drawn.texts[0].get_text() == "When Pino is there"


@pytest.mark.parametrize("language", ["es", "en"])
def test_what_the_colours_of_the_hours_mean_has_room_and_so_has_the_note(
    language: Language,
) -> None:
    from integrations.charts import draw_heat_map  # noqa: PLC0415 - as above

    look = Look(LIGHT, language, ZoneInfo("America/Argentina/ComodRivadavia"))
    hours = heat_map([voice(PINO, 0, 1000)], EVER, look.zone)
    drawn = draw_heat_map.draw(hours, look)
    for text in [*drawn.texts, *drawn.axes[1].texts]:
        box = text.get_window_extent()
        assert 0 <= box.x0 < box.x1 <= 1280
    less, more = drawn.axes[1].texts
    steps = [one.get_window_extent() for one in drawn.axes[1].patches]
    assert less.get_window_extent().x1 < steps[0].x0
    assert steps[-1].x1 < more.get_window_extent().x0
    assert "▯" not in "".join(text.get_text() for text in drawn.texts)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_colours_can_be_told_from_the_background_and_steps_from_each_other(
    theme: charts.Theme,
) -> None:
    assert contrast(theme.ink, theme.background) > 7
    assert contrast(theme.faint, theme.background) > 4.5
    assert all(contrast(theme.of_kind(kind), theme.background) > 3 for kind in KINDS)
    steps = [luminance(colour) for colour in theme.heat[1:]]
    assert steps in (sorted(steps), sorted(steps, reverse=True))
    assert all(
        contrast(one, other) > 1.25
        for one, other in zip(theme.heat[1:], theme.heat[2:], strict=False)
    )
    assert len(set(theme.named().values())) == len(theme.named())


@pytest.mark.parametrize("look", LOOKS)
def test_the_same_as_text_fits_a_phone(look: Look) -> None:
    texts = [
        charts.heat_map_as_text(heat_map(RECORDS, EVER, BOGOTA), look),
        charts.party_as_text(party_timeline(party(0, 2, {PINO: (0, 2), AGU: (1, 2)})), look),
        charts.games_as_text(by_game(RECORDS, EVER), look),
    ]
    for text in texts:
        assert text.startswith("```\n")
        assert max(map(len, text.splitlines())) <= 60
    assert "2 h" in texts[2]


def test_the_busiest_square_is_the_fullest_shade() -> None:
    text = charts.heat_map_as_text(heat_map([voice(PINO, 0, 1)], EVER, BOGOTA), LOOKS[0])
    monday = next(line for line in text.splitlines() if line.startswith("lun"))
    assert monday[4 + 22] == "█"
    assert monday[4:26] == "·" * 22


def test_labels_of_bars() -> None:
    _, week = buckets("week", at(0), BOGOTA)
    _, weeks = buckets("all", at(0), BOGOTA)
    assert bar_label("es", "day", week[0].begins, of_week=True) == "lun"
    assert bar_label("en", "day", week[0].begins, of_week=False) == "29"
    assert bar_label("es", "week", weeks[-1].begins, of_week=False) == "29 dic"
    assert bar_label("en", "week", weeks[-1].begins, of_week=False) == "Dec 29"
    assert [hours_label(one) for one in (0, 1800, 3600, 5400)] == ["0", "30 min", "1 h", "1.5 h"]


def test_a_zone_of_half_hours_is_no_trouble() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")
    hours = heat_map([voice(PINO, 0, 1)], EVER, kolkata)
    assert hours.seconds[1][8] == hours.seconds[1][9] == 1800


def test_the_commands_load_without_the_plotting_library() -> None:
    code = (
        "import sys\n"
        "sys.modules['matplotlib'] = None\n"
        "import integrations.cog\n"
        "from integrations import charts\n"
        "print(charts.heat_map_png.__name__, 'numpy' in sys.modules)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter with our own code
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "heat_map_png False\n"


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (0, 2, "2025-12-29"),
        (1, 3, "del 2025-12-29 al 2025-12-30"),
        (2, 26, "2025-12-30"),
        (0, 50, "del 2025-12-29 al 2025-12-31"),
    ],
)
def test_a_party_over_midnight_says_both_days(start: float, end: float, days: str) -> None:
    from integrations.charts import draw_party  # noqa: PLC0415 - as above

    look = LOOKS[0]
    timeline = party_timeline(party(start, end, {PINO: (start, end)}))
    notes = [text.get_text() for text in draw_party.draw(timeline, look).texts]
    assert f"{days} · horas en {look.zone.key}" in notes


@pytest.mark.parametrize(("lasted", "times"), [(20, "%H:%M:%S"), (400, "%H:%M"), (20_000, "%H:%M")])
def test_the_axis_of_a_party_has_several_times_however_short_it_was(
    lasted: float, times: str
) -> None:
    from integrations.charts import draw_party  # noqa: PLC0415 - as above

    hours = lasted / 3600
    drawn = draw_party.draw(party_timeline(party(0, hours, {PINO: (0, hours)})), LOOKS[0])
    labels = [label.get_text() for label in drawn.axes[0].get_xticklabels()]
    assert 2 < len(labels) <= 8
    assert len(set(labels)) == len(labels)
    assert all(len(label.split(":")) == len(times.split(":")) for label in labels)


def test_an_unknown_that_does_not_count_is_drawn_apart_from_one_that_does_and_from_absence() -> (
    None
):
    from integrations.charts import draw_party  # noqa: PLC0415 - as above

    look = LOOKS[1]
    spans = [
        Span(at(0), at(1), "present", credited=True),
        Span(at(1), at(2), "unknown", credited=True),
        Span(at(2), at(3), "unknown", credited=False),
        Span(at(3), at(4), "away", credited=False),
    ]
    line = PlayerLine(PINO, "Pino", spans)
    timeline = PartyTimeline("VALORANT", at(0), at(4), spans, [line])
    drawn = draw_party.draw(timeline, look)
    looks = {(one.get_hatch(), one.get_linestyle()) for one in drawn.axes[0].patches}
    assert len(looks) == 3
    legend = [text.get_text() for text in drawn.axes[1].texts]
    assert legend == ["present", "unknown", "unknown, not counted", "away"]
    text = charts.party_as_text(timeline, look)
    strip = text.splitlines()[1][-32:]
    assert [strip.count(sign) for sign in "█▒░·"] == [8, 8, 8, 8]
    assert "░ unknown, not counted" in text


@pytest.mark.parametrize("look", LOOKS)
def test_the_legend_of_a_party_has_room_for_all_of_it(look: Look) -> None:
    from integrations.charts import draw_party  # noqa: PLC0415 - as above

    drawn = draw_party.draw(party_timeline(party(0, 2, {PINO: (0, 2)})), look)
    boxes = [text.get_window_extent() for text in drawn.axes[1].texts]
    assert all(one.x1 + 40 < other.x0 for one, other in pairwise(boxes))
    assert boxes[-1].x1 < 1280
