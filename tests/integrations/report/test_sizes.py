"""The page in a real browser: no chart's title is larger than a heading, and all can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integrations.report import page
from tests.integrations.inspector.chromium import chromium, chromium_path
from tests.integrations.report.test_page import RECORDS, figures
from tests.integrations.statistics.examples import AGU, voice

if TYPE_CHECKING:
    from pathlib import Path

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
    latest: [...document.querySelectorAll(".latest .chart")].every((card) => {
      const chart = card.firstElementChild.getBoundingClientRect();
      return chart.right <= card.getBoundingClientRect().right;
    }),
    page: document.documentElement.scrollWidth,
  };
}"""


@pytest.mark.parametrize("width", [390, 800, 1280, 1920])
async def test_what_a_chart_says_is_neither_tiny_nor_larger_than_the_headings(
    tmp_path: Path, width: int
) -> None:
    path = chromium_path()
    if path is None:
        pytest.skip("There is no Chromium on this machine (Debian's package is called chromium).")
    file = tmp_path / "report.html"
    file.write_text(page(figures([*RECORDS, voice(AGU, 2, 4)]), "es"), encoding="utf-8")
    async with chromium(path) as browser:
        tab = await browser.new_page(viewport={"width": width, "height": 900})
        await tab.goto(file.as_uri())
        sizes = await tab.evaluate(SIZES)
    assert sizes["largest"] <= sizes["heading"]
    assert sizes["smallest"] >= 8
    assert sizes["page"] <= width
    assert sizes["latest"]
