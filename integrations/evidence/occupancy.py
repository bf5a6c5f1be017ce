"""Occupancy: who is in which voice channel, everybody counted, as Discord last told it.

Bots, ignored people and the AFK channel count here: a call goes on as long as anybody is in
its channel. discord.py's cache will not do, for it keeps whoever left during an outage
(``Guild._from_data`` adds voice states, it does not clear them).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from integrations.gateway.guild_payload import GuildPayload, VoicePart
    from machines import Instant

__all__ = ["Occupancy", "VoiceStates"]


_FEW = 16
"""People whose channels are gone through one by one: less than a microsecond."""


class _Channel(msgspec.Struct, gc=False):
    """A voice channel since it was last empty: its id, and how many are in it.

    Where it is emptied at once nobody is in it any more, and whoever comes is in another one.
    """

    id: int
    people: int = 0


class _State(msgspec.Struct, gc=False):
    """A voice state: where, over which connection, and what else it says."""

    channel: _Channel
    session_id: str | None
    details: int | tuple[int, str]


class VoiceStates(msgspec.Struct, eq=False, gc=False, kw_only=True):
    """The voice states of one guild, by person, and how many there are in each channel.

    Attributes:
        is_whole: whether nobody is still to be taken in.
        by_person: the voice states; of those in a channel that was emptied only a leave is still
            to come, if anything.
        channels: those that anybody is in, by id; None while there are few people, whose channels
            are found as quickly without: there may be many such guilds.
        gone: those that were emptied before everybody was taken in.
    """

    is_whole: bool = True
    by_person: dict[int, _State] = {}
    channels: dict[int, _Channel] | None = None
    gone: tuple[int, ...] = ()

    @property
    def people(self) -> Counter[int]:
        """How many are in each channel."""
        return Counter({each.id: each.people for each in self._all_channels()})

    def people_in(self, channel_id: int) -> int:
        """Return how many are in a channel."""
        channel = self._channel(channel_id)
        return 0 if channel is None else channel.people

    def take(self, state: VoicePart) -> None:
        """Take in a voice state of GUILD_CREATE."""
        if state.channel_id is None:
            return
        self.remove(state.user_id)
        if state.channel_id in self.gone:  # the leave that follows from it may be still to come
            emptied = _Channel(state.channel_id)
            self.by_person[state.user_id] = _State(emptied, state.session_id, state.details)
        else:
            self.add(state.user_id, state.channel_id, state.session_id, state.details)

    def find(self, user_id: int) -> _State | None:
        """Return the voice state of a person, if they are anywhere."""
        state = self.by_person.get(user_id)
        return None if state is None or not state.channel.people else state

    def add(
        self,
        user_id: int,
        channel_id: int,
        session_id: str | None,
        details: int | tuple[int, str],
    ) -> None:
        """Let a person be there who was nowhere."""
        self.by_person[user_id] = _State(self._comes_to(channel_id), session_id, details)

    def move(self, state: _State, channel_id: int) -> None:
        """Let a person be in another channel."""
        self._goes_from(state.channel)
        state.channel = self._comes_to(channel_id)

    def remove(self, user_id: int) -> bool:
        """Let a person be nowhere; return whether they are held, if in an emptied channel."""
        state = self.by_person.pop(user_id, None)
        if state is not None and state.channel.people:
            self._goes_from(state.channel)
        return state is not None

    def empty(self, channel_id: int) -> None:
        """Let nobody be in a channel, nor whoever is still to be taken in."""
        if not self.is_whole:
            self.gone += (channel_id,)
        channel = self._channel(channel_id)
        if channel is not None:
            channel.people = 0
            if self.channels is not None:
                del self.channels[channel_id]

    def _channel(self, channel_id: int) -> _Channel | None:
        """Return a channel that anybody is in."""
        if self.channels is not None:
            return self.channels.get(channel_id)
        for state in self.by_person.values():
            if state.channel.id == channel_id and state.channel.people:
                return state.channel
        return None

    def _all_channels(self) -> list[_Channel]:
        """Return those that anybody is in; without an index, one for each person in it."""
        if self.channels is not None:
            return list(self.channels.values())
        return [each.channel for each in self.by_person.values() if each.channel.people]

    def _comes_to(self, channel_id: int) -> _Channel:
        index = self.channels
        channel = self._channel(channel_id) if index is None else index.get(channel_id)
        if channel is None:
            channel = _Channel(channel_id)
            if index is not None:
                index[channel_id] = channel
        channel.people += 1
        if index is None and len(self.by_person) >= _FEW:
            self.channels = {each.id: each for each in (*self._all_channels(), channel)}
        return channel

    def _goes_from(self, channel: _Channel) -> None:
        channel.people -= 1
        if not channel.people and self.channels is not None:
            del self.channels[channel.id]


class Occupancy:
    """Keeps the voice states of all guilds; as large as there are people in voice."""

    def __init__(self) -> None:
        """Start with nobody in voice."""
        self._states: dict[int, VoiceStates] = {}
        self._heard_at: dict[int, Instant] = {}
        self._emptied: set[int] = set()

    def begin(self, guild_id: int, states: VoiceStates, now: Instant) -> VoiceStates:
        """Hold ``states`` of a guild from now on, which everybody is still to be taken into.

        Returns:
            Those that are held no longer: to free many at once takes long.
        """
        self._heard_at[guild_id] = now
        return self.replace(guild_id, states)

    def take_back(self, guild_id: int, states: VoiceStates, before: VoiceStates) -> VoiceStates:
        """Hold what was held before ``states``, if they are held: they could not be read.

        Returns:
            Those that are not held, or no longer: to free many at once takes long.
        """
        if self._states.get(guild_id) is not states:
            return before
        self._states[guild_id] = before
        return states

    def take(self, payload: GuildPayload, asked_at: Instant | None = None) -> None:
        """Everybody in voice is told; passed over where an event has come since ``asked_at``."""
        states = VoiceStates()
        for state in payload.voice_states:
            states.take(state)
        self.replace(payload.id, states, asked_at)

    def replace(
        self, guild_id: int, states: VoiceStates, asked_at: Instant | None = None
    ) -> VoiceStates:
        """Do what :meth:`take` does with states that were put together already.

        Returns:
            Those that are not held, or no longer: to free many at once takes long.
        """
        heard_at = self._heard_at.get(guild_id)
        if asked_at is not None and heard_at is not None and heard_at >= asked_at:
            return states
        before = self._states.pop(guild_id, None) or VoiceStates()
        self._states[guild_id] = states
        return before

    def change(
        self,
        guild_id: int,
        user_id: int,
        channel_id: int | None,
        session_id: str | None,
        details: int | tuple[int, str],
        now: Instant,
    ) -> bool:
        """Take in a voice event; return whether it is a sign that another one was lost.

        It is where it changes nothing, where somebody leaves who was not there, and where the
        connection (``session_id``) is another one without a leave in between.
        """
        if self._heard_at.get(guild_id, 0) < now:  # else this has waited, and others have not
            self._heard_at[guild_id] = now
        held = self._states.get(guild_id)
        if channel_id is None:
            was_there = held is not None and held.remove(user_id)
            if held is not None and held.is_whole and not held.by_person:
                del self._states[guild_id]
            return not was_there
        if held is None:
            held = self._states[guild_id] = VoiceStates()
        state = held.find(user_id)
        if state is None:
            held.add(user_id, channel_id, session_id, details)
            return False
        if state.session_id != session_id:
            is_sign = state.session_id is not None and session_id is not None
        else:
            is_sign = state.details == details and state.channel.id == channel_id
        if state.channel.id != channel_id:
            held.move(state, channel_id)
        state.session_id, state.details = session_id, details
        return is_sign

    def clear(self, guild_id: int, channel_id: int) -> None:
        """Nobody is in this channel."""
        held = self._states.get(guild_id)
        if held is not None:
            held.empty(channel_id)
            self._emptied.add(guild_id)

    def leave(self, guild_id: int, user_id: int) -> None:
        """Somebody was found to be out of voice."""
        held = self._states.get(guild_id)
        if held is not None:
            held.remove(user_id)

    def letting_go(self) -> Iterator[None]:
        """Let go of whoever was in a channel that was emptied, yielding after each person held.

        The leaves that follow from a deletion should have come: later ones are a sign.
        """
        while self._emptied:
            held = self._states.get(self._emptied.pop())
            if held is None:
                continue
            for user_id in tuple(held.by_person):
                if held.find(user_id) is None:
                    held.by_person.pop(user_id, None)
                yield

    def forget(self, guild_id: int) -> VoiceStates:
        """The bot is no longer in the guild.

        Returns:
            Those that are held no longer: to free many at once takes long.
        """
        self._heard_at.pop(guild_id, None)
        return self._states.pop(guild_id, None) or VoiceStates()

    def people_in(self, guild_id: int, channel_id: int) -> int:
        """Return how many are in a channel."""
        held = self._states.get(guild_id)
        return 0 if held is None else held.people_in(channel_id)

    def everybody(self, guild_id: int) -> Collection[int] | None:
        """Return who is in voice in a guild, or just was; None while they are still taken in."""
        held = self._states.get(guild_id)
        if held is None:
            return ()
        return held.by_person.keys() if held.is_whole else None

    def people(self, guild_id: int) -> Counter[int]:
        """Return how many are in each channel of a guild, by channel id."""
        held = self._states.get(guild_id)
        return Counter() if held is None else held.people
