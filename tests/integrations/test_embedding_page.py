"""docs/embedding.md: all that a bot's listeners are given, and all that the cog offers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

import msgspec
import pytest

from integrations.cog import SessionCog
from integrations.embedding_page import DIARY, render
from machines import (
    BotEventName,
    GameSession,
    PartySession,
    Player,
    Record,
    Session,
    Stay,
    Stretch,
    VoiceSession,
)
from persistence import HistoryFilter

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = render()


def names_in(introduced: str) -> list[str]:
    """The names in the table that comes first after some words."""
    assert PAGE.count(introduced) == 1
    table = PAGE.partition(introduced)[2].partition("|---|---|---|\n")[2].partition("\n\n")[0]
    return re.findall(r"^\| `(?:await )?(\w+)", table, re.MULTILINE)


def public(names: Iterable[str]) -> set[str]:
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize(
    ("struct", "introduced"),
    [
        (Session, "All three have:"),
        (VoiceSession, "A `VoiceSession` besides:"),
        (GameSession, "A `GameSession` besides"),
        (PartySession, "A `PartySession` besides"),
        (Record, "## A record"),
        (Stretch, "A `Stretch`,"),
        (Stay, "A `Stay`,"),
        (Player, "A `Player`,"),
        (HistoryFilter, "`HistoryFilter` is from"),
    ],
)
def test_every_field_of_what_a_bot_is_given_is_in_a_table(
    struct: type[msgspec.Struct], introduced: str
) -> None:
    shared = names_in("All three have:") if issubclass(struct, Session) else []
    told = {*shared, *names_in(introduced)}
    assert {field.name for field in msgspec.structs.fields(struct)} <= told
    assert {name for name, each in vars(struct).items() if isinstance(each, property)} <= told


def test_every_listener_is_told_of_and_no_other() -> None:
    told = re.findall(r"^\| `on_(\w+)\((.+)\)` \|", PAGE, re.MULTILINE)
    assert {name for name, _ in told} == set(get_args(BotEventName))
    with_record = {name for name, takes in told if takes == "session, record"}
    assert with_record == {"session_ended", "session_orphaned"}


def test_everything_public_of_the_cog_is_told_of() -> None:
    own = public(vars(SessionCog)) | public(SessionCog.__annotations__)
    called_by_discord_py = {"cog_load", "cog_unload"}
    told = names_in("## What the cog offers")
    assert own - called_by_discord_py <= set(told)
    assert {"opted_out", "opt_out", "opt_in", "forget"} == set(names_in("`cog.privacy` is what"))


def test_units_and_ids_are_told() -> None:
    assert "microseconds since 1970 in UTC" in PAGE
    assert "| `started_at` | `Instant` |" in PAGE
    assert "| `user_id` | `int or None` | Discord's id of the person; None of a party. |" in PAGE


def test_the_page_shows_the_diary_as_it_is() -> None:
    shown = PAGE.partition("```python\n")[2].partition("```")[0]
    assert shown == DIARY.read_text(encoding="utf-8")
