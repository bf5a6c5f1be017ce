"""The page in a real browser: looked at, filtered, followed, restarted, read aloud."""

from __future__ import annotations

import asyncio
import re
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from engine import GuildReport
from integrations.inspector import Inspector, address_named
from integrations.inspector.rows import place_of
from tests.integrations.inspector.chromium import accessibility_findings
from tests.integrations.inspector.stage import AGU, GENERAL, PATIO, PINO, PLAZA, SALA, Stage

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route

    from tests.integrations.inspector.conftest import Open

pytestmark = pytest.mark.asyncio(loop_scope="session")

VIEWS = ("", "sessions", "sessions/s1", "timeline", "checks", "machines/voice")
MANY = 10_000


async def rows_of(page: Page) -> int:
    return await page.locator("#rows tr[data-id]").count()


# Coming in


async def test_whoever_knows_the_token_comes_in_by_the_form(browser: Browser, stage: Stage) -> None:
    async with Inspector(address_named("127.0.0.1:0", "a-token-of-some-length")) as inspector:
        inspector.gate.pause = 0.0
        stage.shown_by(inspector)
        context = await browser.new_context(locale="es-ES")
        try:
            page = await context.new_page()
            await page.goto(inspector.url)
            for token in ("wrong", "a-token-of-some-length"):
                await page.get_by_label("Token del inspector").fill(token)
                await page.get_by_role("button").click()
                if token == "wrong":
                    await expect(page.get_by_role("alert")).to_contain_text("Ese no es el token")
            await expect(page.locator("#link")).to_contain_text("En directo")
        finally:
            await context.close()


# Looking


@pytest.mark.usefixtures("evening")
async def test_it_opens_with_three_machines_and_the_number_in_each_state(opens: Open) -> None:
    async with opens() as visit:
        page = visit.page
        await expect(page.locator("#machines svg.machine")).to_have_count(3)
        voice = page.locator('#machines svg[data-kind="voice"]')
        await expect(voice.locator('[data-state="recovered"] .count')).to_have_text("2")
        await expect(voice.locator('[data-state="orphaned"] .count')).to_have_text("1")
        await expect(page.locator("#link")).to_contain_text("En directo")
        await expect(page.locator("#tiles li")).to_have_count(6)
        await expect(page.locator("#tiles")).to_contain_text("Todo bien")
        await expect(page.locator("#feed li")).not_to_have_count(0)


@pytest.mark.usefixtures("evening")
async def test_it_speaks_the_visitors_language_and_changes_it(opens: Open) -> None:
    async with opens("sessions", locale="en-GB") as visit:
        page = visit.page
        await expect(page.get_by_role("heading", name="Sessions")).to_be_visible()
        await page.get_by_role("button", name="En español").click()
        await expect(page.get_by_role("heading", name="Sesiones")).to_be_visible()
        await page.reload()
        await expect(page.get_by_role("heading", name="Sesiones")).to_be_visible()
        assert await page.get_attribute("html", "lang") == "es"


@pytest.mark.usefixtures("evening")
async def test_sessions_are_searched_filtered_and_sorted(opens: Open) -> None:
    async with opens("sessions") as visit:
        page = visit.page
        await expect(page.locator("#rows tr[data-id]")).to_have_count(4)
        await page.get_by_role("searchbox").fill("zet")
        await expect(page.locator("#rows tr[data-id]")).to_have_count(1)
        await expect(page.locator("#rows")).to_contain_text("Zeta")
        await page.get_by_role("searchbox").fill("")
        await page.get_by_role("combobox", name="Tipo").select_option("game")
        await expect(page.locator("#rows")).to_contain_text("VALORANT")
        await page.get_by_role("combobox", name="Estado").select_option("pending")
        await expect(page.get_by_text("Nada coincide")).to_be_visible()
        await page.get_by_role("button", name="Quitar filtros").click()
        await page.get_by_role("button", name="Quién").click()
        names = await page.locator("#rows a").all_inner_texts()
        assert names == sorted(names, key=str.lower)
        await page.get_by_role("combobox", name="Estado").select_option("over")
        await expect(page.locator("#rows")).to_contain_text("huérfana")


