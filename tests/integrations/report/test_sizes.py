"""The page in a real browser: no chart's title is larger than a heading, and all can be read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from integrations import charts
from integrations.report import page
from integrations.statistics.charted import HeatMap
from integrations.words.catalogue import say
from machines import Stretch
from tests.integrations.report.test_page import RECORDS, figures
from tests.integrations.statistics.examples import AGU, ZETA, at, game, voice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIZES = """() => {
  const heading = [...document.querySelectorAll("h2:not(.unseen)")][0];
  const charts = [...document.querySelectorAll(".chart svg")].map((svg) => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [...svg.querySelectorAll("text")].map((text) =>
      parseFloat(getComputedStyle(text).fontSize) * scale);
  });
  return {
    heading: parseFloat(getComputedStyle(heading).fontSize),
    largest: Math.max(...charts.flat()), smallest: Math.min(...charts.flat()),
    cut: [...document.querySelectorAll(".chart")].flatMap((card) => {
      if (card.closest(".wide")) return [];
      const [from, to] = [card.getBoundingClientRect().left, card.getBoundingClientRect().right];
      return [...card.querySelectorAll("svg, text")].filter((part) => {
        const box = part.getBoundingClientRect();
        return box.width && (box.left < from || box.right > to);
      }).map((part) => part.textContent.trim().slice(0, 40));
    }),
    page: document.documentElement.scrollWidth,
  };
}"""

ENDS = """() => [...document.querySelectorAll(".chart")].map((card) => {
  card.scrollLeft = card.scrollWidth;
  const fade = getComputedStyle(card, "::after");
  return {
    is_moved: card.scrollWidth > card.clientWidth,
    fades: fade.position === "sticky" && fade.backgroundImage !== "none",
    left: card.getBoundingClientRect().right - card.firstElementChild.getBoundingClientRect().right,
    strip: parseFloat(fade.width),
  };
})"""


HOURS = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const table = document.querySelector("table.hours");
  const around = table.closest(".scroll");
  const cells = [...table.querySelectorAll("th, td")].map((cell) => cell.textContent);
  const lines = [...table.querySelectorAll("tr")].map((row) => row.clientHeight);
  return {
    moved: around.scrollWidth - around.clientWidth,
    rows: lines.length,
    broken: lines.filter((height) => height > 1.5 * Math.min(...lines)).length,
    largest: Math.max(...cells.map(Number).filter(Number.isFinite)),
  };
}"""

RANKINGS = """() => {
  const cards = [...document.querySelectorAll("section.card")];
  const box = (node) => node.getBoundingClientRect();
  const lowest = Math.max(...cards.map((card) => box(card).top));
  return {
    // Every bound, and every word of a short name or of how sure a time is, in several pieces.
    broken: [...document.querySelectorAll("section.card :is(.name, .doubt)")].flatMap((cell) => {
      const pieces = [...cell.textContent.matchAll(/±[^·]*[^·\\s]|[^\\s]+/g)];
      return pieces.filter((piece) => {
        const range = document.createRange();
        range.setStart(cell.firstChild, piece.index);
        range.setEnd(cell.firstChild, piece.index + piece[0].length);
        return new Set([...range.getClientRects()].map((rect) => rect.top)).size > 1;
      }).map((piece) => piece[0]);
    }),
    moved: cards.filter((card) => card.scrollWidth > card.clientWidth).length,
    // How much of the width is empty beside the last of them.
    empty: box(cards[0].parentElement).right - Math.max(
      ...cards.filter((card) => box(card).top === lowest).map((card) => box(card).right)),
    count: cards.length,
  };
}"""


@cache
def report(times: int = 1) -> str:
    """Return the report, with so many times the time in each hour of the week."""
    unsure = game(AGU, "Una historia de casas y cosas y de caminos", 0, 1.75)
    unsure.stretches = (Stretch(at(0.25), at(1), "unknown"),)
    doubtful = voice(AGU, 2, 4, unknown=(3, 3 + 599 / 3600))
    long = voice(ZETA, 0.01, 4.99, unknown=(3, 3 + 599 / 3600))
    long.username = "person-22"
    records = [*RECORDS, doubtful, unsure, long]
    shown = figures(records)
    hours = [[seconds * times for seconds in day] for day in shown.hours.seconds]
    return page(shown._replace(hours=HeatMap(hours)), "es")


@pytest_asyncio.fixture(loop_scope="session")
async def tab(browser: Browser, tmp_path: Path, width: int) -> AsyncIterator[Page]:
    """The report, as wide as the test says."""
    file = tmp_path / "report.html"
    file.write_text(report(), encoding="utf-8")
    async with await browser.new_page(viewport={"width": width, "height": 900}) as tab:
        await tab.goto(file.as_uri())
        yield tab


@pytest.mark.parametrize("width", [390, 800, 1280, 1920])
async def test_what_a_chart_says_is_neither_tiny_nor_larger_than_the_headings(
    tab: Page, width: int
) -> None:
    sizes = await tab.evaluate(SIZES)
    assert sizes["largest"] <= sizes["heading"]
    assert sizes["smallest"] >= 8.9
    assert sizes["page"] <= width
    assert sizes["cut"] == []


@pytest.mark.parametrize("width", [390, 500, 503])
async def test_a_chart_that_is_moved_sideways_fades_where_it_goes_on_and_hides_nothing(
    tab: Page, width: int
) -> None:
    ends = await tab.evaluate(ENDS)
    assert any(one["is_moved"] for one in ends) is (width < 503)
    for one in ends:
        assert one["fades"] is one["is_moved"]
        assert not one["is_moved"] or one["left"] >= one["strip"]


@pytest.mark.parametrize(("width", "is_said"), [(375, True), (500, True), (503, False)])
async def test_that_a_chart_goes_on_sideways_is_said_where_it_does_and_nowhere_else(
    tab: Page, *, is_said: bool
) -> None:
    hint = tab.get_by_text(say("es", "report.sideways"), exact=True)
    assert await hint.is_visible() is is_said


@pytest.mark.parametrize("width", [360, 390, 800, 1000, 1280, 1920])
async def test_how_sure_a_time_is_stays_in_one_piece_and_no_ranking_leaves_half_a_page_empty(
    tab: Page,
) -> None:
    told = await tab.evaluate(RANKINGS)
    assert told["count"] == 3
    assert told["broken"] == []
    assert told["empty"] < 1
    assert told["moved"] == 0


@pytest.mark.parametrize("width", [360, 390, 800, 1280, 1920])
@pytest.mark.parametrize("draws", [True, False])
async def test_the_table_of_hours_fits_every_page_and_breaks_no_weekday(
    tab: Page, monkeypatch: pytest.MonkeyPatch, width: int, *, draws: bool
) -> None:
    monkeypatch.setattr(charts, "can_draw", lambda: draws)
    await tab.set_content(report.__wrapped__(300))
    told = await tab.evaluate(HOURS)
    assert told["rows"] == 25
    assert told["largest"] > 10_000
    assert told["moved"] == 0
    assert told["broken"] == 0
    assert await tab.evaluate("document.documentElement.scrollWidth") <= width
