"""The page: whole, offline, in both languages, with any names, and without charts too."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import msgspec
import pytest

from integrations import charts
from integrations.report import ReportFigures, figures_of, page
from integrations.statistics.period import Window, start_of_day, window_of
from machines import Stretch
from tests.integrations.statistics.examples import (
    AGU,
    BOGOTA,
    GUILD,
    PINO,
    ZETA,
    at,
    game,
    party,
    voice,
)

if TYPE_CHECKING:
    from integrations.statistics.period import Period
    from integrations.words.wording import Language
    from machines import Record

VOID = {"meta", "path", "use", "rect", "line", "br", "link", "img", "input"}


class Checked(HTMLParser):
    """A page taken apart: its ids, what it would load, and whether every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in {"src", "href", "xlink:href"} and not (value or "").startswith("#"):
                self.loads.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def figures(records: list[Record], *, guild_id: int | None = None) -> ReportFigures:
    return figures_of(
        records,
        guild_id=guild_id,
        period="all",
        window=Window(None, at(5)),
        now=at(5),
        zone=BOGOTA,
    )


RECORDS = [
    voice(PINO, 0, 3, unknown=(1, 1.5)),
    voice(AGU, 0, 1, unbounded=True),
    game(PINO, "VALORANT", 0, 2, running=True),
    party(0, 2, {PINO: (0, 2), AGU: (0, 2)}),
]


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_page_is_whole_and_loads_nothing(language: Language) -> None:
    checked = Checked(page(figures(RECORDS), language))
    assert checked.open == []
    assert checked.loads == []
    assert "script" not in checked.tags
    assert len(checked.ids) == len(set(checked.ids))
    assert checked.tags.count("svg") == 5


def test_a_page_says_what_it_is_about_in_its_language() -> None:
    spanish = page(figures(RECORDS, guild_id=GUILD), "es")
    english = page(figures(RECORDS), "en")
    assert '<html lang="es">' in spanish
    assert f"servidor {GUILD} · desde siempre hasta el 2025-12-30" in spanish
    assert "all servers" in english
    assert "America/Bogota" in english


def test_sums_say_how_wrong_they_can_be() -> None:
    text = page(figures(RECORDS), "en")
    assert (
        "But for 1 start that nobody knows, the truth is at most 30 min away from these sums"
        in text
    )
    assert "1 still going on" in text


def test_the_sums_at_the_top_are_said_to_be_everybodys() -> None:
    text = page(figures([party(0, 2, {PINO: (0, 2), AGU: (0, 2)})]), "en")
    tile = '<b>4 h</b><span class="faint">Party time, everybody&#x27;s together</span>'
    assert tile in text
    assert "Parties, de todos juntos" in page(figures(RECORDS), "es")


def test_what_adds_up_to_more_than_the_time_that_there_was_says_so() -> None:
    text = page(figures(RECORDS), "en")
    assert "Each moment of a person counts once" in text
    assert "stand side by side" in text
    assert "an hour of a game in voice counts in both" in text


def test_the_games_say_how_sure_their_sums_are() -> None:
    unsure = game(PINO, "VALORANT", 0, 2)
    unsure.stretches = (Stretch(at(1), at(1.5), "unknown"),)
    text = page(figures([unsure, game(AGU, "Hades", 0, 1)]), "en")
    after = text[text.index("Most played games</h2>") :]
    table = after[: after.index("</table>")]
    heads, *rows = re.findall(r"<tr>(.*?)</tr>", table)
    assert "How sure" in heads
    assert [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in rows] == [
        ["VALORANT", "2 h", "±\u00a030\u00a0min", "1", "1"],
        ["Hades", "1 h", "exact", "1", "1"],
    ]
    assert ">2 h ± 30 min · 1 person</text>" in after


def test_games_that_were_played_at_once_are_said_to_count_twice() -> None:
    one_after_the_other = [game(PINO, "VALORANT", 0, 2), game(PINO, "Hades", 2, 3)]
    at_once = [game(PINO, "VALORANT", 0, 2), game(PINO, "Hades", 1, 3)]
    assert "plays two at once counts in both" in page(figures(at_once), "en")
    assert "quien juega a dos a la vez cuenta en los dos" in page(figures(at_once), "es")
    assert "plays two at once" not in page(figures(one_after_the_other), "en")


