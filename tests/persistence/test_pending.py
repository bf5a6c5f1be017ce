"""What waits is the last word of each entry, however much waits, and no dict of it grows large."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines import GuildWatch
from persistence import pending
from persistence.journal import EntryChange
from persistence.parts import WHOLE, alone
from persistence.pending import Pending
from tests.persistence.examples import game, party, voice
from tests.strategies import guild_watches

words = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.none() | guild_watches()))


@given(told=words, batch=st.integers(1, 9))
def test_the_last_word_of_each_entry_waits(
    told: list[tuple[str, GuildWatch | None]], batch: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pending, "_BATCH", batch)
        waiting = Pending()
        for key, entry in told:
            waiting.add("guilds", key, entry)
        assert len(waiting) == len(dict(told))
        drained = list(waiting.take().drain())
    assert len(drained) == len(dict(told))
    assert {change.key: change.unpacked for change in drained} == dict(told)
    assert all((change.entry is None) == (change.unpacked is None) for change in drained)
    assert len(waiting) == 0


def test_no_dict_holds_more_than_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "_BATCH", 10)
    waiting = Pending()
    for number in range(100):
        waiting.add("cooldowns", str(number % 70), None)
    sizes = [len(entries) for entries in waiting._entries["cooldowns"]]  # noqa: SLF001 - how it is
    assert max(sizes) == 10
    assert sum(sizes) == 70


def test_they_come_in_the_order_in_which_they_were_put(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "_BATCH", 3)
    waiting = Pending()
    keys = [str(number) for number in range(20)]
    for key in keys:
        waiting.add("guilds", key, None)
    assert list(waiting.drain()) == [EntryChange("guilds", key, None) for key in keys]


def test_all_that_is_said_of_sessions_comes_before_what_is_said_of_guilds() -> None:
    """Of a write that is cut, a watch that says that a cut is over must not be alone."""
    waiting = Pending()
    waiting.add("cooldowns", "9:voice:1", None)
    waiting.add("guilds", "9", GuildWatch(guild_id=9))
    waiting.add_parts(voice("v1"), WHOLE)
    waiting.add("party_sessions", "p1", alone(party("p1")))
    waiting.add_parts(party("p1"), WHOLE, [(party("p1").players[0], 0)])
    waiting.add("game_sessions", "g1", game("g1"))
    drained = list(waiting.drain())
    assert [change.section for change in drained][-2:] == ["guilds", "cooldowns"]
    assert {change.key for change in drained[:-2]} == {"v1", "g1", "p1"}
