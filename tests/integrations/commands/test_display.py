"""Names as strangers chose them, shown so that they break nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.commands.display import moment, shown, shown_plainly
from machines import SECOND


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("Pino", "Pino"),
        ("*_odd_*", r"\*\_odd\_\*"),
        ("a||b||`c`", r"a\|\|b\|\|\`c\`"),
        ("@everyone", "@\u200beveryone"),
        ("<#700000000000000001>", r"\<#700000000000000001>"),
        ("<t:0:R>", r"\<t:0:R>"),
        ("https://a.b/_c_", "https:\u200b//a.b/\\_c\\_"),
        ("[a](http://x.y)", "\\[a](http:\u200b//x.y)"),
        ("שלום 1", "\u2068שלום 1\u2069"),  # noqa: RUF001 - Hebrew is what is tested
        ("مرحبا", "\u2068مرحبا\u2069"),  # noqa: RUF001 - as is Arabic
        ("two\nlines", "two lines"),
        ("\u202eevil", "evil"),
        ("\u3164", "(sin nombre)"),
        ("", "(sin nombre)"),
        ("   ", "(sin nombre)"),
        ("日本語🎮", "日本語🎮"),
        ("x" * 32, "x" * 32),
        ("x" * 100, "x" * 39 + "…"),
    ],
)
def test_a_name_is_shown_as_it_is_and_does_nothing(name: str, seen: str) -> None:
    assert shown("es", name) == seen


@given(st.text(max_size=200))
def test_any_name_is_one_line_that_is_not_empty(name: str) -> None:
    seen = shown_plainly("en", name)
    assert 0 < len(seen) <= 40
    assert len(seen.splitlines()) == 1


def test_instants_are_shown_in_the_readers_own_time() -> None:
    assert moment(1_767_047_400 * SECOND, "R") == "<t:1767047400:R>"