def test_names_are_shown_as_they_are_and_do_nothing() -> None:
    record = voice(PINO, 0, 1)
    record.username = "<script>alert(1)</script>&"
    text = page(figures([record, game(AGU, '"><img src=x>', 0, 1)]), "es")
    checked = Checked(text)
    assert "script" not in checked.tags
    assert checked.loads == []
    assert "&lt;script&gt;" in text


def test_an_empty_period_is_said_kindly() -> None:
    text = page(figures([]), "es")
    assert "En este periodo no hay nada registrado" in text
    assert "svg" not in Checked(text).tags


def test_the_two_charts_that_everybody_shares_are_side_by_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = page(figures(RECORDS), "en")
    assert "Each square adds up" in text
    [both] = re.findall(r'<div class="grid">\n<div>\n<h2.*?</div>\n</div>\n<h2>', text, re.DOTALL)
    for heading in ("When people are there", "Most played games"):
        assert f">{heading}</h2>" in both
    monkeypatch.setattr(charts, "can_draw", lambda: False)
    assert '<div class="grid">\n<div>' not in page(figures(RECORDS), "en")


def test_without_the_plotting_library_the_numbers_stand_in_no_fold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(charts, "can_draw", lambda: False)
    text = page(figures(RECORDS), "en")
    checked = Checked(text)
    assert "svg" not in checked.tags
    assert text.count("<table") == 7
    assert "details" not in checked.tags
    assert "square" not in text  # none is drawn
    assert "Each number adds up, in minutes, how long each person was there" in text
    assert "Each person&#x27;s time" in text
    assert "the extra charts is not installed" in text


def test_the_longest_parties_are_listed_with_their_length_and_how_sure_it_is() -> None:
    text = page(figures(RECORDS), "en")
    row = text[text.index("<td", text.rindex("<table>")) :]
    cells = re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", row)
    assert cells[3:6] == ["2 h", "exact", "Pino, agu"]


def elsewhere(record: Record, name: str = "elsewhere") -> Record:
    record.id, record.guild_id = name, GUILD + 7
    return record


def test_a_party_that_was_seen_in_two_servers_is_listed_once() -> None:
    """One evening took two of the four places, and both said the same."""
    here = party(0, 3, {PINO: (0, 3), AGU: (0, 3), ZETA: (1, 2)})
    there = elsewhere(party(0, 2, {PINO: (0, 2), AGU: (0, 2)}))
    again = elsewhere(party(2.2, 3, {PINO: (2.2, 3), AGU: (2.2, 3)}), "again")
    found = figures([there, here, again])
    assert [(one.guild_id, one.seconds) for one in found.parties] == [(GUILD, 3 * 3600)]
    assert found.parties_seen_twice == 2
    assert "is listed once" in page(found, "en")
    assert "sale una sola vez" in page(found, "es")


@pytest.mark.parametrize(
    "other",
    [
        party(0, 2, {PINO: (0, 2), ZETA: (0, 2)}),  # Pino alone is in both
        party(3, 5, {PINO: (3, 5), AGU: (3, 5)}),
        party(2.9, 5, {PINO: (2.9, 5), AGU: (2.9, 5)}),
        msgspec.structs.replace(party(0, 2, {PINO: (0, 2), AGU: (0, 2)}), game_name="Hades"),
    ],
)
def test_what_is_another_party_is_listed_beside_it(other: Record) -> None:
    found = figures([party(0, 3, {PINO: (0, 3), AGU: (0, 3)}), elsewhere(other)])
    assert len(found.parties) == 2
    assert found.parties_seen_twice == 0
    assert "is listed once" not in page(found, "en")


def test_whom_nobody_knows_any_more_is_no_proof_that_it_was_the_same_party() -> None:
    here, there = (party(0, 2, {PINO: (0, 2), AGU: (0, 2)}) for _ in range(2))
    for record in (here, there):
        record.players = tuple(
            msgspec.structs.replace(player, user_id=-player.user_id) for player in record.players
        )
    assert len(figures([here, elsewhere(there)]).parties) == 2


