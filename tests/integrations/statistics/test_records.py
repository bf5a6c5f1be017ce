"""Where records come from: the ledger, what is going on, and never those who hide."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from integrations.statistics.period import Window
from integrations.statistics.records import gather, is_running, so_far
from machines import GameSession, PartySession, Player, Stretch, VoiceSession
from persistence import DataDir
from tests.integrations.statistics.examples import (
    AGU,
    GUILD,
    PINO,
    ZETA,
    at,
    game,
    party,
    voice,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVER = Window(None, at(1000))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataDir]:
    with DataDir(tmp_path / "data") as opened:
        records = [voice(PINO, 0, 1), game(AGU, "VALORANT", 0, 1)]
        records.append(party(0, 2, {PINO: (0, 2), AGU: (0, 2)}))
        opened.ledger.append_now(records)
        yield opened


def going_on(session_id: str = "v-live") -> VoiceSession:
    return VoiceSession(
        id=session_id, guild_id=GUILD, state="confirmed", started_at=at(4), last_seen=at(4),
        user_id=PINO, username="Pino", channel_id=501, channel_name="General",
    )  # fmt: skip


def test_the_record_so_far_counts_up_to_now_and_leaves_the_session_alone() -> None:
    session = going_on()
    record = so_far(session, at(5))
    assert (record.seconds, record.uncertain_seconds, is_running(record)) == (3600, 0, True)
    assert (session.ended_at, session.stretches) == (None, ())


def test_while_nobody_watches_time_counts_and_is_unknown() -> None:
    session = going_on()
    session.unwatched_since = at(4.5)
    record = so_far(session, at(5))
    assert (record.seconds, record.uncertain_seconds) == (3600, 1800)


def test_whoever_is_away_counts_up_to_their_leaving() -> None:
    session = going_on()
    session.absent_since = at(4.5)
    assert so_far(session, at(5)).seconds == 1800


def test_a_party_that_goes_on_has_a_record_so_far() -> None:
    players = [
        Player(session_id=f"g{one}", user_id=one, username=f"{one}", started_at=at(0))
        for one in (PINO, AGU)
    ]
    session = PartySession(
        id="p", guild_id=GUILD, state="confirmed", started_at=at(0), last_seen=at(0),
        game_name="VALORANT", players=players, unwatched_since=at(1),
    )  # fmt: skip
    record = so_far(session, at(2))
    assert (record.seconds, record.uncertain_seconds) == (7200, 3600)
    assert players[0].stretches == ()


def test_a_clock_behind_the_start_makes_no_negative_time() -> None:
    session = GameSession(
        id="g", guild_id=GUILD, state="confirmed", started_at=at(4), last_seen=at(4),
        user_id=PINO, username="Pino", game_name="VALORANT",
    )  # fmt: skip
    assert so_far(session, at(3)).seconds == 0


def test_running_and_ended_records_come_together_and_none_twice(folder: DataDir) -> None:
    live = [so_far(going_on(), at(5)), so_far(going_on("v-11-0"), at(5))]
    found = list(gather(folder.ledger, live, EVER, guild_id=GUILD, kind="voice"))
    assert [record.id for record in found] == ["v-live", "v-11-0"]


def test_only_what_is_asked_about_is_found(folder: DataDir) -> None:
    live = [so_far(going_on(), at(5))]

    def ids(
        *,
        guild_id: int = GUILD,
        user_id: int | None = None,
        since: int | None = None,
        until: int = at(1000),
    ) -> list[str]:
        window = Window(since, until)
        found = gather(folder.ledger, live, window, guild_id=guild_id, user_id=user_id)
        return sorted(record.id for record in found)

    assert ids(user_id=AGU) == ["g-12-VALORANT-0", "p-0"]
    assert ids(guild_id=1) == []
    assert ids(since=at(3)) == ["v-live"]
    assert ids(until=at(0.5), user_id=PINO) == ["p-0", "v-11-0"]


def test_what_nobody_knows_is_told_of_what_is_in_no_row_yet_as_of_what_is(folder: DataDir) -> None:
    found_later = going_on("v-found")
    found_later.stretches = (Stretch(at(2.5), at(4), "unknown"),)
    left_unseen = voice(AGU, 10, 11, unknown=(11, 13))
    unwritten = [so_far(found_later, at(5)), left_unseen]
    before, behind = Window(at(3), at(3.5)), Window(at(12), at(14))
    for window, told in ((before, "v-found"), (behind, left_unseen.id)):
        found = gather(folder.ledger, unwritten, window, guild_id=GUILD)
        assert [record.id for record in found] == [told]


def test_whoever_hides_appears_nowhere(folder: DataDir) -> None:
    live = [so_far(going_on(), at(5))]
    found = list(gather(folder.ledger, live, EVER, guild_id=GUILD, hidden={PINO}))
    assert {record.user_id for record in found} == {AGU, None}
    (group,) = [record for record in found if record.kind == "party"]
    assert group.player_ids == [AGU]
    assert list(gather(folder.ledger, live, EVER, guild_id=GUILD, hidden={PINO, AGU})) == []
    assert ZETA not in group.player_ids


def test_what_is_held_of_very_many_is_nothing_that_the_collector_goes_through_time_and_again(
    folder: DataDir,
) -> None:
    live = [so_far(going_on(f"v{number}"), at(2)) for number in range(500)]
    gc.collect()
    seen = gather(folder.ledger, live, EVER, guild_id=GUILD)
    assert next(seen).id == "v0"
    young = [each for age in (0, 1) for each in gc.get_objects(age)]
    assert not [each for each in young if isinstance(each, list | set) and len(each) >= len(live)]