@pytest.mark.usefixtures("evening")
async def test_a_session_is_opened_and_tells_its_whole_life(opens: Open) -> None:
    async with opens("sessions") as visit:
        page = visit.page
        await page.get_by_role("link", name="Pino", exact=True).last.click()
        life = page.locator("#life")
        await expect(life.get_by_role("heading", name="Pino")).to_be_focused()
        await expect(life.locator(".steps li").first).to_contain_text("start")
        await expect(life).to_contain_text("se movió a otro canal")
        await expect(life).to_contain_text("nadie miraba desde las")
        unknown = "desconocido desde las 20:30:00 (la última prueba) hasta las 20:40:00"
        await expect(life).to_contain_text(unknown)
        await expect(life).to_contain_text("de duda")
        await expect(life.locator('.strip .bar[data-value="unknown"]')).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(life).to_be_hidden()


async def test_of_two_gaps_in_a_row_each_says_what_is_unknown_because_of_it(
    stage: Stage, opens: Open
) -> None:
    stage.joins(PINO)
    for second in (1200, 2400):
        stage.until(second)
        stage.unwatched(second)
        stage.until(second + 60)
        stage.look({PINO: GENERAL})
    async with opens("sessions/s1") as visit:
        steps = visit.page.locator("#life .steps li")
        unknown = "desconocido desde las {} (la última prueba) hasta las {}"
        for number, times in ((-2, ("20:00:00", "20:21:00")), (-1, ("20:21:00", "20:41:00"))):
            await expect(steps.nth(number)).to_contain_text(unknown.format(*times))


@pytest.mark.usefixtures("evening")
async def test_a_session_that_nobody_knows_is_said_to_be_none(opens: Open) -> None:
    async with opens("sessions/nobody", may_complain=True) as visit:
        await expect(visit.page.locator("#life")).to_contain_text("No hay ninguna sesión así")


@pytest.mark.usefixtures("evening")
async def test_the_timeline_draws_what_nobody_knows_as_unknown(opens: Open) -> None:
    async with opens("timeline") as visit:
        lanes = visit.page.locator("#lanes")
        pino = lanes.get_by_role("group", name="Pino · voz · Plaza")
        await expect(pino.locator('.bar[data-value="unknown"]')).to_have_count(1)
        await expect(pino.locator('.bar[data-value="present"]')).to_have_count(3)
        await expect(
            pino.get_by_role("link", name=re.compile("^General, 20:00:00"))
        ).to_be_visible()
        away = lanes.get_by_role("group", name="agu · voz · Plaza").locator(
            '.bar[data-value="away"]'
        )
        await expect(away).to_have_count(1)


async def test_a_stream_is_told_from_its_game(stage: Stage, opens: Open) -> None:
    stage.streams(AGU, "Hades")
    stage.until(60)
    stage.plays(AGU)
    stage.until(2000)
    await stage.write_down()
    stage.streams(PINO, "Hades")
    stage.until(2300)
    places = ["Hades", "📺 Hades"]
    async with opens("sessions") as visit:
        page = visit.page
        rows = page.locator("#rows .where")
        await expect(rows).to_have_count(2)
        assert sorted(await rows.all_inner_texts()) == places
        await page.evaluate("location.hash = '#/'")
        shown = page.locator("#feed .title span")
        await expect(shown.first).to_be_visible()
        assert sorted(set(await shown.all_inner_texts())) == places
        ended = [record.id for record in stage.records if record.activity_type == "streaming"]
        going_on = [one.id for one in stage.engine.sessions() if place_of(one) == "📺 Hades"]
        for session_id in (*ended, *going_on):
            await page.evaluate(f"location.hash = '#/sessions/{session_id}'")
            heading = page.locator("#life").get_by_text("📺 Hades · Plaza")
            await expect(heading).to_be_visible()


async def test_what_goes_on_at_the_same_time_is_not_drawn_one_over_the_other(
    stage: Stage, opens: Open
) -> None:
    stage.streams(AGU, "Hades")
    stage.until(60)
    stage.plays(AGU)
    stage.until(2000)
    await stage.write_down()
    stage.streams(AGU, "Hades")
    stage.until(2300)
    async with opens("timeline") as visit:
        page = visit.page
        bars = page.locator("#lanes .bar")
        await expect(bars).to_have_count(4)
        *boxes, track = await page.evaluate(
            "[...document.querySelectorAll('#lanes .bar, #lanes .lane .track')]"
            ".sort((a, b) => a.matches('.track') - b.matches('.track'))"
            ".map((one) => one.getBoundingClientRect().toJSON())"
        )
        for one, other in combinations(boxes, 2):
            is_beside = one["right"] <= other["left"] or other["right"] <= one["left"]
            is_above = one["bottom"] <= other["top"] or other["bottom"] <= one["top"]
            assert is_beside or is_above
        assert len({box["top"] for box in boxes}) == 2
        assert all(track["top"] <= box["top"] and box["bottom"] <= track["bottom"] for box in boxes)