def test_where_the_longest_parties_are_of_several_servers_each_says_of_which() -> None:
    here = party(0, 2, {PINO: (0, 2), AGU: (0, 2)})
    there = elsewhere(party(0, 2, {PINO: (0, 2), ZETA: (0, 2)}))
    text = page(figures([here, there]), "en")
    heads, *cells = re.findall(r"<tr>(.*?)</tr>", text[text.rindex("<table>") :])
    assert "Server" in heads
    for guild_id, row in zip((GUILD, GUILD + 7), cells, strict=True):
        assert f'<td class="name">{guild_id}</td>' in row
        assert '<td class="number">2 h</td>' in row
        assert text.count(f"2025-12-29 · server {guild_id}<") == 1
        assert f"The party of VALORANT · server {guild_id}" in text
    assert "Server" not in page(figures([here]), "en")


def test_the_figures_rank_people_and_pick_the_longest_parties() -> None:
    parties = [
        party(start, start + 1 + start / 10, {PINO: (start, start + 1)}) for start in range(6)
    ]
    found = figures([*RECORDS, *parties])
    assert [place.total.username for place in found.ranking["voice"]] == ["Pino", "agu"]
    assert found.people == 2
    assert len(found.parties) == 4
    lengths = [one.ended_at - one.started_at for one in found.parties]
    assert lengths == sorted(lengths, reverse=True)


def test_sessions_are_counted_in_one_way_in_the_sum_in_the_rows_and_in_history() -> None:
    """One of them is over before anything of it counts."""
    lost = game(ZETA, "Minecraft", 2, 2)
    lost.stretches = (Stretch(at(2), at(2.1), "unknown"),)
    records = [voice(PINO, 0, 1), game(AGU, "VALORANT", 0, 1), lost]
    found = figures(records)
    places = [place for kind in found.ranking for place in found.ranking[kind]]
    assert found.sessions == sum(place.total.sessions for place in places) == len(records)
    assert sum(one.sessions for one in found.games) == 2
    assert found.people == len({place.user_id for place in places}) == 3


def test_bars_reach_over_the_period_asked_for() -> None:
    window = window_of("week", at(5), BOGOTA)
    found = figures_of(RECORDS, guild_id=None, period="week", window=window, now=at(5), zone=BOGOTA)
    assert [len(one.bars.begins) for one in found.weeks] == [7, 7]


def test_the_weeks_begin_with_the_first_of_which_anything_is_known() -> None:
    found = figures([voice(PINO, 0, 1), voice(AGU, -200, -199)])
    assert [f"{begins:%Y-%m-%d}" for begins in found.weeks[0].bars.begins] == [
        "2025-12-15",
        "2025-12-22",
        "2025-12-29",
    ]


def test_bars_show_no_time_outside_the_window() -> None:
    found = figures_of(
        [voice(PINO, -30, 5), voice(AGU, 400, 401)],
        guild_id=None,
        period="all",
        window=Window(at(1), at(2)),
        now=at(5),
        zone=BOGOTA,
    )
    (pino,) = found.weeks
    assert [f"{begins:%Y-%m-%d}" for begins in pino.bars.begins] == ["2025-12-29"]
    assert pino.bars.seconds["voice"] == [3600.0]


def test_a_day_that_ends_with_its_week_is_of_that_week() -> None:
    window = Window(None, start_of_day(date(2026, 1, 5), BOGOTA))
    records = [voice(PINO, 0, 1)]
    found = figures_of(
        records, guild_id=None, period="all", window=window, now=at(1000), zone=BOGOTA
    )
    assert [f"{begins:%Y-%m-%d}" for begins in found.weeks[0].bars.begins] == ["2025-12-29"]


def test_a_session_of_a_clock_that_was_fast_leaves_a_bar_to_draw() -> None:
    window = Window(None, at(1000))
    records = [voice(PINO, 400, 401)]
    found = figures_of(records, guild_id=None, period="all", window=window, now=at(5), zone=BOGOTA)
    assert len(found.weeks[0].bars.begins) == 1


