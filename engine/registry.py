"""The sessions that are not over, and the ways to find them.

At most one per guild and person in voice; per guild, person and game; and per guild and game
for parties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.games import is_same_game
from machines import GameSession, PartySession, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.observation import ActivitySeen
    from machines import AnySession

__all__ = ["Registry"]


class Registry:
    """Pending and live sessions, by id, guild, and person."""

    def __init__(self) -> None:
        """Start empty."""
        self._by_guild: dict[int, dict[str, AnySession]] = {}
        self._voice: dict[tuple[int, int], VoiceSession] = {}
        self._games: dict[tuple[int, int], list[GameSession]] = {}
        self._count = 0

    def __len__(self) -> int:
        """Return how many sessions are not over."""
        return self._count

    def __iter__(self) -> Iterator[AnySession]:
        """Yield every session that is not over."""
        for sessions in self._by_guild.values():
            yield from sessions.values()

    def add(self, session: AnySession) -> None:
        """Take in a new session."""
        self._by_guild.setdefault(session.guild_id, {})[session.id] = session
        self._count += 1
        if isinstance(session, VoiceSession):
            self._voice[session.guild_id, session.user_id] = session
        elif isinstance(session, GameSession):
            self._games.setdefault((session.guild_id, session.user_id), []).append(session)

    def remove(self, session: AnySession) -> None:
        """Forget a session that is over."""
        in_guild = self._by_guild[session.guild_id]
        del in_guild[session.id]
        self._count -= 1
        if not in_guild:
            del self._by_guild[session.guild_id]
        if isinstance(session, VoiceSession):
            del self._voice[session.guild_id, session.user_id]
        elif isinstance(session, GameSession):
            key = (session.guild_id, session.user_id)
            self._games[key] = [other for other in self._games[key] if other is not session]
            if not self._games[key]:
                del self._games[key]

    def __contains__(self, session: AnySession) -> bool:
        """Return whether the session is held."""
        return session.id in self._by_guild.get(session.guild_id, {})

    def guild_ids(self) -> list[int]:
        """Return the guilds that have sessions."""
        return list(self._by_guild)

    def of_guild(self, guild_id: int) -> list[AnySession]:
        """Return the sessions of a guild, parties last: they follow from the games."""
        sessions = list(self._by_guild.get(guild_id, {}).values())
        return sorted(sessions, key=lambda session: isinstance(session, PartySession))

    def voice_of(self, guild_id: int, user_id: int) -> VoiceSession | None:
        """Return the person's voice session in the guild."""
        return self._voice.get((guild_id, user_id))

    def games_of(self, guild_id: int, user_id: int) -> list[GameSession]:
        """Return the person's game sessions in the guild."""
        return list(self._games.get((guild_id, user_id), ()))

    def game_of(self, guild_id: int, user_id: int, activity: ActivitySeen) -> GameSession | None:
        """Return the person's session of this very game."""
        for session in self._games.get((guild_id, user_id), ()):
            if is_same_game(session, activity):
                return session
        return None