async def test_a_short_session_keeps_its_proportions_in_a_long_span(
    stage: Stage, opens: Open
) -> None:
    stage.joins(PINO)
    stage.until(75)
    stage.unwatched(75)
    stage.until(91)
    async with opens("timeline") as visit:
        page = visit.page
        await page.get_by_text("24 h", exact=True).click()
        await page.wait_for_function(
            "() => document.querySelector('#lanes .whole')?.getBoundingClientRect().width < 10"
        )
        present, unknown = await page.evaluate(
            "[...document.querySelectorAll('#lanes .bar')]"
            ".map((bar) => bar.getBoundingClientRect().toJSON())"
        )
        assert present["width"] > 3 * unknown["width"] > 0
        assert abs(present["right"] - unknown["left"]) < 0.1


@pytest.mark.parametrize(
    ("seconds", "span"), [(200, "5 min"), (600, "1 h"), (4200, "6 h"), (90_000, "7 días")]
)
async def test_the_timeline_opens_on_the_shortest_span_that_shows_everything(
    stage: Stage, opens: Open, seconds: int, span: str
) -> None:
    stage.joins(PINO)
    stage.until(seconds)
    async with opens("timeline") as visit:
        await expect(visit.page.get_by_role("radio", name=span)).to_be_checked()
        await expect(visit.page.locator("#lanes .bar")).to_have_count(1)


async def test_what_lasted_a_minute_has_room_for_its_name_in_the_shortest_span(
    stage: Stage, opens: Open
) -> None:
    stage.joins(PINO)
    stage.until(60)
    async with opens("timeline") as visit:
        bar = visit.page.locator("#lanes .bar")
        await expect(bar).to_have_text("General")
        assert await bar.evaluate("bar => bar.scrollWidth <= bar.clientWidth")
        ticks = visit.page.locator("#lanes .tick")
        assert await ticks.all_inner_texts() == ["19:57", "19:58", "19:59", "20:00"]


async def test_a_timeline_of_many_is_turned_page_by_page(stage: Stage, opens: Open) -> None:
    for number in range(310):
        stage.joins(1000 + number)
    stage.until(60)
    async with opens("timeline") as visit:
        lanes = visit.page.locator("#lanes .lane")
        pages = visit.page.get_by_role("navigation", name="Páginas de la línea de tiempo")
        await expect(pages).to_contain_text("1 a 300 de 310")
        await expect(pages.get_by_role("button", name="Anteriores")).to_be_disabled()
        await pages.get_by_role("button", name="Siguientes").click()
        await expect(lanes).to_have_count(10)
        await expect(pages).to_contain_text("301 a 310 de 310")
        await pages.get_by_role("button", name="Anteriores").click()
        await expect(lanes).to_have_count(300)


@pytest.mark.usefixtures("evening")
async def test_the_checks_say_what_they_found(opens: Open) -> None:
    async with opens("checks") as visit:
        rows = visit.page.locator("#checks tbody tr")
        await expect(rows).to_have_count(7)
        await expect(rows.nth(3)).to_contain_text("2 arregladas")
        await expect(rows.nth(4)).to_contain_text("1 sesión sin respuesta")
        said = rows.nth(4).get_by_title("Discord no dijo nada de ellas")
        await expect(said).to_have_count(1)


async def test_the_bars_of_the_checks_say_what_they_show(evening: Stage, opens: Open) -> None:
    evening.figures.exceptions += 1
    evening.checked(took=0.5)
    async with opens("checks") as visit:
        chart = visit.page.get_by_role("figure", name="Cuánto tardó cada una de las últimas")
        bars = chart.locator(".bars i")
        await expect(bars).to_have_count(8)
        found = await bars.evaluate_all("bars => bars.map((bar) => bar.dataset.found)")
        assert found == [*("well", "well", "unknown", "repaired", "well", "well", "well"), "bad"]
        await expect(bars.nth(3)).to_have_attribute("title", "20:40:00: 20 ms, 2 arregladas")
        heights = await bars.evaluate_all("bars => bars.map((bar) => bar.offsetHeight)")
        assert heights[-1] > 20 * heights[0] > 0
        assert await chart.locator(".scale span").all_inner_texts() == ["500 ms", "0"]
        assert await chart.locator(".ends span").all_inner_texts() == ["20:10:00", "21:10:00"]
        legend = chart.get_by_role("listitem")
        assert await legend.all_inner_texts() == [
            *("todo bien", "algo arreglado", "algo sin respuesta", "error, o interrumpida")
        ]
        looks = await chart.locator(".legend i").evaluate_all(
            "all => all.map((one) => getComputedStyle(one).background)"
        )
        assert len(set(looks)) == 4


