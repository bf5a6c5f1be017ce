"""Sessions and steps to test with. Times are seconds after one evening's START."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypedDict, Unpack

from machines import (
    MACHINES,
    SECOND,
    AnySession,
    Change,
    Deadline,
    Effect,
    Evidence,
    GameSession,
    Gap,
    GapPolicy,
    Instant,
    Kind,
    OrphanCredit,
    PartySession,
    Player,
    Policy,
    Presence,
    Reason,
    Source,
    State,
    Step,
    Stretch,
    Trigger,
    VoiceSession,
    from_datetime,
    seconds,
)

START = from_datetime(datetime(2025, 12, 29, 23, 0, tzinfo=UTC))
GUILD = 900
GENERAL = 500
ANNOUNCE_AFTER, CONFIRM_AFTER, GRACE, EVENT_DELAY = 3, 10, 60, 2


def at(second: float) -> Instant:
    """Return the instant ``second`` seconds after START."""
    return START + seconds(second)


def ago(instant: Instant | None) -> float | None:
    """Return how many seconds after START an instant is."""
    return None if instant is None else (instant - START) / SECOND


def policy(
    *,
    grace: float = GRACE,
    gap: GapPolicy = "bridge",
    orphan_credit: OrphanCredit = "watched",
    confirm_after: float = CONFIRM_AFTER,
) -> Policy:
    """Return the settings of a kind; times in seconds, ``gap`` in microseconds."""
    return Policy(
        announce_after=seconds(ANNOUNCE_AFTER),
        confirm_after=seconds(confirm_after),
        grace=seconds(grace),
        gap=gap,
        orphan_credit=orphan_credit,
        event_delay=seconds(EVENT_DELAY),
    )


class Surroundings(TypedDict, total=False):
    """What a step may be given; ``since`` and ``moment`` in seconds after START."""

    under: Policy
    gap: Gap | None
    since: float
    moment: float
    break_sign: bool
    cooldown_over: bool
    change: Change
    reason: Reason


def step(now: float, evidence: Evidence | None = None, **given: Unpack[Surroundings]) -> Step:
    """Return a step at second ``now``."""
    return Step(
        now=at(now),
        moment=at(given.get("moment", now)),
        policy=given.get("under", policy()),
        evidence=evidence,
        gap=given.get("gap"),
        since=at(given["since"]) if "since" in given else None,
        break_sign=given.get("break_sign", False),
        cooldown_over=given.get("cooldown_over", True),
        change=given.get("change"),
        reason=given.get("reason"),
    )


def fire(trigger: Trigger, session: AnySession, given: Step) -> list[Effect]:
    """Fire a trigger at a session of whatever kind; return the effects."""
    MACHINES[session.kind].fire(trigger, session, given)
    return given.effects


def evidence(presence: Presence, second: float, source: Source = "rest") -> Evidence:
    """Return an answer that was true at ``second``."""
    return Evidence(presence, at(second), source)


def present(second: float, source: Source = "rest") -> Evidence:
    """Return fresh evidence that the person is there."""
    return evidence("present", second, source)


def absent(second: float, source: Source = "rest") -> Evidence:
    """Return fresh evidence that the person is not there."""
    return evidence("absent", second, source)


def gap(since: float, until: float) -> Gap:
    """Return a time in which nobody watched."""
    return Gap(at(since), at(until))


def away(start: float, end: float) -> Stretch:
    """Return a stretch away."""
    return Stretch(at(start), at(end), "away")


def unknown(start: float, end: float) -> Stretch:
    """Return an unknown stretch."""
    return Stretch(at(start), at(end), "unknown")


def voice(state: State = "confirmed", *, started: float = 0, seen: float = 0) -> VoiceSession:
    """Return Pino in General."""
    return VoiceSession(
        id="v1",
        guild_id=GUILD,
        user_id=1,
        username="Pino",
        channel_id=GENERAL,
        channel_name="General",
        state=state,
        started_at=at(started),
        last_seen=at(max(started, seen)),
    )


def game(state: State = "confirmed", *, started: float = 0, seen: float = 0) -> GameSession:
    """Return agu playing VALORANT."""
    return GameSession(
        id="g1",
        guild_id=GUILD,
        user_id=2,
        username="agu",
        game_name="VALORANT",
        state=state,
        started_at=at(started),
        last_seen=at(max(started, seen)),
    )


def player(
    user_id: int,
    started: float,
    ended: float | None = None,
    *stretches: Stretch,
    unbounded: bool = False,
) -> Player:
    """Return one player's game session inside a party."""
    return Player(
        session_id=f"g{user_id}-{started}",
        user_id=user_id,
        username=f"player {user_id}",
        started_at=at(started),
        ended_at=None if ended is None else at(ended),
        stretches=stretches,
        unbounded=unbounded,
    )


def party(
    *players: Player,
    state: State = "confirmed",
    started: float = 0,
    seen: float = 0,
    min_players: int = 2,
) -> PartySession:
    """Return a VALORANT party; with no players given, agu and Zeta from its start."""
    return PartySession(
        id="p1",
        guild_id=GUILD,
        game_name="VALORANT",
        min_players=min_players,
        players=list(players) or [player(2, started), player(3, started)],
        state=state,
        started_at=at(started),
        last_seen=at(max(started, seen)),
    )


def session_of(kind: Kind, state: State) -> AnySession:
    """Return a session of ``kind`` in ``state``, begun at START, over at 500 where it is over."""
    session: AnySession
    match kind:
        case "voice":
            session = voice(state)
        case "game":
            session = game(state)
        case "party":
            session = party(state=state)
    if session.is_live:
        session.confirmed_at = at(CONFIRM_AFTER)
    if session.is_over:
        session.ended_at, session.reason = at(500), "left"
    return session


def leave(session: AnySession, second: float) -> None:
    """Let the session be one whose person was seen to leave at ``second``."""
    session.absent_since = session.last_seen = at(second)
    session.deadline = Deadline(at(second + GRACE), "end")
