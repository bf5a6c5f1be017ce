"""Tables that fit the terminal: a line a session, whatever the width and the names."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, get_args

import msgspec
import pytest
from rich.console import Console

from integrations.cli.rows import Row, row_of_record, row_of_session
from integrations.cli.tables import table_of
from integrations.words.catalogue import CATALOGUE, say
from machines import Deadline, GameSession, PartySession, VoiceSession
from machines.session import LIVE, AnySession, Reason
from tests.integrations.cli.examples import (
    GUILD,
    HALF_PAST_TEN,
    MINUTE,
    game_record,
    live_state,
    party_record,
    voice_record,
)

if TYPE_CHECKING:
    from integrations.words.wording import Language


def printed(rows: list[Row], width: int, language: Language, *, live: bool) -> str:
    stream, now = io.StringIO(), HALF_PAST_TEN if live else None
    table, _left_out = table_of(rows, "UTC", width, language, now=now)
    Console(file=stream, width=width).print(table)
    return stream.getvalue()


def of_one_server(rows: list[Row]) -> list[Row]:
    return [msgspec.structs.replace(row, guild_id=str(GUILD)) for row in rows]


def test_a_table_speaks_the_language_that_is_asked_for() -> None:
    rows = of_one_server([row_of_record(one) for one in (voice_record(), party_record())])
    heading, voice, party = printed(rows, 160, "es", live=False).splitlines()
    assert heading.split() == [
        *("tipo", "quién", "qué", "desde", "hasta", "tiempo", "seguridad", "por", "qué"),
    ]
    assert voice.split()[0] == "voz"
    assert voice.split()[-2:] == ["exacto", "salió"]
    assert {"2 en total", "pocos jugadores"} <= {cell.strip() for cell in party.split("  ")}


@pytest.mark.parametrize("kind", [VoiceSession, GameSession, PartySession])
def test_every_state_and_reason_has_a_word(kind: type[AnySession]) -> None:
    words = set(CATALOGUE)
    assert {f"table.{word}" for word in (*LIVE, *get_args(Reason), kind.kind)} <= words


def test_whoever_is_away_is_shown_with_the_time_until_which_they_may_come_back() -> None:
    session = live_state().sessions[-1]
    session.absent_since = HALF_PAST_TEN + 20 * MINUTE
    row = row_of_session(session, HALF_PAST_TEN + 30 * MINUTE)
    assert printed([row], 80, "en", live=True).split()[-1] == "away"
    session.deadline = Deadline(HALF_PAST_TEN + 21 * MINUTE, "end")
    row = row_of_session(session, HALF_PAST_TEN + 30 * MINUTE)
    assert "away until 22:51:00" in printed([row], 80, "en", live=True)
    assert row.seconds == 1200.0


def test_how_sure_a_time_is_is_not_known_yet_while_nobody_watches() -> None:
    [session] = [one for one in live_state().sessions if isinstance(one, VoiceSession)]
    row = row_of_session(session, HALF_PAST_TEN + 30 * MINUTE)
    assert "exact" in printed([row], 160, "en", live=True)
    row.unwatched_since = "2025-12-29T23:00:00Z"
    [_heading, cells] = printed([row], 160, "en", live=True).splitlines()
    assert "not known yet" in cells
    assert "exact" not in cells


@pytest.mark.parametrize("until", ["2025-12-29T23:01:00Z", "2025-12-29T22:20:00Z"])
def test_nor_is_it_known_of_whoever_was_away_and_may_have_come_back_unseen(until: str) -> None:
    """It was called exact, and written down with ± 40 s to 12 h after the next start."""
    [session] = [one for one in live_state().sessions if isinstance(one, VoiceSession)]
    session.absent_since = HALF_PAST_TEN - 20 * MINUTE
    row = row_of_session(session, HALF_PAST_TEN)
    row.away_until = until
    assert "exact" in printed([row], 160, "en", live=True)
    row.unwatched_since = "2025-12-29T22:19:00Z"
    [_heading, cells] = printed([row], 160, "en", live=True).splitlines()
    assert "not known yet" in cells
    assert "exact" not in cells


def of_one_person(*, live: bool) -> list[Row]:
    """Return rows of one person in voice and in a game, as long and as sure as each other."""
    rows = [row_of_record(one) for one in (voice_record(), game_record())]
    if live:
        of_people = (one for one in live_state().sessions if not isinstance(one, PartySession))
        rows = [row_of_session(one, HALF_PAST_TEN) for one in of_people]
    return [
        msgspec.structs.replace(row, username="Pino", seconds=60.0, uncertain_seconds=10_315.0)
        for row in of_one_server(rows)
    ]


@pytest.mark.parametrize("width", [60, 76, 80, 100, 110, 160])
@pytest.mark.parametrize("live", [False, True])
def test_a_table_fits_with_a_line_a_session(width: int, *, live: bool) -> None:
    rows = [row_of_record(one) for one in (voice_record(), game_record(), party_record())]
    if live:
        rows = [row_of_session(one, HALF_PAST_TEN + MINUTE) for one in live_state().sessions[::-1]]
    rows = of_one_server(rows)
    rows[0] = msgspec.structs.replace(rows[0], username="x" * 200, channel_name="日本語" * 40)
    lines = printed(rows, width, "en", live=live).splitlines()
    assert len(lines) == 4
    assert all(len(line.rstrip()) <= width for line in lines)
    assert lines[2].startswith("game")
    assert "agu" in lines[2]
    assert ("📺 VALO" if live else "VALORANT") in lines[2] or width < 80
    assert "start unknown" in lines[2]


@pytest.mark.parametrize("width", [50, 60, 80])
@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("live", [False, True])
def test_people_whose_names_end_differently_are_told_apart(
    width: int, language: Language, *, live: bool
) -> None:
    """All of them were "person…", beside whole columns that say less."""
    names = [f"person-{number}" for number in (7, 10, 11, 29)]
    if live:
        [session] = [one for one in live_state().sessions if isinstance(one, VoiceSession)]
        row = row_of_session(session, HALF_PAST_TEN + 114 * MINUTE)
    else:
        row = row_of_record(game_record())
    rows = [
        msgspec.structs.replace(row, username=name, seconds=6840.0, uncertain_seconds=None)
        for name in names
    ]
    lines = printed(rows, width, language, live=live).splitlines()[1:]
    assert all(name in line for name, line in zip(names, lines, strict=True))
    assert all(("start unknown" in line) == (language == "en") for line in lines)


@pytest.mark.parametrize(
    ("names", "left_out"),
    [
        (["Pino", "agu"], ["why", "until"]),
        (["person-10", "person-11"], ["why", "until", "kind"]),
        (["x" * 40 + "0", "x" * 40 + "1"], ["why", "until"]),
    ],
)
def test_names_have_the_room_that_tells_them_apart_unless_that_is_beyond_reason(
    names: list[str], left_out: list[str]
) -> None:
    row = row_of_record(voice_record())
    rows = [msgspec.structs.replace(row, username=name) for name in names]
    assert table_of(rows, "UTC", 54, "en", now=None).left_out == left_out


@pytest.mark.parametrize("width", [42, 45, 50, 60, 70])
def test_how_sure_a_time_is_is_shown_whole(width: int) -> None:
    """It was cut off at the edge: "± 2 min 55" without its s, and then "± 2 h 5…"."""
    sessions = live_state().sessions
    rows = [row_of_session(one, HALF_PAST_TEN + 12 * 60 * MINUTE) for one in sessions]
    rows = [msgspec.structs.replace(row, uncertain_seconds=10_315.0) for row in rows]
    lines = printed(rows, width, "es", live=True).splitlines()[1:]
    assert all(line.rstrip().endswith("± 2 h 52 min") for line in lines)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("live", [False, True])
def test_however_narrow_nothing_is_cut_without_an_ellipsis(
    *, live: bool, language: Language
) -> None:
    """At 30 columns a time that nobody knows yet was "not known y", at 20 one was "± 10"."""
    rows = [row_of_record(one) for one in (voice_record(), game_record(), party_record())]
    if live:
        rows = [row_of_session(one, HALF_PAST_TEN + MINUTE) for one in live_state().sessions]
    rows = [msgspec.structs.replace(row, uncertain_seconds=10_315.0) for row in rows]
    rows[0] = msgspec.structs.replace(rows[0], unwatched_since=rows[0].started_at)

    def cells(width: int) -> set[str]:
        return set(
            re.split(r"  +", "  ".join(printed(rows, width, language, live=live).split("\n")))
        )

    known = {cell.strip() for width in (48, 60, 80, 100, 200) for cell in cells(width)}
    for width in range(10, 48):
        cut = {cell.strip() for cell in cells(width)} - known
        assert all(cell.endswith("…") for cell in cut), (width, cut)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("width", [36, 40, 44, 48, 60])
@pytest.mark.parametrize("live", [False, True])
def test_however_narrow_what_was_done_tells_rows_of_one_person_apart(
    width: int, language: Language, *, live: bool
) -> None:
    """At 36 columns and more two rows were "Pino  1 min  exact", at 30 and fewer they were not."""
    rows = of_one_person(live=live)
    shown = table_of(rows, "UTC", width, language, now=HALF_PAST_TEN if live else None)
    assert say(language, "table.what") not in shown.left_out
    lines = [line.split() for line in printed(rows, width, language, live=live).splitlines()[1:]]
    assert len({tuple(line[:-2]) for line in lines}) == len(lines)


@pytest.mark.parametrize("live", [False, True])
def test_so_does_the_kind_where_both_are_called_the_same(*, live: bool) -> None:
    rows = [
        msgspec.structs.replace(
            row,
            channel_name=row.channel_name and "Hades",
            game_name=row.game_name and "Hades",
            activity_type=row.activity_type and "playing",
        )
        for row in of_one_person(live=live)
    ]
    for width in (40, 48):
        lines = printed(rows, width, "en", live=live).splitlines()[1:]
        assert sorted(line.split()[0] for line in lines) == ["game", "voice"], width
    assert "uncertain" in table_of(rows, "UTC", 40, "en", now=None).left_out


def test_how_sure_a_time_is_gives_way_before_what_was_done_and_is_named() -> None:
    rows = of_one_person(live=False)
    left_out = {
        width: table_of(rows, "UTC", width, "en", now=None).left_out for width in (18, 30, 42)
    }
    assert "uncertain" not in left_out[42]
    assert "uncertain" in left_out[30]
    assert "what" not in left_out[30]
    assert left_out[18][-2:] == ["uncertain", "what"]


@pytest.mark.parametrize("width", [50, 60, 80, 160])
@pytest.mark.parametrize("live", [False, True])
def test_a_stream_is_told_from_its_game(width: int, *, live: bool) -> None:
    if live:
        [session] = [one for one in live_state().sessions if isinstance(one, GameSession)]
        row = row_of_session(session, HALF_PAST_TEN + MINUTE)
    else:
        row = row_of_record(game_record())
    rows = [
        msgspec.structs.replace(row, activity_type=one, game_name="Hades")
        for one in ("playing", "streaming", "listening")
    ]
    played, streamed, heard = printed(rows, width, "es", live=live).splitlines()[1:]
    assert "Hades" in played
    assert "📺 H" in streamed
    assert "🎧 H" in heard
    assert not {"📺", "🎧"} & set(played)


def test_whoever_is_away_for_longer_than_they_may_is_shown_to_have_left() -> None:
    session = live_state().sessions[-1]
    session.absent_since = HALF_PAST_TEN - 20 * MINUTE
    session.deadline = Deadline(HALF_PAST_TEN - 19 * MINUTE, "end")
    text = printed([row_of_session(session, HALF_PAST_TEN)], 100, "en", live=True)
    assert "left 12-29 22:10" in text
    assert "until" not in text


@pytest.mark.parametrize(
    ("width", "live", "left_out"),
    [(160, False, []), (60, True, ["state"]), (60, False, ["why", "until"]), (76, False, ["why"])],
)
def test_columns_without_room_are_named(width: int, live: bool, left_out: list[str]) -> None:
    rows = [row_of_record(one) for one in (voice_record(), game_record(), party_record())]
    if live:
        rows = [row_of_session(one, HALF_PAST_TEN + MINUTE) for one in live_state().sessions]
    shown = table_of(of_one_server(rows), "UTC", width, "en", now=HALF_PAST_TEN if live else None)
    assert shown.left_out == left_out


def test_what_there_is_no_room_for_is_told_as_one_thing_or_as_several() -> None:
    one, two = ["why"], ["why", "until"]
    assert "for: why. A wider terminal shows it, and" in say("en", "table.left_out", columns=one)
    assert "and until. A wider terminal shows them," in say("en", "table.left_out", columns=two)
    assert say("es", "table.left_out", columns=["por qué"]).startswith("No cabe: por qué. ")
    several = say("es", "table.left_out", columns=["por qué", "hasta"])
    assert several.startswith("No caben: por qué y hasta. ")
    assert several.endswith(" se ven.")


@pytest.mark.parametrize("live", [False, True])
def test_of_several_servers_each_row_says_which(*, live: bool) -> None:
    rows = [row_of_record(one) for one in (voice_record(), game_record(), party_record())]
    if live:
        rows = [row_of_session(one, HALF_PAST_TEN + MINUTE) for one in live_state().sessions]
    heading, *lines = printed(rows, 160, "es", live=live).splitlines()
    assert "servidor" in heading.split()
    assert all(row.guild_id in line for row, line in zip(rows, lines, strict=True))


@pytest.mark.parametrize("live", [False, True])
def test_of_one_server_there_is_no_column_for_it(*, live: bool) -> None:
    rows = [row_of_record(one) for one in (voice_record(), game_record())]
    if live:
        rows = [row_of_session(one, HALF_PAST_TEN + MINUTE) for one in live_state().sessions[:2]]
    assert str(GUILD) not in printed(rows, 160, "en", live=live)


@pytest.mark.parametrize(
    ("width", "left_out"),
    [(110, []), (90, ["why"]), (78, ["why", "until"]), (60, ["why", "until", "server"])],
)
def test_the_server_gives_way_after_why_and_when_a_session_ended(
    width: int, left_out: list[str]
) -> None:
    rows = [row_of_record(one) for one in (voice_record(), game_record(), party_record())]
    assert table_of(rows, "UTC", width, "en", now=None).left_out == left_out
    assert all(
        len(line.rstrip()) <= width for line in printed(rows, width, "en", live=False).splitlines()
    )


@pytest.mark.parametrize(
    ("language", "left_out"), [("es", ["por qué", "servidor"]), ("en", ["why", "until"])]
)
def test_what_fits_once_the_server_is_left_out_as_well_stays(
    language: Language, left_out: list[str]
) -> None:
    records = (voice_record(), game_record(), party_record())
    rows = [
        msgspec.structs.replace(row_of_record(one), guild_id=str(1_234_567_890_123_456_789 + more))
        for more, one in enumerate(records)
    ]
    assert table_of(rows, "UTC", 80, language, now=None).left_out == left_out
    lines = printed(rows, 80, language, live=False).splitlines()
    assert all(len(line.rstrip()) <= 80 for line in lines)
    assert ("12-29 23:15" in lines[1]) is (language == "es")
