"""The sessions that are not over, and the ways to find them.

At most one per guild and person in voice; per guild, person and game; and per guild and game
for parties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine.channels import Channels
from engine.emptying import emptied
from engine.games import is_same_game
from machines import GameSession, PartySession, VoiceSession

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from engine.observation import ActivitySeen
    from machines import AnySession

__all__ = ["Registry"]

_FEW = 64
"""People of a guild who are gone through one by one: no more than a microsecond or two."""


class _InGuild(msgspec.Struct, eq=False, gc=False):
    """The sessions of one guild: voice and games by person, parties by their id.

    Attributes:
        id: the guild's, one number for all of them: who is restored comes with one of their own.
        parties: None while there has been none, as in most small guilds.
        channels: who is in which channel, if anybody has asked.
    """

    id: int
    voice: dict[int, VoiceSession] = {}
    games: dict[int, tuple[GameSession, ...]] = {}
    parties: dict[str, PartySession] | None = None
    channels: Channels | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.voice or self.games or self.parties)

    def all_parties(self) -> list[PartySession]:
        return list((self.parties or {}).values())


_NOTHING = _InGuild(0)


class Registry:
    """Pending and live sessions, by guild and person.

    Attributes:
        count: how many there are.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._guilds: dict[int, _InGuild] = {}
        self.count = 0

    def add(self, session: AnySession) -> None:
        """Take in a new session."""
        guild = self._guilds.get(session.guild_id)
        if guild is None:
            guild = self._guilds[session.guild_id] = _InGuild(session.guild_id)
        session.guild_id = guild.id
        self.count += 1
        if type(session) is VoiceSession:
            guild.voice[session.user_id] = session
            if guild.channels is not None:
                guild.channels.note(session)
        elif type(session) is GameSession:
            guild.games[session.user_id] = (*guild.games.get(session.user_id, ()), session)
        else:
            guild.parties = guild.parties or {}
            guild.parties[session.id] = session

    def remove(self, session: AnySession) -> None:
        """Forget a session that is over."""
        guild = self._guilds[session.guild_id]
        self.count -= 1
        if type(session) is VoiceSession:
            del guild.voice[session.user_id]
            if guild.channels is not None:
                guild.channels.forget(session)
        elif type(session) is GameSession:
            held = guild.games.pop(session.user_id)
            if len(held) > 1:
                others = tuple(other for other in held if other is not session)
                guild.games[session.user_id] = others
        elif guild.parties is not None:
            del guild.parties[session.id]
        if guild.is_empty:
            del self._guilds[session.guild_id]
            if not self._guilds:
                self._guilds.clear()  # a dict that was emptied keeps room for all that it has held

    def hold_by_their_ids(self, guild_id: int) -> None:
        """Hold people by the very numbers that their sessions have by now, if they are few.

        These are equal, but may be others: each that is decoded is one of its own.
        """
        guild = self._guilds.get(guild_id)
        if guild is None or guild.channels is not None:
            return
        if len(guild.voice) + len(guild.games) <= _FEW:
            guild.voice = {session.user_id: session for session in guild.voice.values()}
            guild.games = {held[0].user_id: held for held in guild.games.values()}

    def let_go(self) -> Iterator[None]:
        """Hold no session any more, one by one."""
        while self._guilds:
            _guild_id, guild = self._guilds.popitem()
            yield from emptied(guild.voice, guild.games, guild.parties or {})
        self.count = 0

    def guild_ids(self) -> list[int]:
        """Return the guilds that have sessions."""
        return list(self._guilds)

    def of_guild(self, guild_id: int) -> Iterator[AnySession]:
        """Yield the sessions of a guild, parties last: they follow from the games.

        Sessions may begin and end meanwhile: whoever has one all the while is yielded. Those in
        voice are copied, which for a hundred thousand takes some three milliseconds; such a dict
        is nothing that Python's collector goes through, unlike a list.
        """
        guild = self._of(guild_id)
        for user_id, session in guild.voice.copy().items():
            if guild.voice.get(user_id) is session:
                yield session
        for user_id in tuple(guild.games):
            yield from guild.games.get(user_id, ())
        yield from guild.all_parties()

    def has_none_in(self, guild_id: int, channel_id: int) -> bool:
        """Return whether nobody's session is in a voice channel, if that is quickly told."""
        guild = self._of(guild_id)
        if guild.channels is not None:
            return guild.channels.is_whole and not guild.channels.of(channel_id)
        return len(guild.voice) <= _FEW and not _in_channel(guild.voice, channel_id)

    def in_channel(self, guild_id: int, channel_id: int) -> Iterator[VoiceSession | None]:
        """Yield the sessions in a voice channel, and None where others may have their turn.

        From now on it is held who is in which channel of that guild, if there are many: whoever
        moves is to be :meth:`noted <note>`.
        """
        guild = self._of(guild_id)
        if guild.channels is None and len(guild.voice) > _FEW:
            guild.channels = Channels()
        if guild.channels is None:
            found = _in_channel(guild.voice, channel_id)
        else:
            if not guild.channels.is_whole:
                yield from guild.channels.taking_in(guild.voice)
            found = list(guild.channels.of(channel_id))
        for session in found:
            if guild.voice.get(session.user_id) is session:
                yield session

    def note(self, session: AnySession) -> None:
        """A session may have moved to another channel."""
        channels = self._of(session.guild_id).channels
        if channels is not None and type(session) is VoiceSession and not session.is_over:
            channels.note(session)

    def parties_of(self, guild_id: int) -> list[PartySession]:
        """Return the parties of a guild."""
        return self._of(guild_id).all_parties()

    def parties(self) -> list[PartySession]:
        """Return the parties of all guilds."""
        return [party for guild in self._guilds.values() for party in guild.all_parties()]

    def voice_of(self, guild_id: int, user_id: int) -> VoiceSession | None:
        """Return the person's voice session in the guild."""
        return self._guilds.get(guild_id, _NOTHING).voice.get(user_id)

    def sessions_among(
        self,
        guild_id: int,
        user_ids: AbstractSet[int],
        kind: type[VoiceSession | GameSession],
    ) -> list[VoiceSession | GameSession]:
        """Return the sessions in voice of many people in a guild, or their games."""
        guild = self._of(guild_id)
        if kind is VoiceSession:
            return [guild.voice[user_id] for user_id in guild.voice.keys() & user_ids]
        playing = guild.games.keys() & user_ids
        return [session for user_id in playing for session in guild.games[user_id]]

    def games_of(self, guild_id: int, user_id: int) -> tuple[GameSession, ...]:
        """Return the person's game sessions in the guild."""
        return self._guilds.get(guild_id, _NOTHING).games.get(user_id, ())

    def has_any(self, guild_id: int, user_id: int) -> bool:
        """Return whether the person has a session in the guild."""
        guild = self._guilds.get(guild_id, _NOTHING)
        return user_id in guild.voice or user_id in guild.games

    def of_person(self, guild_id: int, user_id: int) -> list[VoiceSession | GameSession]:
        """Return the person's sessions in the guild."""
        voice, games = self.voice_of(guild_id, user_id), self.games_of(guild_id, user_id)
        return [*games] if voice is None else [*games, voice]

    def game_of(self, guild_id: int, user_id: int, activity: ActivitySeen) -> GameSession | None:
        """Return the person's session of this very game."""
        for session in self.games_of(guild_id, user_id):
            if is_same_game(session, activity):
                return session
        return None

    def _of(self, guild_id: int) -> _InGuild:
        return self._guilds.get(guild_id, _NOTHING)


def _in_channel(voice: dict[int, VoiceSession], channel_id: int) -> list[VoiceSession]:
    return [session for session in voice.values() if session.channel_id == channel_id]