@pytest.mark.usefixtures("evening")
async def test_one_of_anything_is_told_as_one(evening: Stage, opens: Open) -> None:
    evening.checked(repaired=1)
    async with opens() as visit:
        tiles = visit.page.locator("#tiles")
        await expect(tiles).to_contain_text("1 huérfana")
        await expect(tiles).not_to_contain_text("huérfanas")
        await expect(tiles).to_contain_text("1 arreglada")
        await expect(tiles).not_to_contain_text("arregladas")


async def test_of_a_party_the_players_are_counted(stage: Stage, opens: Open) -> None:
    stage.plays(PINO, "VALORANT")
    stage.plays(AGU, "VALORANT")
    stage.until(60)
    async with opens("sessions") as visit:
        party = visit.page.locator("#rows tr", has_text="Pino, agu")
        await expect(party).to_contain_text("2 jugadores")


# Following


async def test_a_transition_arrives_lights_up_and_is_counted(evening: Stage, opens: Open) -> None:
    async with opens() as visit:
        page = visit.page
        voice = page.locator('#machines svg[data-kind="voice"]')
        await expect(voice.locator('[data-state="pending"] .count')).to_have_text("0")
        evening.joins(AGU, SALA)
        await expect(voice.locator('.move[data-dest="pending"].lit')).to_have_count(1)
        await expect(voice.locator('[data-state="pending"] .count')).to_have_text("1")
        await expect(page.locator("#feed li").first).to_contain_text("agu")
        await expect(voice.locator(".lit")).to_have_count(0)


async def test_a_deadline_counts_down_and_passes(evening: Stage, opens: Open) -> None:
    async with opens("sessions") as visit:
        page = visit.page
        evening.joins(AGU, SALA)
        row = page.locator("#rows tr", has_text="agu").filter(has_text="Sala")
        await expect(row).to_contain_text("anunciar")
        await expect(row).to_contain_text(re.compile(r"en [12] s"))
        evening.until(4203)
        await expect(row).to_contain_text("confirmar")
        evening.until(4210)
        await expect(row).to_contain_text("confirmada")


async def test_an_open_life_goes_on(evening: Stage, opens: Open) -> None:
    async with opens("sessions/s1") as visit:
        life = visit.page.locator("#life")
        await expect(life).to_contain_text("recuperada")
        evening.leaves(PINO)
        await expect(life.locator(".steps li").last).to_contain_text("se le vio salir")
        await expect(life).to_contain_text("Fuera desde")


async def test_what_repeats_itself_in_a_life_says_how_often_and_until_when(
    stage: Stage, opens: Open
) -> None:
    stage.joins(PINO)
    for second in (600, 1200, 1800):
        stage.until(second)
        stage.look({PINO: GENERAL})
    async with opens("sessions/s1") as visit:
        last = visit.page.locator("#life .steps li").last
        await expect(last).to_contain_text("3 veces, hasta las 20:30:00")


async def test_a_life_and_its_row_say_the_same_time(stage: Stage, opens: Open) -> None:
    stage.joins(PINO)
    stage.until(1644)
    async with opens("sessions") as visit:
        page = visit.page
        await expect(page.locator("#rows .for")).to_contain_text("27 min 26 s")
        await page.get_by_role("link", name="Pino", exact=True).click()
        await expect(page.locator("#life .amount")).to_be_visible()
        amount, started, row = await page.evaluate(
            "['#life .amount', '#life [data-ago]', '#rows .for']"
            ".map((one) => document.querySelector(one).textContent)"
        )
        assert amount == row == started.removeprefix("hace ")


