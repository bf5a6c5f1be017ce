"""The demo's sentences: complete in both languages, all of them said, none missing."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from integrations import demo
from integrations.demo.sentences import SENTENCES, decimal, tell
from integrations.words.wording import Language, Value, placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = sorted(Path(inspect.getfile(demo)).parent.glob("*.py"))
LANGUAGES: tuple[Language, ...] = get_args(Language)
COMPOSED = {
    "table.truth", "table.latido", "table.error", "table.margin", "table.within", "table.rival",
    "trouble.never_posted", "trouble.never_deleted",
}  # fmt: skip
"""Keys that the code puts together from parts."""


def keys_in_the_code() -> Iterator[str]:
    for source in SOURCES:
        if source.stem.endswith("sentences"):
            continue
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def values_for(key: str) -> dict[str, Value]:
    examples: dict[str, Value] = {"problems": ["one", "another"]}
    return {name: examples.get(name, 2) for name in SENTENCES[key].values.split()}


@pytest.mark.parametrize("key", SENTENCES)
def test_both_languages_name_exactly_the_values_that_are_declared(key: str) -> None:
    sentence = SENTENCES[key]
    declared = set(sentence.values.split())
    assert placeholders(sentence.es) == placeholders(sentence.en) == declared


@pytest.mark.parametrize("key", SENTENCES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_can_be_said_on_one_line(key: str, language: Language) -> None:
    said = tell(language, key, **values_for(key))
    assert said
    assert len(said.splitlines()) == 1
    assert "{" not in said


def test_every_sentence_is_said_somewhere() -> None:
    assert set(SENTENCES) - set(keys_in_the_code()) - COMPOSED == set()


def test_nothing_is_said_that_is_not_there() -> None:
    families = {key.split(".")[0] for key in SENTENCES}
    called = {
        node.args[0].value
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rsplit(".", 1)[-1]
        in {"tell", "says", "points", "_tell", "_means", "_happens", "title", "scene"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }
    assert called
    assert {key for key in called if key.split(".")[0] in families} == called & set(SENTENCES)
    assert called <= set(SENTENCES)


def test_the_two_languages_differ_wherever_there_is_something_to_translate() -> None:
    same = {key for key, sentence in SENTENCES.items() if sentence.es == sentence.en}
    assert same == {"table.latido", "table.error", "table.total", "table.unbounded", "table.no"}


@pytest.mark.parametrize(
    ("value", "signed", "es", "en"),
    [
        (12.46, False, "12,5", "12.5"),
        (-0.04, True, "0,0", "0.0"),
        (3.0, True, "+3,0", "+3.0"),
        (-3.0, True, "\N{MINUS SIGN}3,0", "\N{MINUS SIGN}3.0"),
    ],
)
def test_numbers_are_written_as_the_language_does(
    value: float, es: str, en: str, *, signed: bool
) -> None:
    assert decimal("es", value, signed=signed) == es
    assert decimal("en", value, signed=signed) == en


def test_what_the_demo_proposes_answers_in_the_language_of_the_demo() -> None:
    for key in ("next.keep", "next.history", "next.totals", "next.report", "next.verify"):
        values: dict[str, Value] = {"program": "latido", "path": "evening"}
        assert " --language en " in tell("en", key, **values)
        assert "--language" not in tell("es", key, **values)


def test_the_other_language_is_offered_in_its_own_words() -> None:
    said = tell("es", "opening.other_language", program=".venv/bin/latido")
    assert said == "In English: .venv/bin/latido demo --language en"
    said = tell("en", "opening.other_language", program="latido")
    assert said == "En español: latido demo --language es"
