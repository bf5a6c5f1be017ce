"""What a bot may not hear: a line for each thing that its settings want, and none besides."""

from __future__ import annotations

from itertools import chain, combinations

import discord
import pytest

from engine.settings import Settings
from integrations.missing_intents import done_without, missing_intents
from integrations.words.catalogue import say

WANTED = ("guilds", "voice_states", "presences", "members")
LACKING = [
    lacking
    for count in range(len(WANTED) + 1)
    for lacking in combinations(WANTED, count)
]  # fmt: skip


def intents_without(*lacking: str) -> discord.Intents:
    return discord.Intents(**dict.fromkeys(set(WANTED) - set(lacking), True))


@pytest.mark.parametrize("lacking", LACKING, ids="-".join)
def test_each_intent_that_is_missing_is_said_once_whatever_else_is(
    lacking: tuple[str, ...],
) -> None:
    keys = missing_intents(intents_without(*lacking), Settings(), hears_everybody=True)
    assert keys == [f"intents.no_{name}" for name in lacking]


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_line_says_of_another_intent_that_it_is_there(language: str) -> None:
    """Without any, "only voice is tracked" stood below "it does not see who is in voice"."""
    said = {name: say("es" if language == "es" else "en", f"intents.no_{name}") for name in WANTED}
    assert all(name in sentence for name, sentence in said.items())
    assert not any(word in said["presences"] for word in ("voz", "voice"))
    assert not any(word in said["guilds"] for word in ("voz", "voice"))


def test_what_the_settings_do_without_is_not_missing() -> None:
    """Of a bot with the intent it was said to have none."""
    settings = Settings(presences=False, members=False)
    for intents in (intents_without(), intents_without("presences", "members")):
        assert missing_intents(intents, settings, hears_everybody=False) == []
        assert "intents.presences_off" in done_without(intents, settings)
    assert done_without(intents_without("members"), settings) == [
        "intents.presences_off",
        "intents.members_off",
    ]
    assert done_without(intents_without(), settings) == ["intents.presences_off"]
    assert done_without(intents_without(*WANTED), Settings()) == []


def test_those_who_are_not_cached_are_missed_only_where_games_are_heard_of_at_all() -> None:
    raw = "intents.no_raw_presences"
    assert missing_intents(intents_without(), Settings(), hears_everybody=False) == [raw]
    lacking = missing_intents(intents_without("presences"), Settings(), hears_everybody=False)
    assert lacking == ["intents.no_presences"]


def test_every_line_has_its_sentence() -> None:
    settings = Settings(presences=False, members=False)
    keys = chain(
        missing_intents(intents_without(*WANTED), Settings(), hears_everybody=False),
        done_without(intents_without(*WANTED), settings),
    )
    assert all(say("es", key) != say("en", key) for key in keys)
