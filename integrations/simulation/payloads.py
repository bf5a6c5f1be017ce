"""Gateway payloads of the simulated world, as the bot decodes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from integrations.gateway.guild_payload import (
    ChannelPart,
    GuildPayload,
    MemberPart,
    PresencePart,
    UserPart,
    VoicePart,
)

if TYPE_CHECKING:
    from integrations.simulation.history import History, Played
    from integrations.simulation.listener import Snapshot

__all__ = ["Payloads"]

_TYPES = {"playing": 0, "streaming": 1}
_PER_MILLISECOND = 1000


class Payloads:
    """Writes the payloads of one world."""

    def __init__(self, history: History) -> None:
        """Name people and channels as ``history`` does."""
        self._members = {
            guild_id: [
                MemberPart(user=UserPart(id=person.id, username=person.name))
                for person in history.members(guild_id)
            ]
            for guild_id in history.guilds
        }
        self._channels = {
            guild.id: [ChannelPart(place.id, place.name) for place in (*guild.places, guild.afk)]
            for guild in history.guilds.values()
        }
        self._afk = {guild.id: guild.afk.id for guild in history.guilds.values()}

    def guild(self, snapshot: Snapshot) -> GuildPayload:
        """Return the GUILD_CREATE that says what ``snapshot`` shows."""
        guild_id = snapshot.guild_id
        return GuildPayload(
            id=guild_id,
            member_count=len(self._members[guild_id]),
            afk_channel_id=self._afk[guild_id],
            channels=self._channels[guild_id],
            members=self._members[guild_id],
            voice_states=[
                VoicePart(
                    person_id,
                    fact.place_id,
                    session_id=str(fact.connection),
                    self_mute=fact.muted,
                )
                for person_id, fact in snapshot.voice.items()
            ],
            presences=[presence(*shown) for shown in snapshot.presence.items()],
        )

    def presences(self, guild_id: int, shown: dict[int, tuple[Played, ...]]) -> GuildPayload:
        """Return a payload with the presences of a few people and nothing else."""
        wanted = [m for m in self._members[guild_id] if m.user is not None and m.user.id in shown]
        return GuildPayload(
            id=guild_id, members=wanted, presences=[presence(*item) for item in shown.items()]
        )


def presence(person_id: int, shown: tuple[Played, ...]) -> PresencePart:
    """Return what a presence lists; a stream goes by its site and says what is streamed."""
    told = {"user": {"id": person_id}, "activities": [_activity(item) for item in shown]}
    return msgspec.convert(told, PresencePart, strict=False)


def _activity(item: Played) -> dict[str, object]:
    streamed = item.kind == "streaming"
    told: dict[str, object] = {
        "name": "Twitch" if streamed else item.name,
        "type": _TYPES[item.kind],
        "application_id": item.app_id,
        "state": item.name if streamed else None,
        "created_at": item.created_at // _PER_MILLISECOND,
    }
    if item.start is not None:
        told["timestamps"] = {"start": item.start // _PER_MILLISECOND}
    return told
