"""Hypothesis strategies for sessions, records and everything in them.

Each is made once: one that is made within a draw is checked anew at every example.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from hypothesis import strategies as st

from machines import (
    ActivityType,
    AnySession,
    Cooldown,
    Deadline,
    GameSession,
    GuildWatch,
    Instant,
    LiveState,
    PartySession,
    Player,
    Reason,
    Record,
    Stay,
    Stretch,
    Trigger,
    VoiceSession,
    record_of,
)

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = [
    "cooldowns",
    "game_sessions",
    "guild_watches",
    "instants",
    "live_states",
    "names",
    "party_sessions",
    "players",
    "records",
    "sessions",
    "snowflakes",
    "stays",
    "stretches",
    "voice_sessions",
]

_FIRST: Instant = -(10**15)
_LAST: Instant = 4 * 10**15
_LIVE = ("confirmed", "recovered")


@cache
def instants() -> SearchStrategy[Instant]:
    """Return instants between the years 1938 and 2096, to the microsecond."""
    return st.integers(_FIRST, _LAST)


@cache
def snowflakes() -> SearchStrategy[int]:
    """Return ids as Discord gives them, the largest and the missing (0) included."""
    return st.integers(0, 2**63 - 1)


@cache
def names() -> SearchStrategy[str]:
    """Return names of people, channels and games, halves of surrogate pairs excluded."""
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@cache
def _ids() -> SearchStrategy[str]:
    return st.uuids(version=4).map(lambda value: value.hex)


@cache
@st.composite
def stretches(draw: DrawFn) -> Stretch:
    """Return part of a timeline; its end is not before its start."""
    start, end = sorted((draw(instants()), draw(instants())))
    return Stretch(start, end, draw(st.sampled_from(("away", "unknown"))))


@cache
@st.composite
def stays(draw: DrawFn) -> Stay:
    """Return a stay in one channel."""
    floor, since = sorted((draw(instants()), draw(instants())))
    return Stay(draw(snowflakes()), draw(names()), since, floor)


@cache
def players() -> SearchStrategy[Player]:
    """Return players of a party."""
    return st.builds(
        Player,
        session_id=_ids(),
        user_id=snowflakes(),
        username=names(),
        started_at=instants(),
        ended_at=st.none() | instants(),
        stretches=st.lists(stretches(), max_size=3).map(tuple),
        unbounded=st.booleans(),
    )


@cache
def _shared() -> dict[str, SearchStrategy[Any]]:
    return {
        "id": _ids(),
        "guild_id": snowflakes(),
        "state": st.sampled_from(_LIVE),
        "started_at": instants(),
        "confirmed_at": st.none() | instants(),
        "last_seen": instants(),
        "absent_since": st.none() | instants(),
        "unwatched_since": st.none() | instants(),
        "stretches": st.lists(stretches(), max_size=3).map(tuple),
        "unbounded": st.booleans(),
        "announced": st.booleans(),
        "deadline": st.none() | st.builds(Deadline, instants(), st.sampled_from(get_args(Trigger))),
    }


@cache
def voice_sessions() -> SearchStrategy[VoiceSession]:
    """Return live voice sessions with any values in their fields."""
    return st.builds(
        VoiceSession,
        **_shared(),
        user_id=snowflakes(),
        username=names(),
        channel_id=snowflakes(),
        channel_name=names(),
        moved=st.just(()) | st.lists(stays(), min_size=2, max_size=3).map(tuple),
    )


@cache
def game_sessions() -> SearchStrategy[GameSession]:
    """Return live game sessions with any values in their fields."""
    return st.builds(
        GameSession,
        **_shared(),
        user_id=snowflakes(),
        username=names(),
        game_name=names(),
        app_id=st.none() | snowflakes(),
        activity_type=st.sampled_from(get_args(ActivityType)),
    )


@cache
def party_sessions() -> SearchStrategy[PartySession]:
    """Return live parties with any values in their fields."""
    return st.builds(
        PartySession,
        **_shared(),
        game_name=names(),
        app_id=st.none() | snowflakes(),
        min_players=st.integers(1, 10),
        players=st.lists(players(), max_size=4),
        max_players=st.integers(0, 1000),
        continues=st.booleans(),
    )


@cache
def sessions() -> SearchStrategy[AnySession]:
    """Return live sessions of any kind."""
    return st.one_of(voice_sessions(), game_sessions(), party_sessions())


@cache
@st.composite
def records(draw: DrawFn) -> Record:
    """Return records of sessions that are over."""
    session = draw(sessions())
    session.state = draw(st.sampled_from(("ended", "orphaned")))
    session.reason = draw(st.sampled_from(get_args(Reason)))
    session.ended_at = max(session.started_at, draw(instants()))
    return record_of(session)


@cache
def guild_watches() -> SearchStrategy[GuildWatch]:
    """Return how far guilds were watched."""
    return st.builds(
        GuildWatch,
        guild_id=snowflakes(),
        observed_until=st.none() | instants(),
        gap_since=st.none() | instants(),
        cut_since=st.none() | instants(),
        looked_at=st.none() | instants(),
        looked_at_games=st.none() | instants(),
    )


@cache
def cooldowns() -> SearchStrategy[Cooldown]:
    """Return cooldowns."""
    of_people = st.sampled_from(("voice", "game"))
    return st.builds(Cooldown, snowflakes(), of_people, snowflakes(), instants()) | st.builds(
        Cooldown, snowflakes(), st.just("party"), names(), instants()
    )


@cache
def live_states() -> SearchStrategy[LiveState]:
    """Return states with everything in them; ids, guilds and subjects of cooldowns are unique."""
    return st.builds(
        LiveState,
        sessions=st.lists(sessions(), max_size=5, unique_by=lambda session: session.id),
        guilds=st.lists(guild_watches(), max_size=3, unique_by=lambda watch: watch.guild_id),
        cooldowns=st.lists(
            cooldowns(), max_size=3, unique_by=lambda held: (held.guild_id, held.kind, held.subject)
        ),
    )
