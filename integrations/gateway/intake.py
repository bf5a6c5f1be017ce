"""The intake: each event of the gateway becomes an observation, in the order in which it came.

It hears the payloads themselves (``integrations/gateway/taps.py``), within the call in which
discord.py takes them in. News of people waits for a moment for what else of it comes
(:class:`~integrations.gateway.news.News`); all other events are taken in at once, after the news
before them. Where one only says that somebody is still there,
:class:`~integrations.gateway.still_there.StillThere` takes it in before it is even decoded: what
that module does this one would do in more steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import (
    ChannelDeleted,
    ChannelUncounted,
    GuildRemoved,
    MemberRemoved,
    PresenceObserved,
    VoiceObserved,
)
from integrations.gateway.counting_again import CountingAgain
from integrations.gateway.event_payload import (
    MemberRemove,
    PresenceUpdate,
    decoded,
)
from integrations.gateway.guild_intake import GuildIntake
from integrations.gateway.guild_payload import VoiceUpdate
from integrations.gateway.hears import Hears
from integrations.gateway.news import News
from integrations.gateway.still_there import StillThere
from integrations.gateway.talk import TALK, names_nobody_anew
from integrations.gateway.taps import Tap, precede, tap
from integrations.gateway.translation import channel_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import discord

    from integrations.gateway.surroundings import Surroundings
    from machines import Instant

__all__ = ["Intake"]

_NEWS = frozenset({"VOICE_STATE_UPDATE", "PRESENCE_UPDATE"})
"""What may wait: news of people."""


class Intake:
    """What the gateway sends, handed to whoever it concerns.

    Attributes:
        guilds: takes in what comes of guilds and channels.
        news: what was heard of people and is not taken in yet.
        hears: what the bot has the intents for; activities are to be heard by the settings too.
    """

    def __init__(self, around: Surroundings) -> None:
        """Hear for the tracker."""
        tracker, sources, settings = around.tracker, around.sources, around.settings
        self._bot = around.bot
        self._tracker = tracker
        self._looking = tracker.looks.under_way
        self._lets_wait = tracker.engine.seen_guilds if settings.recover_missing else frozenset()
        self._admission = around.admission
        self._translation = around.translation
        self._connections = around.connections
        self._placing = around.placing
        self._being_placed = around.placing.under_way
        self._sources = sources
        self._occupancy = sources.occupancy
        self._contradictions = sources.contradictions
        self._still_there = StillThere(around)
        self._counting_again = CountingAgain(around)
        self.news = News(tracker, sources.something_heard)
        self.hears = Hears.by(around.bot.intents, settings)
        self.guilds = GuildIntake(around, self._counting_again, self.hears, self.observe)
        self._only_in_voice_is_known = not around.bot.intents.members

    def taps(self) -> list[Tap]:
        """Return what is to be heard, and when.

        A voice state comes before discord.py changes its cache, which says where the person
        was; what else ends something comes before it as well, while the cache has its name, or
        says which AFK channel there was.
        """
        taps = [
            Tap("READY", self.ready),
            Tap("RESUMED", self.resumed),
            Tap("GUILD_CREATE", self.guilds.create),
            Tap("GUILD_UPDATE", self.guilds.update, comes_first=True),
            Tap("GUILD_DELETE", self.guilds.delete, comes_first=True),
            Tap("GUILD_MEMBER_REMOVE", self.member_remove, comes_first=True),
            Tap("CHANNEL_DELETE", self.guilds.channel_delete, comes_first=True),
            Tap("VOICE_STATE_UPDATE", self.voice_state, comes_first=True),
        ]
        if self.hears.presences:
            taps.append(Tap("PRESENCE_UPDATE", self.presence))
        return taps

    def listen(self) -> Callable[[], None] | None:
        """Hear from now on, each event but talk once the news before it is taken in.

        Returns:
            A function that ends it; None where discord.py has nothing to hold on to.
        """
        untap = tap(self._bot, self.taps())
        if untap is None:
            return None
        instead = {
            "GUILD_MEMBER_UPDATE": self._member_update,
            "GUILD_ROLE_DELETE": self._role_delete,
        }
        first = self.news.comes_first
        unprecede = precede(self._bot, first, but_for=_NEWS | TALK, instead=instead)

        def end() -> None:
            self.news.take_in()
            unprecede()
            untap()

        return end

    def observe(
        self,
        observation: (
            ChannelDeleted
            | ChannelUncounted
            | GuildRemoved
            | MemberRemoved
            | PresenceObserved
            | VoiceObserved
        ),
    ) -> Instant:
        """Apply news now, and return when that is; an audit that is due waits for just that.

        What looks say of a person it is about comes before it.
        """
        guild_id = observation.guild_id
        self._placing.finish(guild_id)
        if isinstance(observation, VoiceObserved | MemberRemoved):
            self._sources.person_heard(guild_id, observation.user_id)
        if isinstance(observation, PresenceObserved | MemberRemoved):
            self._sources.person_heard(guild_id, observation.user_id, games=True)
        now = self._tracker.observe(observation)
        self._sources.something_heard(now)
        return now

    # People

    def voice_state(self, data: dict[str, Any]) -> None:
        """Somebody joined, moved, left, or merely changed their microphone.

        It may wait where everybody in voice was looked at: whoever comes then was not there. In
        other guilds it counts where discord.py has them, which it is about to change. Whoever
        leaves may be forgotten by it (``MemberCacheFlags.voice``), and with them their name.
        """
        if _guild_id_in(data) not in self._lets_wait:
            self._tracker.catch_up()
            if not self._still_there.voice(data):
                self._take_voice_change(data, comes_first=True)
            return
        if self._only_in_voice_is_known and data["channel_id"] is None:
            self.news.take_in()
        self.news.hear("VOICE_STATE_UPDATE", self._take_voice_state, data)

    def presence(self, data: dict[str, Any]) -> None:
        """Somebody's activities changed, whether or not discord.py has them cached."""
        self.news.hear("PRESENCE_UPDATE", self._take_presence, data)

    def _take_voice_state(self, data: dict[str, Any]) -> None:
        if not self._still_there.voice(data):
            self._take_voice_change(data)

    def _take_presence(self, data: dict[str, Any]) -> None:
        if not self._still_there.presence(data):
            self._take_presence_change(data)

    def _take_voice_change(self, data: dict[str, Any], *, comes_first: bool = False) -> None:
        update = decoded(data, VoiceUpdate)
        guild = None if update.guild_id is None else self._bot.get_guild(update.guild_id)
        if guild is None:
            return
        cached = guild.get_member(update.user_id)
        if cached is not None:
            update.user_id = cached.id  # people are held by it, and by no number of their own
        if comes_first and update.channel_id is not None:
            update.was_in = _cached_channel(cached)
        since = self.guilds.late_since(guild) if self._connections.late else None
        if self._being_placed:
            self._placing.finish(guild.id)
        if self._sources.held or self._looking:
            self._sources.person_heard(guild.id, update.user_id)
        seen = self._translation.voice_update(guild, cached, update, since)
        if seen.channel is not None:
            update.channel_id = seen.channel.id  # likewise
        now = self._tracker.observe(seen)
        if self._occupancy.change(
            guild.id, update.user_id, update.channel_id, update.session_id, update.details, now
        ):
            self._contradictions.suspects(guild.id)

    def _take_presence_change(self, data: dict[str, Any]) -> None:
        update = decoded(data, PresenceUpdate)
        guild = self._bot.get_guild(update.guild_id)
        if guild is None:
            return
        since = self.guilds.late_since(guild) if self._connections.late else None
        if self._being_placed:
            self._placing.finish(guild.id)
        if self._looking:
            self._sources.person_heard(guild.id, update.user.id, games=True)
        self._tracker.observe(self._translation.presence_update(guild, update, since))

    def _member_update(self, data: dict[str, Any]) -> None:
        """Somebody's name or roles change: news that waits goes by those from before."""
        roles_matter = bool(self._admission.ignored_roles)
        if self.news.waiting and (roles_matter or not names_nobody_anew(self._bot, data)):
            self.news.take_in()
        if roles_matter:
            self._counting_again.roles_change(data)

    def _role_delete(self, data: dict[str, Any]) -> None:
        """A role is no more."""
        self.news.take_in()
        if self._admission.ignored_roles:
            self._counting_again.role_delete(data)

    def member_remove(self, data: dict[str, Any]) -> None:
        """Somebody left the guild: discord.py keeps their voice state, we do not."""
        if self._still_there.gone(data):
            return
        gone = decoded(data, MemberRemove)
        self.person_gone(gone.guild_id, gone.user.id)

    def person_gone(self, guild_id: int, user_id: int) -> None:
        """Somebody is no longer in the guild."""
        guild = self._bot.get_guild(guild_id)
        since = self.guilds.late_since(guild)
        self.observe(MemberRemoved(guild_id=guild_id, user_id=user_id, since=since))

    # The connection

    def ready(self, data: dict[str, Any]) -> None:
        """A new session of the gateway began: nothing is replayed."""
        shard_id = data["shard"][0] if self._connections.is_sharded else None
        self._connections.begins(shard_id, [int(guild["id"]) for guild in data["guilds"]])

    def resumed(self, data: dict[str, Any]) -> None:
        """The connection goes on, and what was missed has been replayed.

        ``__shard_id__`` is discord.py's (``DiscordWebSocket.received_message``).
        """
        shard_id = data["__shard_id__"] if self._connections.is_sharded else None
        self._connections.resumes(shard_id)


def _guild_id_in(data: dict[str, Any]) -> int:
    """Return of which guild it is; 0 where that cannot be told, as is said when it is taken in."""
    try:
        return int(data["guild_id"])
    except (KeyError, TypeError, ValueError):
        return 0


def _cached_channel(member: discord.Member | None) -> int | None:
    """Return where discord.py's cache has somebody, for all that it knows."""
    channel = None if member is None else channel_of(member)
    return None if channel is None else channel.id
