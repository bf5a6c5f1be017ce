"""Still there: most of what the gateway sends only says that somebody goes on as before.

A microphone, a status, a game's details: there is a great deal of it, and the bot has other
work to do. So such a payload is recognized by a few of its fields, and not decoded. Whatever
is not plainly one of these is left to :class:`~integrations.gateway.intake.Intake`, which
takes in everything, and says what is odd; both come to the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import ActivitySeen
from integrations.evidence.sources import ASKED_EVERY
from integrations.gateway.activities import UNTRACKED
from integrations.gateway.guild_payload import details_of

if TYPE_CHECKING:
    import discord

    from engine import Settings
    from integrations.evidence.sources import EvidenceSources
    from integrations.gateway.admission import Admission
    from integrations.gateway.connection import Connections
    from integrations.tracker import Tracker
    from machines import ActivityType, GameSession, Instant

__all__ = ["StillThere"]

_PLAYING, _STREAMING, _LISTENING = 0, 1, 2

_ODD = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading a payload raises that is not as Discord documents it."""


class StillThere:
    """Takes in the payloads that change nothing."""

    def __init__(
        self,
        bot: discord.Client,
        settings: Settings,
        tracker: Tracker,
        connections: Connections,
        sources: EvidenceSources,
        admission: Admission,
    ) -> None:
        """Take in for ``tracker`` what needs no decoding."""
        self._bot = bot
        self._tracker = tracker
        self._sightings = tracker.engine.sightings
        self._renew = self._sightings.renew
        self._registry = tracker.engine.registry
        self._connections = connections
        self._sources = sources
        self._take_switch = sources.occupancy.take_switch
        self._looking = tracker.looks.under_way
        self._rules = tracker.engine.rules
        self._opted_out = admission.opted_out
        self._has_aliases = bool(settings.game_aliases)
        self._roles_matter = bool(settings.ignored_roles)
        self._tracked: dict[int, ActivityType] = {_PLAYING: "playing"}
        if settings.streaming != "ignore":
            self._tracked[_STREAMING] = "streaming"
        if settings.track_listening:
            self._tracked[_LISTENING] = "listening"
        self._untracked = UNTRACKED.union({_STREAMING, _LISTENING}.difference(self._tracked))

    def voice(self, data: dict[str, Any]) -> bool:
        """Return whether a VOICE_STATE_UPDATE changes but a switch, and has been taken in."""
        if data.get("channel_id") is None:
            return False
        try:
            guild_id, user_id = int(data["guild_id"]), int(data["user_id"])
            channel_id = int(data["channel_id"])
        except _ODD:
            return False
        session = self._registry.voice_of(guild_id, user_id)
        if (
            session is None
            or session.channel_id != channel_id
            or session.absent_since is not None
            or user_id in self._opted_out
            or (now := self._plain_now()) is None
        ):
            return False
        try:
            name, connection = _name_in(data["member"]), data["session_id"]
            details = details_of(data)
        except _ODD:
            return False
        return (
            name == session.username
            and self._renew(session, now)
            and self._take_switch(guild_id, user_id, channel_id, connection, details, now)
        )

    def presence(self, data: dict[str, Any]) -> bool:
        """Return whether a PRESENCE_UPDATE changes no game, and has been taken in."""
        untracked = self._untracked
        try:
            guild_id, user_id = int(data["guild_id"]), int(data["user"]["id"])
            listed = [each for each in data["activities"] if each["type"] not in untracked]
        except _ODD:
            return False
        sessions = self._registry.games_of(guild_id, user_id)
        if not listed and not sessions:
            now = self._plain_now()
            return now is not None and self._sightings.nothing_played(guild_id, user_id, now)
        return len(listed) == len(sessions) == 1 and self._plays_on(sessions[0], listed[0])

    def _plays_on(self, session: GameSession, listed: dict[str, Any]) -> bool:
        if (
            session.absent_since is not None
            or not self._is_just(session, listed)
            or session.user_id in self._opted_out
            or self._name(session.guild_id, session.user_id) not in (None, session.username)
            or (now := self._plain_now()) is None
        ):
            return False
        return self._renew(session, now)

    def _plain_now(self) -> Instant | None:
        """Return the present, where nothing has to be done or looked at before.

        An audit that is due waits for just that: something is heard.
        """
        sources = self._sources
        if self._roles_matter or self._connections.cuts or sources.held or self._looking:
            return None
        now = self._tracker.uneventful_now()
        if now is not None and not 0 <= now - sources.asked_at < ASKED_EVERY:
            sources.something_heard(now)
        return now

    def _is_just(self, session: GameSession, listed: dict[str, Any]) -> bool:
        """Return whether a session's game is listed just as it is held; a stream never is."""
        try:
            activity_type = self._tracked[listed["type"]]
            if activity_type == "streaming" or listed["name"] != session.game_name:
                return False
            app_id = listed.get("application_id")
            app_id = None if app_id is None else int(app_id)
        except _ODD:
            return False
        if app_id != session.app_id or activity_type != session.activity_type:
            return False
        if not self._has_aliases:
            return True
        activity = ActivitySeen(session.game_name, app_id, activity_type)
        return self._rules.tracked((activity,)) == (activity,)

    def _name(self, guild_id: int, user_id: int) -> str | None:
        guild = self._bot.get_guild(guild_id)
        member = None if guild is None else guild.get_member(user_id)
        return None if member is None else member.display_name


def _name_in(member: dict[str, Any]) -> str:
    user = member["user"]
    name: str = member.get("nick") or user["global_name"] or user["username"]
    return name
