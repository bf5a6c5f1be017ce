"""Still there: most of what the gateway sends only says that somebody goes on as before.

A microphone, a status, a game's details: that is nine events of ten, and the bot has other
work to do. So such a payload is recognized by a few of its fields, and not decoded. Whatever
is not plainly one of these is left to :class:`~integrations.gateway.intake.Intake`, which
takes in everything, and says what is odd; both come to the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import ActivitySeen
from integrations.gateway.guild_payload import details_of

if TYPE_CHECKING:
    import discord

    from engine import Settings
    from integrations.evidence.sources import EvidenceSources
    from integrations.gateway.connection import Connections
    from integrations.tracker import Tracker
    from machines import ActivityType

__all__ = ["StillThere"]

_PLAYING, _STREAMING, _LISTENING = 0, 1, 2


class StillThere:
    """Takes in the payloads that change nothing."""

    def __init__(
        self,
        bot: discord.Client,
        settings: Settings,
        tracker: Tracker,
        connections: Connections,
        sources: EvidenceSources,
    ) -> None:
        """Take in for ``tracker`` what needs no decoding."""
        self._bot = bot
        self._tracker = tracker
        self._sightings = tracker.engine.sightings
        self._connections = connections
        self._sources = sources
        self._roles_matter = bool(settings.ignored_roles)
        self._afk_matters = settings.ignore_afk_channel
        self._tracked: dict[int, ActivityType] = {_PLAYING: "playing"}
        if settings.streaming != "ignore":
            self._tracked[_STREAMING] = "streaming"
        if settings.track_listening:
            self._tracked[_LISTENING] = "listening"

    def voice(self, data: dict[str, Any]) -> bool:
        """Return whether a VOICE_STATE_UPDATE changes but a switch, and has been taken in."""
        if data["channel_id"] is None or self._is_special():
            return False
        now = self._tracker.uneventful_now()
        if now is None:
            return False
        try:
            guild_id, user_id = int(data["guild_id"]), int(data["user_id"])
            channel_id = int(data["channel_id"])
            member = data["member"]
            user = member["user"]
            name = member.get("nick") or user["global_name"] or user["username"]
            details = details_of(data)
            connection = data["session_id"]
        except (KeyError, TypeError, ValueError, AttributeError):
            return False
        if self._afk_matters and self._is_afk(guild_id, channel_id):
            return False
        return self._sightings.voice(
            guild_id, user_id, name, channel_id, now
        ) and self._sources.voice_switched(guild_id, user_id, channel_id, connection, details, now)

    def presence(self, data: dict[str, Any]) -> bool:
        """Return whether a PRESENCE_UPDATE changes no game, and has been taken in."""
        if self._is_special():
            return False
        now = self._tracker.uneventful_now()
        if now is None:
            return False
        try:
            guild_id, user_id = int(data["guild_id"]), int(data["user"]["id"])
            tracked = [each for each in data["activities"] if each["type"] in self._tracked]
            if not tracked:
                is_known = self._sightings.nothing_played(guild_id, user_id, now)
            elif len(tracked) > 1 or tracked[0]["type"] == _STREAMING:
                return False
            else:
                activity = self._activity(tracked[0])
                name = self._name(guild_id, user_id)
                is_known = self._sightings.game(guild_id, user_id, name, activity, now)
        except (KeyError, TypeError, ValueError):
            return False
        if is_known:
            self._sources.something_heard(now)
        return is_known

    def _is_special(self) -> bool:
        """Return whether a person's roles must be looked at, or something is replayed or held."""
        return self._roles_matter or self._connections.is_replaying or self._sources.is_holding

    def _is_afk(self, guild_id: int, channel_id: int) -> bool:
        guild = self._bot.get_guild(guild_id)
        afk = None if guild is None else guild.afk_channel
        return afk is not None and afk.id == channel_id

    def _activity(self, listed: dict[str, Any]) -> ActivitySeen:
        app_id = listed.get("application_id")
        return ActivitySeen(
            listed["name"],
            None if app_id is None else int(app_id),
            self._tracked[listed["type"]],
        )

    def _name(self, guild_id: int, user_id: int) -> str | None:
        guild = self._bot.get_guild(guild_id)
        member = None if guild is None else guild.get_member(user_id)
        return None if member is None else member.display_name
