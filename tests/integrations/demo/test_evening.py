"""The settings of the evening, and what is said of them before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from engine import Settings
from integrations.demo.evening import AS_BY_DEFAULT, OF_ITS_OWN
from integrations.demo.sentences import SENTENCES
from integrations.words.wording import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: tuple[Language, ...] = get_args(Language)


def in_minutes(settings: Mapping[str, float]) -> dict[str, float]:
    return {name: getattr(Settings(), name) / 60 for name in settings}


def test_what_is_said_to_be_as_by_default_is_so() -> None:
    assert in_minutes(AS_BY_DEFAULT) == AS_BY_DEFAULT


def test_what_is_said_not_to_be_is_not() -> None:
    by_default = in_minutes(OF_ITS_OWN)
    assert [name for name, minutes in OF_ITS_OWN.items() if by_default[name] == minutes] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_that_the_evening_changes_is_named_before_it(language: Language) -> None:
    for key, names in (
        ("opening.as_by_default", AS_BY_DEFAULT),
        ("opening.of_its_own", [*OF_ITS_OWN, "event_delay"]),
    ):
        sentence = SENTENCES[key].template(language)
        for name in names:
            assert f"{{{name}}}" in sentence
            assert f"({name}" in sentence or f", {name}" in sentence
