"""The registry's sessions can be gone through while they come and go."""

from __future__ import annotations

from engine.registry import Registry
from machines import VoiceSession

GUILD = 900


def session_of(user_id: int) -> VoiceSession:
    return VoiceSession(
        id=f"v{user_id}",
        guild_id=GUILD,
        started_at=0,
        last_seen=0,
        user_id=user_id,
        username=str(user_id),
        channel_id=1,
        channel_name="General",
    )


def test_whoever_leaves_meanwhile_is_passed_over_and_so_is_the_session_they_had_before() -> None:
    registry = Registry()
    first, second, third = (session_of(number) for number in (1, 2, 3))
    for session in (first, second, third):
        registry.add(session)
    sessions = registry.of_guild(GUILD)
    assert next(sessions) is first
    registry.remove(second)
    registry.remove(third)
    registry.add(session_of(3))
    assert second not in (left := list(sessions))
    assert third not in left