def test_where_not_everybody_is_shown_it_says_how_many_are() -> None:
    records = [voice(PINO, 0, 1, channel=(501, "General")) for _ in range(26)]
    for number, record in enumerate(records):
        record.user_id, record.username = number, f"person {number}"
    games = [game(PINO, f"Game {number}", 0, 1) for number in range(9)]
    text = page(figures([*records, *games]), "en")
    voice_card, games_card = re.findall(r'<section class="card"><h3>.*?</section>', text)
    assert "The 25 with the most time, of 26" in voice_card
    assert "with the most time" not in games_card
    weeks = text[text.index("Each person&#x27;s time</h2>") :]
    assert "The 6 with the most time, of 26" in weeks
    assert ">The 8 with the most time, of 9</text>" in text
    few = page(figures(RECORDS), "en")
    assert "with the most time" not in few


def test_bars_end_where_the_window_does_and_not_when_the_page_is_made() -> None:
    window = Window(None, at(5))
    found = figures_of(
        RECORDS, guild_id=None, period="all", window=window, now=at(5000), zone=BOGOTA
    )
    assert f"{found.weeks[0].bars.begins[-1]:%Y-%m-%d}" == "2025-12-29"
    assert "Made on 2026-07-26" in page(found, "en")


def test_each_persons_time_is_a_table_as_well() -> None:
    text = page(figures([voice(PINO, 0, 1), voice(AGU, 0, 2), game(AGU, "Tetris", 1, 2)]), "en")
    after = text[text.index("Each person&#x27;s time</h2>") :]
    cells = re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", after[: after.index("</table>")])
    assert cells[:5] == ["By week", "Name", "Voice", "Games", "Party time"]
    assert cells[6:10] == ["agu", "2 h", "1 h", ""]
    assert cells[11:] == ["Pino", "1 h", "", ""]


def rows_of_each_persons_time(records: list[Record], period: Period) -> list[list[str]]:
    """Return the cells of that table, row by row, each as its class and its text."""
    now = at(60)
    window = window_of("all", now, BOGOTA)
    found = figures_of(records, guild_id=None, period=period, window=window, now=now, zone=BOGOTA)
    text = page(found, "en")
    after = text[text.index("Each person&#x27;s time</h2>") :]
    body = after[after.index("<tbody>") : after.index("</tbody>")]
    return [re.findall(r'<td class="([^<]*)</td>', row) for row in body.split("</tr>")[:-1]]


def test_that_table_goes_from_bar_to_bar_and_has_no_row_without_time() -> None:
    records = [
        voice(PINO, 0, 1),
        voice(AGU, 0, 1.5),
        voice(PINO, 24, 25),
        voice(AGU, 48, 48 + 0.5 / 3600),
        voice(AGU, 24, 26),
    ]
    rows = rows_of_each_persons_time(records, "week")
    assert [row[0] for row in rows] == [f'name">2025-12-{day}' for day in (29, 29, 30, 30)]
    assert [row[1] for row in rows] == ['name">agu', 'name">Pino'] * 2
    lengths = ["1 h 30 min", "1 h", "2 h", "1 h"]
    assert [row[2] for row in rows] == [f'number">{length}' for length in lengths]
    assert {cell for row in rows for cell in row[3:]} == {'number">'}


def test_bars_of_a_day_are_told_apart_by_their_hours() -> None:
    rows = rows_of_each_persons_time([voice(PINO, 55, 57)], "today")
    assert [row[0] for row in rows] == ['name">05:00', 'name">06:00']


def test_everybodys_bars_have_one_scale() -> None:
    text = page(figures([voice(PINO, 0, 1), voice(AGU, 0, 9)]), "en")
    first, second = re.findall(r'<svg role="img" aria-label="[^"]*time".*?</svg>', text, re.DOTALL)
    marks = [re.findall(r">([\d.]+ (?:h|min))<", chart) for chart in (first, second)]
    assert marks[0] == marks[1] != []


@pytest.mark.parametrize("unsure", [True, False])
@pytest.mark.parametrize("unbounded", [True, False])
def test_a_page_bounds_no_start_that_nothing_bounds(*, unsure: bool, unbounded: bool) -> None:
    there = voice(PINO, 0, 2, unbounded=unbounded)
    if unsure:
        there.stretches = (Stretch(at(1), at(1.5), "unknown"),)
    told = page(figures([there]), "en")
    bounded = "he truth is at most 30 min away" if unsure else "ll of it was seen"
    assert bounded in told
    assert ("ut for 1 start that nobody knows, " in told) is unbounded
