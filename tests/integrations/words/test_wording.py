"""Wording: durations, plurals and lists of names as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.words.wording import Language, duration, fill, names_in, on_one_line, placeholders


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (-3, "0 s"),
        (0.4, "0 s"),
        (12, "12 s"),
        (12.5, "13 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (599, "9 min 59 s"),
        (599.9, "10 min"),
        (45 * 60, "45 min"),
        (45 * 60 - 0.02, "45 min"),
        (45 * 60 + 29, "45 min"),
        (3569, "59 min"),
        (3570, "1 h"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (36_000, "10 h"),
        (100 * 3600 + 60, "100 h 1 min"),
    ],
)
def test_a_duration_is_told_in_the_units_that_matter(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@given(st.floats(min_value=0, max_value=1e9))
def test_a_duration_is_told_within_half_of_its_smallest_unit(seconds: float) -> None:
    words = duration(seconds).split()
    units = {"s": 1, "min": 60, "h": 3600}
    told = sum(
        int(number) * units[unit] for number, unit in zip(words[::2], words[1::2], strict=True)
    )
    assert abs(told - seconds) <= (0.5 if seconds < 599.5 else 30)


@pytest.mark.parametrize(
    ("language", "names", "text"),
    [
        ("es", [], ""),
        ("es", ["Pino"], "Pino"),
        ("es", ["Pino", "agu"], "Pino y agu"),
        ("es", ["Pino", "agu", "Zeta"], "Pino, agu y Zeta"),
        ("en", ["Pino", "agu", "Zeta"], "Pino, agu and Zeta"),
    ],
)
def test_names_are_joined_as_the_language_joins_them(
    language: Language, names: list[str], text: str
) -> None:
    assert names_in(language, names) == text
    assert fill(language, "{who:names}", {"who": tuple(names)}) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 sesiones"), (1, "1 sesión"), (2, "2 sesiones")])
def test_a_word_follows_its_number(count: int, text: str) -> None:
    assert fill("es", "{count} {count:sesión|sesiones}", {"count": count}) == text


@pytest.mark.parametrize(("names", "text"), [(["Pino"], "it"), (["Pino", "agu"], "them")])
def test_a_word_follows_the_number_of_names(names: list[str], text: str) -> None:
    assert fill("en", "{who:it|them}", {"who": names}) == text
    assert fill("en", "{who:it|them}", {"who": tuple(names)}) == text


@pytest.mark.parametrize("character", ["\n", "\r", "\x1b", "\x00", "\x9b", "\u2028", "\u202e"])
def test_a_name_cannot_break_the_line_it_stands_in(character: str) -> None:
    assert fill("es", "{who}.", {"who": f"Pi{character}no"}) == "Pi no."
    assert fill("es", "{who:names}.", {"who": [f"Pi{character}no"]}) == "Pi no."


@given(st.text())
def test_no_name_holds_what_could_break_a_line(name: str) -> None:
    told = on_one_line(name)
    assert len(told) == len(name)
    assert all(
        one == other or (other == " " and not one.isprintable())
        for one, other in zip(name, told, strict=True)
    )
    assert not set(told) & set("\n\r\x00\x1b\x85\x9b\u2028\u2029\u202a\u202e\u2066\u2069")


def test_a_name_that_looks_like_a_template_stays_a_name() -> None:
    assert fill("es", "{who}", {"who": "{who.__class__} 👨‍👩‍👧 %s"}) == "{who.__class__} 👨‍👩‍👧 %s"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill("es", "{who}", {})


def test_a_value_that_does_not_suit_its_format_is_an_error() -> None:
    with pytest.raises(ValueError, match="duration"):
        fill("es", "{seconds:duration}", {"seconds": "soon"})


def test_placeholders_are_named_once() -> None:
    assert placeholders("{count} {count:a|b} of {game}") == {"count", "game"}
