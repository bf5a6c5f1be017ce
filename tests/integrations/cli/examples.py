"""Sessions to list: three that have ended, three that go on."""

from __future__ import annotations

from machines import (
    SECOND,
    GameSession,
    GuildWatch,
    LiveState,
    PartySession,
    Player,
    Record,
    Stay,
    Stretch,
    VoiceSession,
)

GUILD = 1122334455
PINO, AGU, ZETA = 123456789, 234567891, 345678912
HALF_PAST_TEN = 1_767_047_400 * SECOND
"""2025-12-29T22:30:00Z."""
MINUTE = 60 * SECOND


def voice_record() -> Record:
    return Record(
        id="v1",
        kind="voice",
        guild_id=GUILD,
        state="ended",
        reason="left",
        started_at=HALF_PAST_TEN,
        confirmed_at=HALF_PAST_TEN + 10 * SECOND,
        last_seen=HALF_PAST_TEN + 45 * MINUTE,
        ended_at=HALF_PAST_TEN + 45 * MINUTE,
        seconds=2700.0,
        uncertain_seconds=0.0,
        user_id=PINO,
        username="Pino",
        channel_id=987654321098765432,
        channel_name="General",
        stays=(Stay(987654321098765432, "General", HALF_PAST_TEN, HALF_PAST_TEN),),
    )


def game_record() -> Record:
    return Record(
        id="g1",
        kind="game",
        guild_id=GUILD,
        state="orphaned",
        reason="leave_missed",
        started_at=HALF_PAST_TEN + 5 * MINUTE,
        confirmed_at=None,
        last_seen=HALF_PAST_TEN + 65 * MINUTE,
        ended_at=HALF_PAST_TEN + 65 * MINUTE,
        seconds=3600.0,
        uncertain_seconds=None,
        unbounded=True,
        user_id=AGU,
        username="agu",
        game_name="VALORANT",
        app_id=700136079562375258,
        activity_type="playing",
    )


def party_record() -> Record:
    start, end = HALF_PAST_TEN + 60 * MINUTE, HALF_PAST_TEN + 120 * MINUTE
    players = [
        Player(session_id=f"p{user_id}", user_id=user_id, username=name, started_at=start,
               ended_at=end)
        for user_id, name in ((AGU, "agu"), (ZETA, "Zeta"))
    ]  # fmt: skip
    return Record(
        id="p1",
        kind="party",
        guild_id=GUILD + 1,
        state="ended",
        reason="too_few_players",
        started_at=start,
        confirmed_at=start,
        last_seen=end,
        ended_at=end,
        seconds=3600.0,
        uncertain_seconds=30.0,
        game_name="VALORANT",
        stretches=(Stretch(end - 30 * SECOND, end, "unknown"),),
        players=tuple(players),
        max_players=2,
    )


def live_state() -> LiveState:
    """Pino in voice, agu with a game, the two and Zeta in a party; watched until 23:00."""
    voice = VoiceSession(
        id="lv", guild_id=GUILD + 1, state="confirmed", started_at=HALF_PAST_TEN,
        confirmed_at=HALF_PAST_TEN + 10 * SECOND, last_seen=HALF_PAST_TEN,
        user_id=PINO, username="Pino", channel_id=987654321098765432, channel_name="General",
    )  # fmt: skip
    game = GameSession(
        id="lg", guild_id=GUILD, state="recovered", started_at=HALF_PAST_TEN + MINUTE,
        last_seen=HALF_PAST_TEN + MINUTE, unbounded=True,
        user_id=AGU, username="agu", game_name="VALORANT", activity_type="streaming",
    )  # fmt: skip
    players = [
        Player(session_id=str(user_id), user_id=user_id, username=name, started_at=start)
        for user_id, name, start in (
            (AGU, "agu", HALF_PAST_TEN),
            (ZETA, "Zeta", HALF_PAST_TEN + 2 * MINUTE),
        )
    ]
    party = PartySession(
        id="lp", guild_id=GUILD, state="confirmed", started_at=HALF_PAST_TEN + 2 * MINUTE,
        last_seen=HALF_PAST_TEN + 2 * MINUTE, game_name="VALORANT", players=players, max_players=2,
    )  # fmt: skip
    watched = HALF_PAST_TEN + 30 * MINUTE
    return LiveState(
        sessions=[party, game, voice],
        guilds=[
            GuildWatch(guild_id=GUILD, observed_until=watched),
            GuildWatch(guild_id=GUILD + 1, observed_until=watched),
        ],
        saved_at=watched,
    )
