"""Arguments: kinds, ids, people and times as written, and what is refused."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from integrations.cli.arguments import (
    ArgumentError,
    guild_named,
    instant_named,
    kind_named,
    language_named,
    make_empty,
    user_named,
)
from machines import SECOND
from persistence import DataDir, LedgerReader
from tests.integrations.cli.examples import AGU, HALF_PAST_TEN, PINO, ZETA, live_state

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600 * SECOND
DAY = 24 * HOUR
MIDNIGHT = HALF_PAST_TEN - 22 * HOUR - HOUR // 2


@pytest.mark.parametrize("text", ["es", "en", "ES", " en "])
def test_a_language_is_known_by_its_code(text: str) -> None:
    assert language_named(text) == text.strip().lower()


@pytest.mark.parametrize("text", ["", "fr", "español"])
def test_a_language_that_is_not_spoken_is_refused_with_those_that_are(text: str) -> None:
    with pytest.raises(ArgumentError, match="choose es or en"):
        language_named(text)


def test_a_folder_to_keep_things_in_is_its_owners_alone_and_may_be_there_if_it_is_empty(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "kept"
    for _time in range(2):
        make_empty(folder)
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (".", "(it is not empty): name a folder that is new or empty."),
        ("file", "(file exists): name a folder that is new or empty."),
        ("file/kept", "(not a directory): name a folder in a place where you may write."),
        ("x" * 300, "(file name too long): name a folder in a place where you may write."),
    ],
)
def test_what_is_no_folder_to_keep_things_in_is_refused_with_what_helps(
    tmp_path: Path, name: str, sentence: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ArgumentError, match=re.escape(sentence)):
        make_empty(tmp_path / name)


def test_an_empty_folder_that_may_not_be_written_to_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_asked: False)
    with pytest.raises(ArgumentError, match=r"\(permission denied\): name a folder in a place"):
        make_empty(tmp_path / "kept")


def test_the_folders_that_are_made_to_keep_things_in_are_told_the_innermost_first(
    tmp_path: Path,
) -> None:
    inner = tmp_path / "a" / "b"
    assert make_empty(inner) == [inner, inner.parent]
    assert make_empty(inner) == []


@pytest.mark.parametrize("text", ["voice", "game", "party", "Voice", " party "])
def test_a_kind_is_known_by_its_name(text: str) -> None:
    assert kind_named(text) == text.strip().lower()


@pytest.mark.parametrize("text", ["", "chess", "voices"])
def test_an_unknown_kind_is_refused_with_the_three(text: str) -> None:
    with pytest.raises(ArgumentError, match="choose voice, game or party"):
        kind_named(text)


def test_a_guild_is_known_by_its_id() -> None:
    assert guild_named("1122334455") == 1122334455


@pytest.mark.parametrize("text", ["", "Plaza", "-1", "0", "1.5", "9" * 19, "9" * 5000, "²"])
def test_what_is_no_guild_id_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match="is no guild id"):
        guild_named(text)


@pytest.mark.parametrize(
    ("text", "user_id"),
    [(str(PINO), PINO), ("Pino", PINO), ("pino", PINO), ("AGU", AGU), ("Zeta", ZETA)],
)
def test_a_person_is_known_by_id_or_name_parties_included(
    data_dir: Path, text: str, user_id: int
) -> None:
    assert user_named(text, LedgerReader(data_dir)) == user_id


@pytest.mark.parametrize(
    ("text", "user_id"), [("Pino", PINO), ("AGU", AGU), (str(PINO), PINO), (str(AGU), AGU)]
)
def test_a_person_is_known_whose_first_session_still_goes_on(
    tmp_path: Path, text: str, user_id: int
) -> None:
    with DataDir(tmp_path) as opened:
        opened.live.replace(live_state())
        opened.live.flush_now()

    assert user_named(text, LedgerReader(tmp_path)) == user_id


@pytest.mark.parametrize("text", ["Nadie", "999", "9" * 30, ""])
def test_a_person_the_ledger_does_not_know_is_refused(data_dir: Path, text: str) -> None:
    with pytest.raises(ArgumentError, match="Nobody called"):
        user_named(text, LedgerReader(data_dir))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-12-29T22:30:00Z", HALF_PAST_TEN),
        ("2025-12-29T22:30", HALF_PAST_TEN),
        ("2025-12-29 22:30:00.000001", HALF_PAST_TEN + 1),
        ("2025-12-29T17:30:00-05:00", HALF_PAST_TEN),
        ("2025-12-29", MIDNIGHT),
    ],
)
def test_a_time_may_be_written_in_the_ways_of_iso_8601(text: str, instant: int) -> None:
    assert instant_named(text, "UTC") == instant


def test_a_time_without_an_offset_is_in_the_time_zone_of_the_settings() -> None:
    assert instant_named("2025-12-29T17:30", "America/Bogota") == HALF_PAST_TEN
    assert instant_named("2025-12-29", "America/Bogota") == MIDNIGHT + 5 * HOUR


def test_a_day_as_an_end_is_taken_in() -> None:
    assert instant_named("2025-12-29", "UTC", ends=True) == MIDNIGHT + DAY
    assert instant_named("2025-12-29T22:30", "UTC", ends=True) == HALF_PAST_TEN


def test_a_day_of_23_hours_ends_at_its_midnight() -> None:
    start = instant_named("2025-03-30", "Europe/Madrid")
    end = instant_named("2025-03-30", "Europe/Madrid", ends=True)
    assert end - start == 23 * HOUR


@pytest.mark.parametrize("text", ["", "yesterday", "2025-13-01", "29/12/2025", "9999-12-31"])
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ArgumentError, match="is no date: write it as 2025-12-29"):
        instant_named(text, "UTC", ends=True)
