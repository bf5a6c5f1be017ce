"""The words of the page: whoever says one gives what it has a place for."""

from __future__ import annotations

import re
from importlib import resources

import msgspec

from integrations.inspector.shared_words import SHARED, shared_words
from integrations.words.catalogue import say

STATIC = resources.files("integrations.inspector") / "static"
WORD = re.compile(r'"?([\w.]+)"?: \["([^"]*)", "([^"]*)"\]')
SAID = re.compile(r'\bword\(([^{}()`]*"[^{}()`]*?)(?:, \{ (.*?) \})?\)')
GIVEN = re.compile(r"(?:^|, )(\w+)(?=[:,]|$)")
PLACE = re.compile(r"\{(\w+)")


def own_words() -> dict[str, tuple[str, str]]:
    text = (STATIC / "words.js").read_text("utf-8")
    return {key: (es, en) for key, es, en in WORD.findall(text)}


def words() -> dict[str, tuple[str, str]]:
    shared = {name: (say("es", key), say("en", key)) for name, key in SHARED.items()}
    return shared | own_words()


def said() -> list[tuple[str, set[str]]]:
    """Return every word that a script says by its name, and the values that it gives."""
    scripts = (one for one in STATIC.iterdir() if one.name.endswith(".js"))
    calls = [call for one in scripts for call in SAID.findall(one.read_text("utf-8"))]
    return [
        (key, set(GIVEN.findall(values)))
        for keys, values in calls
        for key in re.findall(r'"([\w.]+)"', keys)
    ]


def test_no_word_that_is_said_elsewhere_too_has_another_on_the_page() -> None:
    assert not SHARED.keys() & own_words().keys()
    told = shared_words().removeprefix("export const SHARED = ").removesuffix(";\n")
    assert msgspec.json.decode(told)["value.away"] == ["fuera", "away"]


def test_both_languages_have_the_same_places() -> None:
    for key, (es, en) in words().items():
        assert set(PLACE.findall(es)) == set(PLACE.findall(en)), key


def test_whoever_says_a_word_gives_what_it_has_a_place_for() -> None:
    of_word = {key: set(PLACE.findall(es)) for key, (es, _en) in words().items()}
    calls = said()
    assert {key for key, places in of_word.items() if places} <= {key for key, _given in calls}
    for key, given in calls:
        assert of_word[key] <= given, key
