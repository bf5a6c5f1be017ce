"""What is read on the page: whole names, one colour for one thing, and the words of other pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from engine import Channel
from integrations.words.catalogue import say
from integrations.words.wording import duration
from tests.integrations.inspector.stage import AGU, GENERAL, PATIO, PINO

if TYPE_CHECKING:
    from integrations.words.wording import Language
    from tests.integrations.inspector.chromium import Visit
    from tests.integrations.inspector.conftest import Open
    from tests.integrations.inspector.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

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


async def test_on_a_phone_no_line_of_a_name_is_seen_in_part(stage: Stage, opens: Open) -> None:
    stage.names[PINO] = "María Fernanda de la Concepción y Ángeles"
    stage.joins(PINO)
    stage.until(1200)
    async with opens("timeline", width=390) as visit:
        await expect(visit.page.locator("#lanes .whose b")).to_contain_text("María")
        seen = await visit.page.evaluate(
            """() => {
              const name = document.querySelector("#lanes .whose b");
              const range = document.createRange();
              range.selectNodeContents(name);
              const end = name.getBoundingClientRect().bottom;
              const parts = [...range.getClientRects()];
              const lines = [...new Map(parts.map((part) => [part.top, part])).values()];
              const whole = lines.filter((line) => line.bottom <= end + 1);
              const none = lines.filter((line) => end - 1 <= line.top);
              return [whole.length, lines.length - whole.length - none.length];
            }"""
        )
        assert seen == [2, 0]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    ("who", "game", "cut"),
    [
        ("🦊", "Counter-Strike: Global Offensive, the whole of it", [False, True]),
        ("李", "Counter-Strike: Global Offensive, the whole of it", [False, True]),
        ("María Fernanda de la Concepción y de los Ángeles", "Go", [True, False]),
        ("María Fernanda de la Concepción y Ángeles", "Counter-Strike: Global", [True, True]),
        ("agu", "VALORANT", [False, False]),
    ],
)
async def test_where_a_transition_has_no_room_what_is_long_is_cut_and_what_is_short_is_not(
    stage: Stage, opens: Open, who: str, game: str, cut: list[bool], width: int
) -> None:
    stage.names[PINO] = who
    stage.plays(PINO, game)
    async with opens("", width=width) as visit:
        await expect(visit.page.locator("#feed li .title").first).to_contain_text(who)
        room, *boxes = await visit.page.evaluate(
            """() => {
              const title = document.querySelector("#feed li .title");
              const boxes = [...title.children].map((one) => [one.scrollWidth, one.clientWidth]);
              return [title.clientWidth, ...boxes];
            }"""
        )
        assert [wanted > given for wanted, given in boxes] == cut
        assert all(wanted <= given or given > 0.3 * room for wanted, given in boxes)


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
        await expect(last).to_contain_text("pocos jugadores")


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


MINUTES = {"5 min": 5, "1 h": 60, "6 h": 360, "24 h": 1440, "7 días": 10_080}


async def settled_on(visit: Visit, span: str) -> None:
    """Wait until the lanes show a span: they tell of it what the page has read."""
    await expect(visit.page.locator("#lanes")).to_have_attribute("data-minutes", str(MINUTES[span]))


LABELS = """() => {
  const card = document.querySelector("#lanes").getBoundingClientRect();
  const labels = [...document.querySelectorAll("#lanes .tick")]
    .map((one) => one.getBoundingClientRect()).sort((a, b) => a.left - b.left);
  return {
    count: labels.length,
    gaps: labels.slice(1).map((one, at) => one.left - labels[at].right),
    beyond: labels.filter((one) => one.right > card.right).length,
  };
}"""
"""How far the times of the axis are apart, and how many the card cuts off."""


@pytest.mark.usefixtures("evening")
@pytest.mark.parametrize("width", [320, 375, 768, 1280])
async def test_the_times_of_the_axis_do_not_run_into_one_another(opens: Open, width: int) -> None:
    async with opens("timeline", width=width) as visit:
        page = visit.page
        for span in ("5 min", "1 h", "6 h", "24 h", "7 días"):
            await page.get_by_text(span, exact=True).click()
            await settled_on(visit, span)
            labels = await page.evaluate(LABELS)
            assert labels["count"] > 0, span
            assert labels["beyond"] == 0, span
            assert all(gap >= 4 for gap in labels["gaps"]), (span, labels["gaps"])


@pytest.mark.usefixtures("evening")
async def test_nor_do_they_once_the_page_is_made_narrow(opens: Open) -> None:
    async with opens("timeline", width=1280) as visit:
        page = visit.page
        await page.get_by_text("1 h", exact=True).click()
        await settled_on(visit, "1 h")
        wide = await page.evaluate(LABELS)
        await page.set_viewport_size({"width": 375, "height": 800})
        await page.wait_for_function(f"() => ({LABELS})().count < {wide['count']}")
        labels = await page.evaluate(LABELS)
        assert all(gap >= 4 for gap in labels["gaps"]), labels["gaps"]


SEEN = """() => [...document.querySelectorAll("#lanes .whole")].map((whole) => {
  const box = whole.getBoundingClientRect(), track = whole.parentElement.getBoundingClientRect();
  const middle = (box.top + box.bottom) / 2;
  let seen = 0;
  for (let x = box.left + 0.5; x < box.right; x += 1)
    seen += whole.contains(document.elementFromPoint(x, middle));
  return { seen, beyond: box.right - track.right };
})"""
"""Of each session, how many pixels of its width are seen, and how far it goes past its lane."""


@pytest.mark.parametrize("span", ["1 h", "24 h", "7 días"])
@pytest.mark.parametrize("width", [375, 1280])
async def test_each_of_several_short_stays_is_seen_and_none_goes_past_the_present(
    stage: Stage, opens: Open, width: int, span: str
) -> None:
    for start in (0, 80, 160):
        stage.until(start)
        stage.joins(PINO)
        stage.until(start + 62)
        stage.leaves(PINO)
        stage.look({}, source="members")
    await stage.write_down()
    stage.joins(AGU)
    stage.until(226)
    async with opens("timeline", width=width) as visit:
        await visit.page.get_by_text(span, exact=True).click()
        await settled_on(visit, span)
        told = await visit.page.evaluate(SEEN)
        assert len(told) >= 2
        assert all(one["seen"] >= 3 for one in told), told
        assert all(one["beyond"] < 0.5 for one in told), told


@pytest.mark.parametrize("place", ["timeline", "sessions/s1"])
@pytest.mark.parametrize("width", [375, 1280])
async def test_a_short_part_that_is_unknown_is_not_drawn_as_solid(
    stage: Stage, opens: Open, place: str, width: int
) -> None:
    stage.joins(PINO)
    stage.until(1800)
    stage.look({PINO: GENERAL})
    stage.unwatched(1800)
    stage.until(1807)
    stage.look({PINO: GENERAL})
    stage.until(3000)
    async with opens(place, width=width) as visit:
        bar = '.track .bar[data-value="unknown"], .strip .bar[data-value="unknown"]'
        await expect(visit.page.locator(bar)).to_have_count(1)
        drawn = await visit.page.evaluate(
            """(bar) => {
              const drawn = document.querySelector(bar);
              return {
                width: drawn.getBoundingClientRect().width,
                sides: parseFloat(getComputedStyle(drawn, "::before").borderLeftWidth),
                ground: getComputedStyle(drawn).backgroundImage,
              };
            }""",
            bar,
        )
        assert drawn["width"] >= 2
        assert drawn["sides"] == 0
        assert "repeating-linear-gradient" in drawn["ground"]


async def test_unknown_that_counts_is_told_from_what_does_not_without_its_colour(
    opens: Open,
) -> None:
    async with opens("timeline") as visit:
        shown = visit.page.locator('#legend [data-value="unknown"]')
        await expect(shown).to_have_count(2)
        await expect(shown.nth(0)).to_have_css("background-image", re.compile("linear-gradient"))
        await expect(shown.nth(1)).to_have_css("background-image", re.compile("radial-gradient"))


@pytest.mark.parametrize("width", [360, 375, 390])
@pytest.mark.parametrize("locale", ["es-ES", "en-GB"])
async def test_on_a_phone_the_name_of_a_tab_stays_on_one_line(
    opens: Open, width: int, locale: str
) -> None:
    async with opens(width=width, locale=locale) as visit:
        await expect(visit.page.locator("html")).to_have_attribute("lang", locale[:2])
        lines = await visit.page.evaluate(
            """() => [...document.querySelectorAll(".tabs a")].map((tab) => {
              const range = document.createRange();
              range.selectNodeContents(tab);
              return new Set([...range.getClientRects()].map((one) => one.top)).size;
            })"""
        )
        assert lines == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("width", "height"), [(375, 740), (320, 568), (740, 360), (1280, 900)], ids=str
)
async def test_below_the_list_of_sessions_there_is_nothing(
    stage: Stage, opens: Open, width: int, height: int
) -> None:
    """What is for the ear alone stood below it, outside of all that scrolls."""
    for user in range(14):
        stage.joins(1000 + user)
    stage.until(30)
    async with opens("sessions", width=width, height=height) as visit:
        await expect(visit.page.locator("#rows tr[data-id]").first).to_be_visible()
        below = await visit.page.evaluate(
            """() => {
              const list = document.querySelector("#sessions .card").getBoundingClientRect();
              const { scrollHeight, clientHeight } = document.documentElement;
              return [scrollHeight - Math.max(clientHeight, list.bottom + scrollY), list.height];
            }"""
        )
        assert 0 <= below[0] <= 64, below


@pytest.mark.parametrize("width", [701, 740, 800, 1024, 1280])
@pytest.mark.parametrize("locale", ["es-ES", "en-GB"])
async def test_the_state_of_a_session_is_seen_as_a_whole(
    stage: Stage, opens: Open, width: int, locale: str
) -> None:
    stage.joins(PINO)
    stage.until(30)
    async with opens("sessions", width=width, height=360, locale=locale) as visit:
        await expect(visit.page.locator("#rows tr[data-id]").first).to_be_visible()
        await visit.page.evaluate("document.fonts.ready")
        beyond = await visit.page.evaluate(
            """() => [...document.querySelectorAll("#rows td:nth-child(3)")].map((cell) => {
              const range = document.createRange();
              range.selectNodeContents(cell);
              return range.getBoundingClientRect().right - cell.getBoundingClientRect().right;
            })"""
        )
        assert beyond
        assert max(beyond) <= 0, beyond
