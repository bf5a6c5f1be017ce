"""Since when nobody watches somebody: of what is known, what came first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integrations.unwatched import as_known_now, lost_since
from machines import SECOND, GuildWatch, VoiceSession

if TYPE_CHECKING:
    from machines import Instant


MINUTE = 60 * SECOND


def stay(*, seen: Instant = MINUTE, unwatched_since: Instant | None = None) -> VoiceSession:
    return VoiceSession(
        id="s1", guild_id=1, state="confirmed", started_at=MINUTE, last_seen=seen,
        user_id=1, username="Pino", channel_id=5, channel_name="General",
        unwatched_since=unwatched_since,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cut", "gap", "own", "since"),
    [
        (None, None, None, None),
        (5, None, None, 5),
        (5, 4, None, 4),
        (5, None, 3, 3),
        (2, None, 3, 2),
        (None, 6, None, 6),
    ],
)
def test_the_first_instant_counts_since_which_nobody_watches(
    cut: Instant | None, gap: Instant | None, own: Instant | None, since: Instant | None
) -> None:
    watch = GuildWatch(guild_id=1, cut_since=cut, gap_since=gap)
    assert lost_since(stay(seen=1, unwatched_since=own), watch) == since


def test_a_gap_says_nothing_of_whoever_was_seen_since() -> None:
    assert lost_since(stay(seen=7), GuildWatch(guild_id=1, gap_since=6)) is None
    assert lost_since(stay(seen=7), None) is None


def test_a_session_is_told_as_it_is_known_and_stays_as_it_was() -> None:
    session = stay()
    assert as_known_now(session, GuildWatch(guild_id=1)) is session
    known = as_known_now(session, GuildWatch(guild_id=1, cut_since=2 * MINUTE))
    assert (known.unwatched_since, session.unwatched_since) == (2 * MINUTE, None)
    found_in_the_cut = as_known_now(session, GuildWatch(guild_id=1, cut_since=MINUTE // 2))
    assert found_in_the_cut.unwatched_since == MINUTE


def test_one_that_is_over_is_what_it_is() -> None:
    session = stay()
    session.ended_at, session.reason, session.state = 2 * MINUTE, "left", "ended"
    assert as_known_now(session, GuildWatch(guild_id=1, cut_since=MINUTE)) is session