async def test_how_sure_a_life_is_is_not_known_yet_while_nobody_watches(
    stage: Stage, opens: Open
) -> None:
    """It was called exact, in green, beside "unwatched since"."""
    stage.joins(PINO)
    stage.joins(AGU)
    stage.until(600)
    stage.leaves(AGU)
    stage.until(630)
    async with opens("sessions/s1") as visit:
        doubt = visit.page.locator("#life .chip[data-tone]")
        await expect(doubt).to_have_text("exacto")
        stage.unwatched(630)
        stage.until(640)
        for session in ("s1", "s2"):
            await visit.page.goto(visit.page.url.partition("#")[0] + f"#/sessions/{session}")
            await expect(doubt).to_have_text("aún no se sabe")
            await expect(doubt).to_have_attribute("data-tone", "warn")


async def test_in_a_cut_as_well_and_time_counts_up_to_it(stage: Stage, opens: Open) -> None:
    """Nothing may have been missed, but nobody can tell; the tile said that all is in sight."""
    stage.joins(PINO)
    stage.until(600)
    async with opens("sessions/s1") as visit:
        page = visit.page
        await expect(page.locator("#life .chip[data-tone]")).to_have_text("exacto")
        stage.cut(600)
        stage.until(900)
        stage.checked()
        await expect(page.locator("#link")).to_contain_text("Discord no responde")
        await expect(page.locator("#life .chip[data-tone]")).to_have_text("aún no se sabe")
        await expect(page.locator("#life .credit .amount")).to_have_text("10 min")
        await expect(page.locator("#life .facts")).to_contain_text("Sin vigilar desde")
        tile = page.locator("#tiles li", has_text="Sin vigilar")
        await expect(tile).to_contain_text("Discord no responde")
        await expect(tile).not_to_contain_text("todo a la vista")
        await expect(tile).to_have_attribute("data-tone", "warn")


async def test_what_is_known_last_is_shown_with_the_time_at_which_it_was_so(
    stage: Stage, opens: Open
) -> None:
    stage.joins(PINO)
    stage.until(60)
    async with opens("sessions/s1") as visit:
        known = visit.page.locator("#life .facts .wide")
        await expect(known).to_contain_text("presente · deducido · 20:00:10 · hace")
        ages = "['#life .wide [data-ago]', '#rows .seen']"
        life, row = await visit.page.evaluate(
            f"{ages}.map((one) => document.querySelector(one).textContent)"
        )
        assert row == f"deducido · {life}"


async def test_what_was_too_short_to_be_written_down_is_not_among_those_that_ended(
    stage: Stage, opens: Open
) -> None:
    """Whoever looked for the 3 that ended in latido history found 1."""
    stage.joins(PINO)
    for second in (0, 10):
        stage.until(second)
        stage.joins(AGU)
        stage.until(second + 5)
        stage.leaves(AGU)
    async with opens() as visit:
        tile = visit.page.locator("#tiles li", has_text="Terminadas")
        await expect(tile.locator(".value")).to_have_text("0")
        await expect(tile).to_contain_text("2 más, demasiado cortas")
        stage.until(20)
        stage.leaves(PINO)
        stage.until(200)
        await expect(tile.locator(".value")).to_have_text("1")
        machine = visit.page.locator('#machines svg[data-kind="voice"]')
        await expect(machine.locator('[data-state="ended"] .count')).to_have_text("3")


async def test_what_could_not_be_said_since_stands_beside_what_is_known(
    stage: Stage, opens: Open
) -> None:
    """It stood in its place: who had been seen a moment before was "unknown"."""
    stage.joins(PINO)
    stage.until(60)
    async with opens("sessions/s1", width=1600) as visit:
        row = visit.page.locator('#rows tr[data-id="s1"]')
        await expect(row.locator(".unanswered")).to_be_hidden()
        stage.show(GuildReport(guild_id=PLAZA, source="rest", at=stage.at))
        await expect(row.locator(".known")).to_have_text("presente")
        await expect(row.locator(".unanswered")).to_have_text("desconocido")
        facts = visit.page.locator("#life .facts .wide")
        await expect(facts.first).to_contain_text("presente · deducido · 20:00:10 · hace")
        await expect(facts.last).to_contain_text("Preguntado después")
        await expect(facts.last).to_contain_text("desconocido · REST · 20:01:00 · hace")


