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
    from integrations.gateway.guild_payload import GuildPayload, VoiceUpdate
    from machines import Instant

__all__ = ["Occupancy"]


class _State(msgspec.Struct, gc=False):
    """A voice state: where, over which connection, and what else it says."""

    channel_id: int
    session_id: str | None
    details: int | tuple[int, str]


class Occupancy:
    """Keeps the voice states of all guilds; as large as there are people in voice."""

    def __init__(self) -> None:
        """Start with nobody in voice."""
        self._states: dict[int, dict[int, _State]] = {}
        self._heard_at: dict[int, Instant] = {}

    def take(self, payload: GuildPayload, asked_at: Instant | None = None) -> None:
        """Everybody in voice is told; passed over where an event has come since ``asked_at``."""
        heard_at = self._heard_at.get(payload.id)
        if asked_at is not None and heard_at is not None and heard_at >= asked_at:
            return
        self._states[payload.id] = {
            state.user_id: _State(state.channel_id, state.session_id, state.details)
            for state in payload.voice_states
            if state.channel_id is not None
        }

    def change(self, update: VoiceUpdate, now: Instant) -> bool:
        """Take in a voice event; return whether it is a sign that another one was lost.

        It is where it changes nothing, where somebody leaves who was not there, and where the
        connection (``session_id``) is another one without a leave in between.
        """
        if update.guild_id is None:
            return False
        self._heard_at[update.guild_id] = now
        held = self._states.setdefault(update.guild_id, {})
        if update.channel_id is None:
            was_there = held.pop(update.user_id, None) is not None
            if not held:
                del self._states[update.guild_id]
            return not was_there
        before = held.get(update.user_id)
        after = _State(update.channel_id, update.session_id, update.details)
        held[update.user_id] = after
        return before is not None and (before == after or _is_another(before, after))

    def switches(
        self,
        guild_id: int,
        user_id: int,
        channel_id: int,
        session_id: str,
        details: int | tuple[int, str],
        now: Instant,
    ) -> bool:
        """Take in a voice event if it does but turn a switch; return whether it does.

        That is where the person is held in this channel, over this connection. Otherwise
        :meth:`change` is to be asked.
        """
        held = self._states.get(guild_id)
        before = None if held is None else held.get(user_id)
        if (
            before is None
            or before.channel_id != channel_id
            or before.session_id != session_id
            or before.details == details
        ):
            return False
        self._heard_at[guild_id] = now
        before.details = details
        return True

    def clear(self, guild_id: int, channel_id: int) -> None:
        """Nobody is in this channel."""
        held = self._states.get(guild_id, {})
        gone = [user_id for user_id, state in held.items() if state.channel_id == channel_id]
        for user_id in gone:
            del held[user_id]

    def leave(self, guild_id: int, user_id: int) -> None:
        """Somebody was found to be out of voice."""
        self._states.get(guild_id, {}).pop(user_id, None)

    def forget(self, guild_id: int) -> None:
        """The bot is no longer in the guild."""
        self._states.pop(guild_id, None)
        self._heard_at.pop(guild_id, None)

    def people_in(self, guild_id: int, channel_id: int) -> int:
        """Return how many are in a channel."""
        return self.people(guild_id)[channel_id]

    def people(self, guild_id: int) -> Counter[int]:
        """Return how many are in each channel of a guild, by channel id."""
        return Counter(state.channel_id for state in self._states.get(guild_id, {}).values())


def _is_another(before: _State, after: _State) -> bool:
    """Return whether the connection changed, where both are known."""
    return (
        before.session_id is not None
        and after.session_id is not None
        and before.session_id != after.session_id
    )
