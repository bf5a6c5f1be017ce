"""What is read on the page: whole names, one colour for one thing, and the words of other pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from engine import Channel
from integrations.words.catalogue import say
from integrations.words.wording import duration
from tests.integrations.inspector.stage import AGU, GENERAL, PATIO, PINO

if TYPE_CHECKING:
    from integrations.words.wording import Language
    from tests.integrations.inspector.conftest import Open
    from tests.integrations.inspector.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

CUT = """(names) => [...document.querySelectorAll(names)].flatMap((name) => {
  const texts = document.createTreeWalker(name, NodeFilter.SHOW_TEXT);
  const cut = [];
  while (texts.nextNode()) {
    if (texts.currentNode.parentElement.closest(".unseen")) continue;
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    const line = range.getBoundingClientRect();
    if (!line.width) continue;
    const drawing = document.createElement("canvas").getContext("2d");
    drawing.font = getComputedStyle(texts.currentNode.parentElement).font;
    const signs = drawing.measureText(texts.currentNode.textContent);
    const base = line.top + signs.fontBoundingBoxAscent;
    const top = base - signs.actualBoundingBoxAscent;
    const bottom = base + signs.actualBoundingBoxDescent;
    for (let box = texts.currentNode.parentElement; ; box = box.parentElement) {
      const edge = box.getBoundingClientRect();
      const hides = getComputedStyle(box).overflowY !== "visible";
      if (hides && (top < edge.top || edge.bottom < bottom))
        cut.push([texts.currentNode.textContent, edge.top - top, bottom - edge.bottom]);
      if (box === name) break;
    }
  }
  return cut;
})"""
"""Whatever of the texts in some boxes lies outside one that hides what does."""

COLOUR = "node => getComputedStyle(node).{}"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    ("place", "names"),
    [("timeline", "#lanes .lane"), ("sessions", "#rows tr[data-id]"), ("", "#feed li")],
)
async def test_nothing_of_a_capital_with_a_tilde_is_cut_off(
    stage: Stage, opens: Open, place: str, names: str, width: int
) -> None:
    stage.names[PINO] = "Ñandú Åqj"
    stage.joins(PINO, Channel(500, "Ñuño"))
    stage.until(1200)
    async with opens(place, width=width) as visit:
        await expect(visit.page.locator(names).first).to_contain_text("Ñandú")
        assert await visit.page.evaluate(CUT, names) == []


async def test_on_a_phone_a_name_on_two_lines_is_seen_as_a_whole(stage: Stage, opens: Open) -> None:
    stage.names[PINO] = "Ágata Ñúñez"
    stage.joins(PINO)
    stage.joins(AGU, GENERAL, PATIO)
    stage.until(1200)
    async with opens("timeline", width=390) as visit:
        page = visit.page
        await expect(page.locator("#lanes .whose").filter(has_text="Ágata")).to_be_visible()
        lines, hidden, below = await page.evaluate(
            """() => {
              const names = [...document.querySelectorAll("#lanes .whose b")];
              const name = names.find((one) => one.textContent.startsWith("Ágata"));
              const [range, guild] = [document.createRange(), document.createRange()];
              range.selectNodeContents(name);
              guild.selectNodeContents(name.nextElementSibling);
              const lowest = range.getBoundingClientRect().bottom;
              const gap = guild.getBoundingClientRect().top - lowest;
              return [range.getClientRects().length, name.scrollHeight - name.clientHeight, gap];
            }"""
        )
        assert (lines, hidden) == (2, 0)
        assert below > -3


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_what_a_check_found_has_one_colour_in_its_bar_its_row_and_its_card(
    stage: Stage, opens: Open, scheme: str
) -> None:
    stage.joins(PINO)
    found = {"well": {}, "repaired": {"repaired": 1}, "unknown": {"unknown": 1}, "bad": {}}
    for number, (name, given) in enumerate(found.items()):
        stage.figures.exceptions += name == "bad"
        stage.checked(**given)
        async with opens("checks", scheme=scheme) as visit:
            page = visit.page
            await expect(page.locator("#checks tbody tr")).to_have_count(number + 1)
            bar = page.locator(f'.legend [data-found="{name}"]')
            image = await bar.evaluate(COLOUR.format("backgroundImage"))
            colour = await bar.evaluate(COLOUR.format("backgroundColor"))
            chip = await page.locator("#checks tbody .chip").first.evaluate(COLOUR.format("color"))
            assert chip in (image if name == "unknown" else colour)
            await page.evaluate("location.hash = '#/'")
            card = page.locator("#tiles .tile").last
            await expect(card).to_be_visible()
            edge = await card.evaluate("node => getComputedStyle(node, '::before').backgroundColor")
            assert edge == chip


@pytest.mark.parametrize(("locale", "longest"), [("es-ES", "2,0 s"), ("en-GB", "2.0 s")])
async def test_how_long_a_check_took_is_written_as_the_language_does(
    stage: Stage, opens: Open, locale: str, longest: str
) -> None:
    stage.checked(took=2.0)
    async with opens("checks", locale=locale) as visit:
        await expect(visit.page.locator(".scale span").first).to_have_text(longest)
        await expect(visit.page.locator("#checks tbody tr")).to_contain_text(longest)


@pytest.mark.parametrize(
    ("locale", "missed"),
    [("es-ES", "su salida no se vio"), ("en-GB", "the leaving was missed")],
)
async def test_a_step_of_a_life_does_not_say_its_reason_twice(
    stage: Stage, opens: Open, locale: str, missed: str
) -> None:
    stage.joins(PINO)
    stage.joins(AGU)
    stage.until(100)
    stage.look(voice={AGU: GENERAL})
    stage.leaves(AGU)
    stage.until(900)
    async with opens("sessions/s1", locale=locale) as visit:
        last = visit.page.locator("#life .steps li").last
        await expect(last).to_contain_text(missed)
        assert (await last.inner_text()).count(missed) == 1


@pytest.mark.parametrize("width", [390, 1280])
async def test_how_long_ago_something_was_stays_on_one_line(
    stage: Stage, opens: Open, width: int
) -> None:
    stage.joins(PINO)
    stage.until(4200)
    async with opens("sessions/s1", width=width) as visit:
        await expect(visit.page.locator("#life [data-ago]").first).to_have_text("hace 1 h 10 min")
        lines = await visit.page.evaluate(
            """() => [...document.querySelectorAll("#life [data-ago]")]
              .map((one) => one.getClientRects().length)"""
        )
        assert lines == [1, 1]


async def test_a_step_says_a_reason_that_its_meaning_leaves_open(stage: Stage, opens: Open) -> None:
    stage.plays(PINO, "Uno")
    stage.plays(AGU, "Uno")
    stage.until(60)
    stage.plays(AGU)
    stage.until(7200)
    [party] = [one for one in stage.records if one.kind == "party"]
    async with opens(f"sessions/{party.id}") as visit:
        last = visit.page.locator("#life .steps li").last
        await expect(last).to_contain_text("faltan jugadores")


async def test_a_time_is_written_as_it_is_everywhere_else(opens: Open) -> None:
    several = (0, 0.4, 7, 59.6, 60, 67, 187, 599, 3600, 3899, 3930, 86_399, 180_000, 1_793_000)
    async with opens() as visit:
        written = await visit.page.evaluate(
            """async (seconds) => {
              const { duration } = await import("/static/time.js");
              return seconds.map((one) => duration(one * 1000));
            }""",
            several,
        )
        assert written == [duration(one) for one in several]
        passing = await visit.page.evaluate(
            "async () => (await import('/static/time.js')).duration(1_867_000)"
        )
        assert passing == "31 min 7 s"  # it goes on while somebody looks


@pytest.mark.parametrize(("language", "locale"), [("es", "es-ES"), ("en", "en-GB")])
async def test_what_a_time_counts_as_has_the_words_of_the_report(
    opens: Open, language: Language, locale: str
) -> None:
    keys = ("chart.present", "chart.away", "chart.unknown", "chart.uncounted")
    async with opens("timeline", locale=locale) as visit:
        legend = visit.page.locator("#legend li")
        await expect(legend).to_have_text([say(language, key) for key in keys])