@pytest.mark.usefixtures("evening")
async def test_it_comes_back_after_the_server_was_restarted(
    evening: Stage, opens: Open, inspector: Inspector
) -> None:
    port = int(inspector.url.rstrip("/").rpartition(":")[2])
    async with opens("sessions", may_complain=True) as visit:
        page = visit.page
        await expect(page.locator("#link")).to_contain_text("En directo")
        await inspector.stop()
        await expect(page.locator("#link")).to_contain_text("Sin conexión con el bot")
        await expect(page.get_by_role("alert")).to_contain_text("El bot no responde")
        async with Inspector(address_named(f"127.0.0.1:{port}")) as again:
            evening.shown_by(again)
            evening.joins(77, SALA)
            await expect(page.locator("#link")).to_contain_text("En directo")
            await expect(page.locator("#rows")).to_contain_text("Person 77")
            evening.joins(78, SALA)
            await expect(page.locator("#rows")).to_contain_text("Person 78")


async def test_ten_thousand_sessions_stay_usable(stage: Stage, opens: Open) -> None:
    for number in range(MANY):
        stage.joins(1000 + number, GENERAL if number % 2 else SALA, PATIO)
    stage.until(10)
    async with opens("sessions") as visit:
        page = visit.page
        await expect(page.locator("#sessions-count")).to_contain_text("10.000")
        assert await rows_of(page) < 60
        await page.get_by_role("searchbox").fill("Person 10999")
        await expect(page.locator("#rows tr[data-id]")).to_have_count(1)
        await page.get_by_role("searchbox").fill("")
        await page.get_by_role("button", name="Quién").click()
        await page.locator("#rows a").first.focus()
        await page.keyboard.press("End")
        await expect(page.get_by_role("link", name="Person 9999", exact=True)).to_be_focused()
        assert await rows_of(page) < 60
        stage.joins(AGU)
        await expect(page.locator("#sessions-count")).to_contain_text("10.001")


# Reading


@pytest.mark.usefixtures("evening")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_serious_bars_anybody_from_reading_it(opens: Open, scheme: str) -> None:
    async with opens(scheme=scheme) as visit:
        page = visit.page
        for place in VIEWS:
            await page.evaluate(f"location.hash = '#/{place}'")
            await expect(page.locator(".view:not([hidden])")).to_have_count(1)
            await expect(page.locator(".view:not([hidden]) .skeleton")).to_have_count(0)
            await expect(page.locator(".lit")).to_have_count(0)
            assert await accessibility_findings(page) == [], place


@pytest.mark.usefixtures("evening")
async def test_dark_and_light_follow_the_system_until_chosen(opens: Open) -> None:
    async with opens(scheme="dark") as visit:
        page = visit.page
        paper = "getComputedStyle(document.body).backgroundColor"
        dark = await page.evaluate(paper)
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
        light = await page.evaluate(paper)
        assert dark != light
        await page.get_by_role("button", name="Tema").click()
        await page.get_by_role("button", name="Tema: claro").click()
        assert await page.evaluate(paper) == dark
        await page.reload()
        assert await page.evaluate(paper) == dark


@pytest.mark.usefixtures("evening")
@pytest.mark.parametrize("width", [360, 768])
async def test_nothing_is_wider_than_a_phone(opens: Open, width: int) -> None:
    async with opens(width=width, height=740) as visit:
        page = visit.page
        for place in VIEWS:
            await page.evaluate(f"location.hash = '#/{place}'")
            await expect(page.locator(".view:not([hidden]) .skeleton")).to_have_count(0)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, place
        await page.evaluate("location.hash = '#/sessions'")
        await page.get_by_role("link", name="Zeta").first.click()
        await expect(page.locator("#life").get_by_role("heading", name="Zeta")).to_be_in_viewport()


@pytest.mark.usefixtures("evening")
async def test_on_a_phone_the_tab_that_is_open_is_seen_as_a_whole(opens: Open) -> None:
    async with opens("checks", width=360) as visit:
        tab = visit.page.locator(".tabs a[aria-current]")
        await expect(tab).to_have_text("Comprobaciones")
        await expect(tab).to_be_in_viewport(ratio=0.99)


@pytest.mark.usefixtures("evening")
@pytest.mark.parametrize("width", [320, 360, 375])
@pytest.mark.parametrize("locale", ["es-ES", "en-GB"])
async def test_on_a_phone_every_tab_is_seen_as_a_whole(
    opens: Open, width: int, locale: str
) -> None:
    async with opens(width=width, locale=locale) as visit:
        tabs = visit.page.locator(".tabs a")
        await expect(tabs).to_have_count(4)
        for tab in await tabs.all():
            await expect(tab).to_be_in_viewport(ratio=0.99)
            assert await tab.evaluate("tab => tab.scrollWidth <= tab.clientWidth")


@pytest.mark.usefixtures("evening")
async def test_the_keyboard_is_enough(opens: Open) -> None:
    async with opens("sessions") as visit:
        page = visit.page
        await expect(page.locator("#rows tr[data-id]")).to_have_count(4)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Ir al contenido")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#main")).to_be_focused()
        await page.keyboard.press("/")
        await expect(page.get_by_role("searchbox")).to_be_focused()
        for _ in range(40):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.matches('#rows a')"):
                break
        first = await page.evaluate("document.activeElement.getAttribute('href')")
        await page.keyboard.press("ArrowDown")
        second = await page.evaluate("document.activeElement.getAttribute('href')")
        assert first != second
        await page.keyboard.press("Enter")
        await expect(page.locator("#life h2")).to_be_focused()


# When there is nothing, or something is wrong


async def test_with_nobody_there_it_says_so(opens: Open) -> None:
    async with opens() as visit:
        page = visit.page
        await expect(page.locator("#feed")).to_contain_text("Aún no ha pasado nada")
        for place, text in {
            "sessions": "No hay nadie",
            "timeline": "Nadie estuvo en este periodo",
            "checks": "Todavía no ha habido ninguna comprobación",
        }.items():
            await page.evaluate(f"location.hash = '#/{place}'")
            await expect(page.get_by_text(text)).to_be_visible()
        assert await accessibility_findings(page) == []


async def test_before_the_first_check_it_says_when_that_comes(
    inspector: Inspector, opens: Open
) -> None:
    assert inspector.url
    async with opens("checks", locale="en-GB") as visit:
        said = visit.page.locator("#checks-body")
        await expect(said).to_contain_text("the first one 10 min after they begin")


async def _fail(route: Route) -> None:
    await route.fulfill(status=500, body="no")


async def test_while_it_reads_it_shows_that_and_a_failure_can_be_tried_again(
    evening: Stage, opens: Open
) -> None:
    assert evening.records
    async with opens("checks", may_complain=True) as visit:
        page = visit.page
        await page.route("**/api/state", _fail)
        await page.evaluate("location.hash = '#/sessions'")
        await page.reload()
        again = page.get_by_role("button", name="Volver a intentarlo").first
        await expect(again).to_be_visible()
        await page.unroute("**/api/state")
        await again.click()
        await expect(page.locator("#rows tr[data-id]")).to_have_count(4)


async def test_until_it_knows_what_has_happened_it_does_not_say_that_nothing_has(
    evening: Stage, opens: Open
) -> None:
    assert evening.records
    async with opens("checks") as visit:
        page = visit.page
        answer = asyncio.Event()

        async def wait(route: Route) -> None:
            await answer.wait()
            await route.continue_()

        await page.route("**/api/state", wait)
        await page.evaluate("location.hash = '#/'")
        await page.reload()
        feed = page.locator("#feed")
        await expect(feed.get_by_role("status", name="Leyendo…")).to_be_visible()
        await expect(feed).to_have_text("")
        answer.set()
        await expect(feed.locator("a").first).to_be_visible()


async def test_what_could_not_be_read_can_be_tried_again_where_transitions_are_shown(
    evening: Stage, opens: Open
) -> None:
    assert evening.records
    async with opens("checks", may_complain=True) as visit:
        page = visit.page
        await page.route("**/api/state", _fail)
        await page.evaluate("location.hash = '#/'")
        await page.reload()
        feed = page.locator("#feed")
        again = feed.get_by_role("button", name="Volver a intentarlo")
        await expect(again).to_be_visible()
        await page.unroute("**/api/state")
        await again.click()
        await expect(feed.locator("a").first).to_be_visible()


async def test_what_people_call_themselves_stays_text(stage: Stage, opens: Open) -> None:
    named = "<img src=x onerror=alert(1)> & 'x'"
    stage.names[PINO] = named
    stage.joins(PINO)
    stage.until(20)
    async with opens("sessions") as visit:
        await visit.page.get_by_role("link", name=named).click()
        await expect(visit.page.get_by_role("heading", name=named)).to_be_visible()
        assert await visit.page.locator("main img").count() == 0
